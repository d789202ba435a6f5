"""Who subscribed what, since when, and who wants pushes. Pure bookkeeping: the caller brings the time (monotonic).

Rules (quote.md 4.3): a pair of security and type costs one unit however many connections hold it; it can be given
back only 60 seconds after it was taken; a connection that goes earlier leaves its pairs behind until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.model.errors import UserFacingError
from core.model.topics import SUB_NAMES, PushTarget, Topic

MINIMUM_LIFE_SECONDS: Final = 60.0

Hearers = dict[Topic, frozenset[PushTarget]]
"""Topics whose hearers changed, with who hears them now."""


@dataclass(slots=True)
class ConnectionSubscriptions:
    """One connection's pairs with the time each was taken, and those it wants pushed."""

    since: dict[Topic, float] = field(default_factory=dict)
    pushed: set[Topic] = field(default_factory=set)


class SubscriptionHub:
    """All connections' subscriptions and the quota they share. `quota` is the number of pairs allowed."""

    def __init__(self, quota: int, minimum_life: float = MINIMUM_LIFE_SECONDS) -> None:
        self._quota = quota
        self._minimum_life = minimum_life
        self._connections: dict[PushTarget, ConnectionSubscriptions] = {}
        self._holders: dict[Topic, int] = {}
        self._left_behind: dict[Topic, float] = {}
        self._hearers: dict[Topic, frozenset[PushTarget]] = {}

    @property
    def quota(self) -> int:
        """Pairs allowed in all."""
        return self._quota

    @property
    def used(self) -> int:
        """Pairs in use, each counted once."""
        return len(self._holders) + len(self._left_behind)

    @property
    def shared(self) -> int:
        """Pairs that more than one connection holds."""
        return sum(1 for count in self._holders.values() if count > 1)

    def wanted(self) -> frozenset[Topic]:
        """Everything the upstream shall deliver now."""
        return frozenset(self._holders) | frozenset(self._left_behind)

    def is_subscribed(self, topic: Topic) -> bool:
        """Whether any connection holds the pair (or one that has just gone)."""
        return topic in self._holders or topic in self._left_behind

    def of(self, target: PushTarget) -> ConnectionSubscriptions:
        """One connection's own pairs; empty when it has none."""
        return self._connections.get(target) or ConnectionSubscriptions()

    def connections(self) -> Mapping[PushTarget, ConnectionSubscriptions]:
        """Every connection that holds something."""
        return self._connections

    def subscribe(self, target: PushTarget, topics: Iterable[Topic], now: float) -> None:
        """Take the pairs, all or none. Raises sub_quota."""
        wanted = list(dict.fromkeys(topics))
        new = [topic for topic in wanted if not self.is_subscribed(topic)]
        if self.used + len(new) > self._quota:
            raise UserFacingError("sub_quota", used=self.used, total=self._quota)
        own = self._connections.setdefault(target, ConnectionSubscriptions())
        for topic in wanted:
            if topic not in own.since:
                own.since[topic] = now
                self._holders[topic] = self._holders.get(topic, 0) + 1
                self._left_behind.pop(topic, None)

    def unsubscribe(self, target: PushTarget, topics: Iterable[Topic] | None, now: float) -> Hearers:
        """Give pairs back, all or none; None means everything of this connection. Raises unsub_too_early.

        Pairs the connection does not hold are passed over. Returns the topics whose hearers changed.
        """
        own = self._connections.get(target)
        if own is None:
            return {}
        leaving = (
            list(own.since) if topics is None else [topic for topic in dict.fromkeys(topics) if topic in own.since]
        )
        for topic in leaving:
            if now - own.since[topic] < self._minimum_life:
                raise UserFacingError(
                    "unsub_too_early", code=topic.security.label, type=SUB_NAMES.get(topic.sub_type, topic.sub_type)
                )
        heard = own.pushed.intersection(leaving)
        own.pushed -= heard
        for topic in leaving:
            self._give_back(own, topic)
        if not own.since:
            del self._connections[target]
        return self._change_hearers(target, heard, joins=False)

    def register(self, target: PushTarget, topics: Iterable[Topic]) -> Hearers:
        """Ask for pushes of held pairs. Returns the topics whose hearers changed. Raises not_subscribed."""
        wanted = list(topics)
        own = self.of(target)
        for topic in wanted:
            if topic not in own.since:
                name = SUB_NAMES.get(topic.sub_type, str(topic.sub_type))
                raise UserFacingError("not_subscribed", type=name, what=f"{name} push")
        new = set(wanted) - own.pushed
        own.pushed |= new
        return self._change_hearers(target, new, joins=True)

    def unregister(self, target: PushTarget, topics: Iterable[Topic]) -> Hearers:
        """Hear no more of these; unknown ones are passed over. Returns the topics whose hearers changed."""
        own = self.of(target)
        gone = own.pushed.intersection(topics)
        own.pushed -= gone
        return self._change_hearers(target, gone, joins=False)

    def disconnect(self, target: PushTarget, now: float) -> Hearers:
        """The connection is gone: young pairs stay behind until their minute is over. Returns what changed."""
        own = self._connections.pop(target, None)
        if own is None:
            return {}
        for topic, since in list(own.since.items()):
            self._give_back(own, topic)
            if topic not in self._holders and now - since < self._minimum_life:
                self._left_behind[topic] = since + self._minimum_life
        return self._change_hearers(target, own.pushed, joins=False)

    def release_due(self, now: float) -> bool:
        """Free what was left behind and is old enough now; whether anything was."""
        due = [topic for topic, free_at in self._left_behind.items() if free_at <= now]
        for topic in due:
            del self._left_behind[topic]
        return bool(due)

    def next_release(self) -> float | None:
        """When `release_due` has something to free, or None."""
        return min(self._left_behind.values(), default=None)

    def _change_hearers(self, target: PushTarget, topics: Iterable[Topic], *, joins: bool) -> Hearers:
        # Topics heard by the same targets share one set, so a change for many of them makes few new sets.
        after: dict[int, frozenset[PushTarget]] = {}
        changed: Hearers = {}
        nobody: frozenset[PushTarget] = frozenset()
        alone = frozenset({target})
        for topic in topics:
            before = self._hearers.get(topic, nobody)
            found = after.get(id(before))
            if found is None:
                found = after[id(before)] = before | alone if joins else before - alone
            changed[topic] = found
        for topic, found in changed.items():
            if found:
                self._hearers[topic] = found
            else:
                self._hearers.pop(topic, None)
        return changed

    def _give_back(self, own: ConnectionSubscriptions, topic: Topic) -> None:
        del own.since[topic]
        count = self._holders[topic] - 1
        if count:
            self._holders[topic] = count
        else:
            del self._holders[topic]
