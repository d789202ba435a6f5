"""Fan-out: grouping, order, flush before a change of targets, counters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fakes.unit_targets import Target, topic

from core.model.topics import Push, TargetGroup
from core.quotes import push_fanout
from core.quotes.push_fanout import PushFanout


class Carrier:
    """Keeps what it was given, per target."""

    def __init__(self) -> None:
        self.calls = 0
        self.heard: dict[int, list[bytes]] = {}

    def carry(self, bundles: Sequence[tuple[TargetGroup, list[Push]]]) -> None:
        self.calls += 1
        for group, pushes in bundles:
            for target in (*group.shared, *group.individual):
                self.heard.setdefault(target.connection_id, []).extend(push.body for push in pushes)

    def congested(self) -> bool:
        return False


def push(number: int, body: bytes) -> Push:
    return Push(topic(number), 3005, body)


async def test_collects_briefly_and_carries_once_per_group() -> None:
    carrier = Carrier()
    fanout = PushFanout(carrier)
    one, two = Target(1), Target(2)
    both = frozenset({one, two})
    fanout.set_targets({topic(1): both, topic(2): both, topic(3): frozenset({two})})
    fanout.on_pushes([push(1, b"a"), push(2, b"b")])
    fanout.on_pushes([push(3, b"c"), push(1, b"d"), push(9, b"nobody")])
    assert carrier.calls == 0
    async with asyncio.timeout(5):
        while not carrier.calls:
            await asyncio.sleep(0)
    assert carrier.calls == 1
    assert carrier.heard[1] == [b"a", b"b", b"d"]
    assert sorted(carrier.heard[2]) == [b"a", b"b", b"c", b"d"]
    assert carrier.heard[2].index(b"a") < carrier.heard[2].index(b"d")
    counted = {
        tuple(sorted(t.connection_id for t in group.shared)): number for group, number in fanout.take_delivered()
    }
    assert counted == {(1, 2): 3, (2,): 1}
    assert fanout.take_delivered() == []


async def test_many_pushes_are_carried_at_once_without_waiting() -> None:
    carrier = Carrier()
    fanout = PushFanout(carrier)
    fanout.set_targets({topic(1): frozenset({Target(1)})})
    fanout.on_pushes([push(1, b"x")] * push_fanout.MAX_PENDING)
    assert len(carrier.heard[1]) == push_fanout.MAX_PENDING


async def test_a_change_of_targets_first_delivers_what_was_meant_for_the_old_ones() -> None:
    carrier = Carrier()
    fanout = PushFanout(carrier)
    one, two = Target(1), Target(2)
    fanout.set_targets({topic(1): frozenset({one})})
    fanout.on_pushes([push(1, b"old")])
    fanout.set_targets({topic(1): frozenset({one, two})})
    fanout.on_pushes([push(1, b"new")])
    fanout.flush()
    assert carrier.heard == {1: [b"old", b"new"], 2: [b"new"]}
    assert fanout.newest(topic(1)) == push(1, b"new")
    fanout.set_targets({topic(1): frozenset()})
    fanout.on_pushes([push(1, b"lost")])
    fanout.flush()
    assert carrier.heard[1] == [b"old", b"new"]
    fanout.stop()
