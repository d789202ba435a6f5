"""From the upstream to the clients: one call per batch of news, collected briefly, carried once per group.

Nothing here waits. The pause between two flushes is at most `MAX_WAIT_SECONDS`, or until `MAX_PENDING` pushes are
together; a joined write per client and flush is what makes many clients cheap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from core.model.topics import Push, PushCarrier, PushTarget, TargetGroup, Topic
from core.quotes.push_throttle import PushThrottle

MAX_WAIT_SECONDS: Final = 0.002
MAX_PENDING: Final = 256
SPARE_GROUPS: Final = 64


class PushFanout:
    """Groups targets by the topics they hear and hands news to the carrier."""

    def __init__(self, carrier: PushCarrier, throttle: PushThrottle | None = None) -> None:
        self._carrier = carrier
        self._throttle = throttle
        self._targets: dict[Topic, frozenset[PushTarget]] = {}
        # Made from the targets when a topic first has news after a change.
        self._groups: dict[Topic, TargetGroup] = {}
        self._newest: dict[Topic, Push] = {}
        self._known_groups: dict[frozenset[PushTarget], TargetGroup] = {}
        self._touched: list[TargetGroup] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._throttle_timer: asyncio.TimerHandle | None = None

    # -- the tick path

    def on_pushes(self, pushes: Sequence[Push]) -> None:
        """Take news in order. Called by the upstream, on the loop."""
        if self._throttle is not None:
            pushes = self._throttled(pushes, self._throttle)
        self._collect(pushes)

    def _collect(self, pushes: Sequence[Push]) -> None:
        groups, touched, newest = self._groups, self._touched, self._newest
        for push in pushes:
            topic = push.topic
            group = groups.get(topic)  # type: ignore[arg-type]  # a notice (None) is in no group
            if group is None:
                group = self._new_group(topic)
                if group is None:
                    continue
            newest[topic] = push  # type: ignore[index]
            pending = group.pending
            if not pending:
                touched.append(group)
            pending.append(push)
        self._count += len(pushes)
        if self._count >= MAX_PENDING:
            self.flush()
        elif touched and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MAX_WAIT_SECONDS, self.flush)

    def flush(self) -> None:
        """Carry what was collected. Also called before the groups change, so that order per client holds."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._count = 0
        touched = self._touched
        if not touched:
            return
        self._touched = []
        bundles = []
        for group in touched:
            pushes = group.pending
            group.pending = []
            group.delivered += len(pushes)
            bundles.append((group, pushes))
        self._carrier.carry(bundles)

    # -- push frequency

    def _throttled(self, pushes: Sequence[Push], throttle: PushThrottle) -> Sequence[Push]:
        loop = asyncio.get_running_loop()
        now = loop.time()
        passed = [push for push in pushes if throttle.admit(push, now)]
        if self._throttle_timer is None and (due := throttle.next_due()) is not None:
            self._throttle_timer = loop.call_at(due, self._release_throttled)
        return passed

    def _release_throttled(self) -> None:
        loop = asyncio.get_running_loop()
        self._throttle_timer = None
        assert self._throttle is not None
        self._collect(self._throttle.release(loop.time()))
        if (due := self._throttle.next_due()) is not None:
            self._throttle_timer = loop.call_at(due, self._release_throttled)

    # -- who hears what

    def set_targets(self, targets_by_topic: dict[Topic, frozenset[PushTarget]]) -> None:
        """Replace the targets of these topics; an empty set ends a topic."""
        self.flush()
        for topic, targets in targets_by_topic.items():
            self._groups.pop(topic, None)
            if targets:
                self._targets[topic] = targets
            else:
                self._targets.pop(topic, None)
                self._newest.pop(topic, None)
                if self._throttle is not None:
                    self._throttle.forget(topic)
        if len(self._known_groups) > 2 * len(self._targets) + SPARE_GROUPS:
            self._forget_unused_groups()

    def _new_group(self, topic: Topic | None) -> TargetGroup | None:
        targets = self._targets.get(topic)  # type: ignore[arg-type]
        if targets is None or topic is None:
            return None
        group = self._known_groups.get(targets)
        if group is None:
            group = self._known_groups[targets] = TargetGroup(
                shared=tuple([target for target in targets if target.shares_frames]),
                individual=tuple([target for target in targets if not target.shares_frames]),
            )
        self._groups[topic] = group
        return group

    def _forget_unused_groups(self) -> None:
        in_use = set(map(id, self._groups.values()))
        self._known_groups = {
            targets: group for targets, group in self._known_groups.items() if id(group) in in_use or group.delivered
        }

    def newest(self, topic: Topic) -> Push | None:
        """The last push of a topic that somebody hears, for first pushes of later subscribers."""
        return self._newest.get(topic)

    def take_delivered(self) -> list[tuple[TargetGroup, int]]:
        """Pushes handed to each target of each group since the last call; for the counters."""
        counted = [(group, group.delivered) for group in self._known_groups.values() if group.delivered]
        for group, _ in counted:
            group.delivered = 0
        return counted

    def stop(self) -> None:
        """Drop timers and what was collected."""
        for timer in (self._timer, self._throttle_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._throttle_timer = None
        self._touched = []
        self._targets.clear()
        self._groups.clear()
        self._newest.clear()
        self._known_groups.clear()
