"""Start-up: first paint against a bare PySide6 window; CPU until listening and memory without a window.

Run: python tests/bench/bench_start.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench_tools import cpu_seconds, end_process

HERE = Path(__file__).parent
# Compiled modules are kept, as in an installed program.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
SETTLED_SECONDS = 20.0


def first_paint(which: str) -> float:
    command = [sys.executable, str(HERE / "first_paint.py"), which, str(time.monotonic())]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    return float(ended.stdout.split()[-1])


def headless() -> tuple[float, float, float]:
    """CPU seconds until listening, and resident MB at once and after a while of serving."""
    with subprocess.Popen(
        [sys.executable, "-m", "core", "--temporary-home", "--api-port", "0"],
        cwd=HERE.parents[1],
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        while b"API Listening Address" not in process.stdout.readline():
            if process.poll() is not None:
                raise RuntimeError("the gateway did not start")
        cpu = cpu_seconds(process.pid)
        at_once = resident(process.pid)
        time.sleep(SETTLED_SECONDS)
        later = resident(process.pid)
        end_process(process)
        return cpu, at_once, later


def resident(process_id: int) -> float:
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    results: dict[str, list[float]] = {"bare": [], "gatehouse": []}
    for which in results:
        first_paint(which)  # the first start compiles
    for _ in range(rounds):
        for which, times in results.items():
            times.append(first_paint(which))
    bare, ours = (statistics.median(results[which]) for which in ("bare", "gatehouse"))
    print(f"first paint: bare PySide6 window {bare:.0f} ms, Gatehouse {ours:.0f} ms, ratio {ours / bare:.2f}")
    cpu, at_once, later = headless()
    print(f"headless practice: listening after {cpu:.2f} s of CPU, {at_once:.0f} MB resident, {later:.0f} MB later")


if __name__ == "__main__":
    main()
