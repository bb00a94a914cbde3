"""The official Python SDK: from nothing to a server that has answered, the first time and the times after it.

Arguments: the server's binary, its environment as JSON.
"""

import json
import statistics
import sys
import time

from openai_codex import Codex, CodexConfig

# As in `start.ts`.
WARM_STARTS = 8

binary, env = sys.argv[1], json.loads(sys.argv[2])


def start():
    begin = time.perf_counter()
    with Codex(CodexConfig(codex_bin=binary, env=env)):
        return (time.perf_counter() - begin) * 1000


wall_ms = start()
warm_ms = statistics.median(start() for _ in range(WARM_STARTS))
print(json.dumps({"wallMs": wall_ms, "warmMs": warm_ms}), flush=True)
