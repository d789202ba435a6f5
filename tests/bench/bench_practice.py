"""The practice exchange alone: what 400 securities with everything subscribed cost, and how fast time can pass.

Run: python tests/bench/bench_practice.py [--securities 400] [--seconds 30] [--full-speed-seconds 20]

Every subscription type of every security is subscribed (21 with broker queue and odd lots in Hong Kong, 19 elsewhere);
pushes are made and encoded, and thrown away by the receiver: fan-out and sockets are measured by bench_fanout.py. Every
case runs in a fresh process.
"""

import argparse
import asyncio
import datetime
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))
CASES = (
    "1x, always open",
    "20x, always open",
    "as fast as possible, exchange hours",
    "as fast as possible, one security",
    "as fast as possible, one security, trades and 1-minute bars",
)
BEGIN_DAY = datetime.date(2026, 11, 16).toordinal()
BEGIN = datetime.datetime(2026, 11, 20, 2, 0, tzinfo=datetime.UTC).timestamp()


class Receiver:
    """Counts what arrives."""

    def __init__(self) -> None:
        self.pushes: Counter[int] = Counter()
        self.bytes = 0

    def on_pushes(self, pushes: Sequence[Any]) -> None:
        """Count."""
        for push in pushes:
            self.pushes[push.proto_id] += 1
            self.bytes += len(push.body)

    def congested(self) -> bool:
        """Never."""
        return False

    def on_status_changed(self) -> None:
        """Nothing to do."""


class FixedStart:
    """Real time, moved so that the run begins at a fixed moment of a trading day."""

    def __init__(self) -> None:
        self._offset = BEGIN - time.time()

    def now(self) -> float:
        """Give shifted Unix seconds."""
        return time.time() + self._offset

    def monotonic(self) -> float:
        """Give monotonic seconds."""
        return time.monotonic()


def position(market: Any) -> float:
    """Give how many trading days a security has behind it, the minutes of the live one as a part."""
    day = market.day
    before = len(market.history.past_days(BEGIN_DAY, day.day - 1))
    return before + (day.last_slot + 1) / day.layout.count


async def run_case(case: str, count: int, seconds: float) -> dict[str, float]:
    """Run one case in this process."""
    from core.model.topics import KLINE_TYPE_OF_SUB, Topic
    from core.upstreams.practice.practice_clock import PracticeClock
    from core.upstreams.practice.practice_upstream import build_practice

    speed = 1.0 if case.startswith("1x") else 20.0 if case.startswith("20x") else 0.0
    first_open = datetime.date(2026, 11, 15).toordinal() if "always open" in case else None
    clock: Any = PracticeClock(FixedStart(), speed)
    upstream = build_practice(REPOSITORY / "resources", clock, 7, first_open_day=first_open)
    exchange = upstream._exchange
    empty = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    receiver = Receiver()
    upstream.pause()
    await upstream.start(receiver)
    listed = [info for info in exchange.table if exchange.is_listed(info) and not exchange.is_suspended(info)]
    chosen = listed[:1] if "one security" in case else listed[:count]
    topics = set()
    for info in chosen:
        for sub_type in (4, 11) if "1-minute" in case else (1, 2, 4, 5, 14, 22, *KLINE_TYPE_OF_SUB):
            topic = Topic(info.security, sub_type)
            try:
                upstream.check_topic(topic)
            except Exception:  # this security does not have it
                continue
            topics.add(topic)
    began = time.perf_counter()
    upstream.set_subscriptions(frozenset(topics))
    subscribed = time.perf_counter() - began
    upstream.resume()
    await asyncio.sleep(seconds / 3)  # the first trade of each security makes the past that its long bars need
    receiver.pushes.clear()
    receiver.bytes = 0
    markets = [exchange.market(info.security) for info in chosen]
    begun = [position(market) for market in markets]
    cpu, began, simulated = time.process_time(), time.perf_counter(), upstream.now()
    await asyncio.sleep(seconds)
    cpu, real, simulated = time.process_time() - cpu, time.perf_counter() - began, upstream.now() - simulated
    pushes = sum(receiver.pushes.values())
    days = sum(position(market) - begin for market, begin in zip(markets, begun, strict=True)) / len(markets)
    await upstream.stop()
    return {
        "securities": len(chosen),
        "topics": len(topics),
        "subscribe_seconds": subscribed,
        "cpu_percent": cpu / real * 100,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "empty_mb": empty,
        "pushes_per_second": pushes / real,
        "ticker_pushes_per_second": receiver.pushes[3011] / real,
        "mb_per_second": receiver.bytes / real / 1e6,
        "simulated_per_real": simulated / real,
        "days_per_minute": days / real * 60,
    }


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--securities", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--full-speed-seconds", type=float, default=20.0)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    seconds = {case: options.full_speed_seconds if "fast" in case else options.seconds for case in CASES}
    if options.case:
        print(json.dumps(asyncio.run(run_case(options.case, options.securities, seconds[options.case]))))
        return
    rows: dict[str, dict[str, float]] = {}
    for case in CASES:
        command = [sys.executable, __file__, "--case", case, "--securities", str(options.securities)]
        command += ["--seconds", str(options.seconds), "--full-speed-seconds", str(options.full_speed_seconds)]
        rows[case] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    columns = (
        ("securities", "securities", 0), ("topics", "topics", 0), ("first subscription, s", "subscribe_seconds", 2),
        ("CPU of one core, %", "cpu_percent", 1), ("memory, MB", "memory_mb", 0), ("before start, MB", "empty_mb", 0),
        ("pushes/s", "pushes_per_second", 0), ("trade pushes/s", "ticker_pushes_per_second", 0),
        ("MB/s", "mb_per_second", 2), ("simulated s per s", "simulated_per_real", 1),
        ("trading days per minute", "days_per_minute", 2),
    )  # fmt: skip
    print("| case | " + " | ".join(title for title, _, _ in columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for case, row in rows.items():
        print(f"| {case} | " + " | ".join(f"{row[key]:.{digits}f}" for _, key, digits in columns) + " |")


if __name__ == "__main__":
    main()
