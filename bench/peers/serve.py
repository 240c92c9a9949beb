"""How a peer is driven: a line `run` on standard input runs it once and answers its seconds, a line `save` writes its
result; the end of the input ends it."""

import json
import sys
import time


def serve(run, save):
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        {"run": run, "save": save}[line.strip()]()
        print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}), flush=True)
