"""Subscription rules: quota per pair, the 60 second rule, what a closed connection leaves behind."""

from __future__ import annotations

import pytest
from fakes.unit_targets import Target, topic
from hypothesis import given
from hypothesis import strategies as st

from core.model.errors import UserFacingError
from core.model.security import US, Security
from core.model.topics import ALL_HOURS, EXTENDED_HOURS, SUB_TICKER, Topic
from core.quotes.subscription_hub import SubscriptionHub


def test_a_pair_costs_one_unit_however_many_hold_it() -> None:
    hub = SubscriptionHub(quota=2)
    one, two = Target(1), Target(2)
    hub.subscribe(one, [topic(1), topic(2)], now=0)
    hub.subscribe(two, [topic(1)], now=0)
    assert (hub.used, hub.shared) == (2, 1)
    with pytest.raises(UserFacingError, match="sub_quota"):
        hub.subscribe(two, [topic(1), topic(3)], now=0)
    assert hub.of(two).since.keys() == {topic(1)}


def test_one_young_pair_rejects_the_whole_unsubscribe() -> None:
    hub = SubscriptionHub(quota=10)
    target = Target(1)
    hub.subscribe(target, [topic(1)], now=0)
    hub.subscribe(target, [topic(2)], now=30)
    with pytest.raises(UserFacingError, match="unsub_too_early"):
        hub.unsubscribe(target, [topic(1), topic(2)], now=60)
    assert hub.used == 2
    hub.unsubscribe(target, [topic(1)], now=60)
    assert hub.wanted() == {topic(2)}
    hub.unsubscribe(target, None, now=90)
    assert hub.used == 0


def test_subscribing_again_does_not_start_the_minute_anew() -> None:
    hub = SubscriptionHub(quota=10)
    target = Target(1)
    hub.subscribe(target, [topic(1)], now=0)
    hub.subscribe(target, [topic(1)], now=59)
    hub.unsubscribe(target, [topic(1)], now=60)
    assert hub.used == 0


def test_closed_connection_leaves_young_pairs_until_their_minute_is_over() -> None:
    hub = SubscriptionHub(quota=10)
    target = Target(1)
    hub.subscribe(target, [topic(1)], now=0)
    hub.subscribe(target, [topic(2)], now=50)
    hub.register(target, [topic(1), topic(2)])
    assert hub.disconnect(target, now=70) == {topic(1): frozenset(), topic(2): frozenset()}
    assert hub.wanted() == {topic(2)}
    assert hub.next_release() == 110
    assert not hub.release_due(109)
    assert hub.release_due(110)
    assert hub.used == 0


def test_somebody_else_takes_over_what_was_left_behind() -> None:
    hub = SubscriptionHub(quota=10)
    hub.subscribe(Target(1), [topic(1)], now=0)
    first = next(iter(hub.connections()))
    hub.disconnect(first, now=1)
    hub.subscribe(Target(2), [topic(1)], now=10)
    assert not hub.release_due(100)
    assert hub.used == 1


def test_registration_needs_a_subscription_and_unregistering_never_fails() -> None:
    hub = SubscriptionHub(quota=10)
    target = Target(1)
    with pytest.raises(UserFacingError, match="not_subscribed"):
        hub.register(target, [topic(1)])
    assert hub.unregister(target, [topic(1)]) == {}
    hub.subscribe(target, [topic(1)], now=0)
    assert hub.register(target, [topic(1)]) == {topic(1): frozenset({target})}
    assert hub.register(target, [topic(1)]) == {}
    other = Target(2)
    hub.subscribe(other, [topic(1)], now=0)
    assert hub.register(other, [topic(1)]) == {topic(1): frozenset({target, other})}
    assert hub.unregister(target, [topic(1)]) == {topic(1): frozenset({other})}
    assert hub.disconnect(other, now=1) == {topic(1): frozenset()}


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4), st.integers(0, 40)), min_size=1, max_size=60
    )
)
def test_counts_always_agree_with_what_the_connections_hold(steps: list[tuple[int, int, int, int]]) -> None:
    hub = SubscriptionHub(quota=4)
    targets = [Target(number) for number in range(4)]
    now = 0
    for what, who, which, pause in steps:
        now += pause
        try:
            if what in (0, 1):
                hub.subscribe(targets[who], [topic(which)], now)
            elif what == 2:
                hub.unsubscribe(targets[who], [topic(which)], now)
            else:
                hub.disconnect(targets[who], now)
        except UserFacingError:
            pass
        hub.release_due(now)
        held = {pair for own in hub.connections().values() for pair in own.since}
        assert held <= hub.wanted()
        assert hub.used == len(hub.wanted()) <= 4


