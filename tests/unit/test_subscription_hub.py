"""Subscription rules: quota per pair, the 60 second rule, what a closed connection leaves behind."""

from __future__ import annotations

import pytest
from fakes.unit_targets import Target, topic
from hypothesis import given
from hypothesis import strategies as st

from core.model.errors import UserFacingError
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
