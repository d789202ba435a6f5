"""Who subscribed what, since when, and who wants pushes. Pure bookkeeping: the caller brings the time (monotonic).

Rules: a pair of security and type costs one unit however many connections hold it, and in whatever hours; it can be
given back only 60 seconds after it was taken; a connection that goes earlier leaves its pairs behind until then. Each
connection holds a pair for the hours it asked for last; those who hold it for the same hours hear the same topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.model.errors import UserFacingError
from core.model.topics import REGULAR_HOURS, SUB_NAMES, PushTarget, Topic

MINIMUM_LIFE_SECONDS: Final = 60.0

Hearers = dict[Topic, frozenset[PushTarget]]
"""Topics whose hearers changed, with who hears them now."""


@dataclass(slots=True)
class ConnectionSubscriptions:
    """One connection's pairs with the time each was taken, and those it wants pushed.

    `sessions` holds the hours of the pairs that cover more than regular ones.
    """

    since: dict[Topic, float] = field(default_factory=dict)
    pushed: set[Topic] = field(default_factory=set)
    sessions: dict[Topic, int] = field(default_factory=dict)

    def topic(self, pair: Topic) -> Topic:
        """Give what the connection hears of a pair it holds."""
        session = self.sessions.get(pair)
        return pair if session is None else pair._replace(session=session)


class SubscriptionHub:
    """All connections' subscriptions and the quota they share. `quota` is the number of pairs allowed."""

    def __init__(self, quota: int, minimum_life: float = MINIMUM_LIFE_SECONDS) -> None:
        self._quota = quota
        self._minimum_life = minimum_life
        self._connections: dict[PushTarget, ConnectionSubscriptions] = {}
        self._holders: dict[Topic, int] = {}  # of each pair
        self._topics: dict[Topic, int] = {}  # how many connections want each topic
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
        return frozenset(self._topics) | frozenset(self._left_behind)

    def is_subscribed(self, topic: Topic) -> bool:
        """Whether any connection holds the pair (or one that has just gone), in whatever hours."""
        pair = topic.pair
        return pair in self._holders or pair in self._left_behind

    def session_of(self, target: PushTarget, pair: Topic) -> int:
        """The hours for which a connection holds a pair; regular ones when it does not."""
        own = self._connections.get(target)
        return REGULAR_HOURS if own is None else own.sessions.get(pair, REGULAR_HOURS)

    def of(self, target: PushTarget) -> ConnectionSubscriptions:
        """One connection's own pairs; empty when it has none."""
        return self._connections.get(target) or ConnectionSubscriptions()

    def connections(self) -> Mapping[PushTarget, ConnectionSubscriptions]:
        """Every connection that holds something."""
        return self._connections

    def subscribe(self, target: PushTarget, topics: Iterable[Topic], now: float) -> Hearers:
        """Take the pairs, all or none. Raises sub_quota.

        A pair held already keeps its age and gets the hours asked for now. Returns the topics whose hearers changed.
        """
        wanted = list(dict.fromkeys(topics))
        new = [topic for topic in wanted if not self.is_subscribed(topic)]
        if self.used + len(new) > self._quota:
            raise UserFacingError("sub_quota", used=self.used, total=self._quota)
        own = self._connections.setdefault(target, ConnectionSubscriptions())
        changed: Hearers = {}
        for topic in wanted:
            pair = topic.pair
            if pair not in own.since:
                own.since[pair] = now
                self._holders[pair] = self._holders.get(pair, 0) + 1
                self._left_behind.pop(pair, None)
                self._choose_hours(own, topic, pair)
            elif own.topic(pair) != topic:
                changed.update(self._move(target, own, topic, pair))
        return changed

    def _move(self, target: PushTarget, own: ConnectionSubscriptions, topic: Topic, pair: Topic) -> Hearers:
        """Let a connection hold a pair for other hours than before."""
        before = own.topic(pair)
        self._drop_topic(before)
        own.sessions.pop(pair, None)
        self._choose_hours(own, topic, pair)
        if pair not in own.pushed:
            return {}
        changed = self._change_hearers(target, [before], joins=False)
        changed.update(self._change_hearers(target, [topic], joins=True))
        return changed

    def _choose_hours(self, own: ConnectionSubscriptions, topic: Topic, pair: Topic) -> None:
        if topic.session:
            own.sessions[pair] = topic.session
        self._topics[topic] = self._topics.get(topic, 0) + 1

    def _drop_topic(self, topic: Topic) -> None:
        count = self._topics[topic] - 1
        if count:
            self._topics[topic] = count
        else:
            del self._topics[topic]

    def unsubscribe(self, target: PushTarget, topics: Iterable[Topic] | None, now: float) -> Hearers:
        """Give pairs back, all or none; None means everything of this connection. Raises unsub_too_early.

        Pairs the connection does not hold are passed over. Returns the topics whose hearers changed.
        """
        own = self._connections.get(target)
        if own is None:
            return {}
        asked = own.since if topics is None else dict.fromkeys([topic.pair for topic in topics])
        leaving = [pair for pair in asked if pair in own.since]
        for topic in leaving:
            if now - own.since[topic] < self._minimum_life:
                raise UserFacingError(
                    "unsub_too_early", code=topic.security.label, type=SUB_NAMES.get(topic.sub_type, topic.sub_type)
                )
        silent = own.pushed.intersection(leaving)
        own.pushed -= silent
        heard = [own.topic(pair) for pair in silent]
        for topic in leaving:
            self._give_back(own, topic)
        if not own.since:
            del self._connections[target]
        return self._change_hearers(target, heard, joins=False)

    def register(self, target: PushTarget, topics: Iterable[Topic]) -> Hearers:
        """Ask for pushes of held pairs. Returns the topics whose hearers changed. Raises not_subscribed."""
        wanted = [topic.pair for topic in topics]
        own = self.of(target)
        for topic in wanted:
            if topic not in own.since:
                name = SUB_NAMES.get(topic.sub_type, str(topic.sub_type))
                raise UserFacingError("not_subscribed", type=name, what=f"{name} push")
        new = set(wanted) - own.pushed
        own.pushed |= new
        return self._change_hearers(target, [own.topic(pair) for pair in new], joins=True)

    def unregister(self, target: PushTarget, topics: Iterable[Topic]) -> Hearers:
        """Hear no more of these; unknown ones are passed over. Returns the topics whose hearers changed."""
        own = self.of(target)
        gone = own.pushed.intersection([topic.pair for topic in topics])
        own.pushed -= gone
        return self._change_hearers(target, [own.topic(pair) for pair in gone], joins=False)

    def disconnect(self, target: PushTarget, now: float) -> Hearers:
        """The connection is gone: young pairs stay behind until their minute is over. Returns what changed."""
        own = self._connections.pop(target, None)
        if own is None:
            return {}
        heard = [own.topic(pair) for pair in own.pushed]
        for topic, since in list(own.since.items()):
            self._give_back(own, topic)
            if topic not in self._holders and now - since < self._minimum_life:
                self._left_behind[topic] = since + self._minimum_life
        return self._change_hearers(target, heard, joins=False)

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
        self._drop_topic(own.topic(topic))
        own.sessions.pop(topic, None)
        del own.since[topic]
        count = self._holders[topic] - 1
        if count:
            self._holders[topic] = count
        else:
            del self._holders[topic]
