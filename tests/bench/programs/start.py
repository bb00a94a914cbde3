"""The official Python SDK: from nothing to a server that has answered. Arguments: the server's binary, its environment as JSON."""

import json
import sys
import time

from openai_codex import Codex, CodexConfig

binary, env = sys.argv[1], json.loads(sys.argv[2])
start = time.perf_counter()
with Codex(CodexConfig(codex_bin=binary, env=env)):
    ms = (time.perf_counter() - start) * 1000
    print(json.dumps({"wallMs": ms}), flush=True)