# -- hours


APPLE_TICKS = Topic(Security(US, "AAPL"), SUB_TICKER)
ALL_DAY = APPLE_TICKS.with_session(ALL_HOURS)
EARLY_AND_LATE = APPLE_TICKS.with_session(EXTENDED_HOURS)


def test_each_connection_hears_the_hours_it_asked_for_and_the_pair_costs_one_unit() -> None:
    hub = SubscriptionHub(quota=1)
    one, two, three = Target(1), Target(2), Target(3)
    for target, wanted in ((one, APPLE_TICKS), (two, ALL_DAY), (three, ALL_DAY)):
        assert hub.subscribe(target, [wanted], now=0) == {}
    assert (hub.used, hub.shared) == (1, 1)
    assert hub.wanted() == {APPLE_TICKS, ALL_DAY}
    assert hub.register(one, [APPLE_TICKS]) == {APPLE_TICKS: frozenset({one})}
    # Which hours are meant is known from the subscription.
    assert hub.register(two, [APPLE_TICKS]) == {ALL_DAY: frozenset({two})}
    assert hub.register(three, [ALL_DAY]) == {ALL_DAY: frozenset({two, three})}
    assert [hub.session_of(target, APPLE_TICKS) for target in (one, two, Target(4))] == [0, ALL_HOURS, 0]
    assert hub.is_subscribed(APPLE_TICKS)
    assert hub.is_subscribed(EARLY_AND_LATE)
    assert hub.unsubscribe(two, [APPLE_TICKS], now=60) == {ALL_DAY: frozenset({three})}
    assert hub.disconnect(three, now=60) == {ALL_DAY: frozenset()}
    assert hub.wanted() == {APPLE_TICKS}


def test_subscribing_again_changes_the_hours_and_keeps_the_age() -> None:
    hub = SubscriptionHub(quota=1)
    target = Target(1)
    hub.subscribe(target, [ALL_DAY], now=0)
    hub.register(target, [ALL_DAY])
    assert hub.subscribe(target, [EARLY_AND_LATE], now=59) == {
        ALL_DAY: frozenset(),
        EARLY_AND_LATE: frozenset({target}),
    }
    assert hub.wanted() == {EARLY_AND_LATE}
    assert hub.subscribe(target, [APPLE_TICKS], now=59)[APPLE_TICKS] == {target}
    assert hub.wanted() == {APPLE_TICKS}
    assert hub.subscribe(target, [APPLE_TICKS], now=59) == {}
    assert hub.unsubscribe(target, None, now=60) == {APPLE_TICKS: frozenset()}
    assert (hub.used, hub.wanted()) == (0, frozenset())


def test_what_a_connection_leaves_behind_has_regular_hours() -> None:
    hub = SubscriptionHub(quota=1)
    hub.subscribe(Target(1), [ALL_DAY], now=0)
    [target] = hub.connections()
    hub.disconnect(target, now=10)
    assert (hub.used, hub.wanted()) == (1, {APPLE_TICKS})
    hub.subscribe(Target(2), [ALL_DAY], now=20)
    assert hub.wanted() == {ALL_DAY}
