"""The official Python SDK: a turn's deltas in a `for`. Arguments: the prepared server's folder, how many deltas."""

import json
import os
import resource
import sys
import time

from openai_codex import Codex, CodexConfig

folder, expected = sys.argv[1], int(sys.argv[2])
config = CodexConfig(launch_args_override=("/bin/sh", f"{folder}/server.sh"))
count = characters = 0


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


with Codex(config) as codex:
    thread = codex.thread_start()
    cpu_start, start = cpu(), time.perf_counter()
    for event in thread.turn("go").stream():
        if event.method == "item/agentMessage/delta":
            count += 1
            characters += len(event.payload.delta)
    ms, cpu_ms = (time.perf_counter() - start) * 1000, (cpu() - cpu_start) * 1000
    assert count == expected, f"{count} deltas arrived, not {expected}"
    print(json.dumps({"wallMs": ms, "mainMs": cpu_ms, "cpuMs": cpu_ms, "characters": characters}), flush=True)
    os._exit(0)
