"""The sliding rule: request 1 and request n+1 must be more than 30 s apart."""

from __future__ import annotations

import pytest

from core.dispatch.rate_limits import RateLimits
from core.model.errors import UserFacingError


def test_request_n_plus_one_waits_until_more_than_thirty_seconds_after_the_first() -> None:
    limits = RateLimits()
    for second in range(10):
        limits.admit(3204, "plates", 10, float(second))
    with pytest.raises(UserFacingError) as refused:
        limits.admit(3204, "plates", 10, 30.0)
    assert refused.value.facts["wait"] == 1
    limits.admit(3204, "plates", 10, 30.001)
    with pytest.raises(UserFacingError):
        limits.admit(3204, "plates", 10, 31.0)
    limits.admit(3204, "plates", 10, 31.001)


def test_refused_requests_do_not_count_and_protocols_do_not_share() -> None:
    limits = RateLimits()
    limits.admit(1, "one", 1, 0.0)
    for _ in range(5):
        with pytest.raises(UserFacingError):
            limits.admit(1, "one", 1, 10.0)
    limits.admit(2, "two", 1, 10.0)
    limits.admit(1, "one", 1, 31.0)


def test_unlimited_admits_everything() -> None:
    limits = RateLimits(unlimited=True)
    for _ in range(100):
        limits.admit(1, "one", 1, 0.0)
