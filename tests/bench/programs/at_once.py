"""The official Python SDK: threads with a turn each, all at once. Arguments: the server's binary, its environment as JSON, its folder, how many."""

import asyncio
import json
import os
import sys
import time

from openai_codex import AsyncCodex, CodexConfig

binary, env, folder, count = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])


async def one(codex: AsyncCodex) -> str:
    thread = await codex.thread_start(ephemeral=True)
    return (await thread.run("go")).final_response or ""


async def main() -> None:
    async with AsyncCodex(CodexConfig(codex_bin=binary, env=env, cwd=folder)) as codex:
        start = time.perf_counter()
        answers = await asyncio.gather(*(one(codex) for _ in range(count)))
        ms = (time.perf_counter() - start) * 1000
        assert all(answers), "An answer is missing"
        print(json.dumps({"wallMs": ms}), flush=True)


asyncio.run(main())
