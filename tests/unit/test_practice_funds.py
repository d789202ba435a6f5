"""Figures of funds: they follow from the table and from prices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.model.security import parse_security
from core.upstreams.practice.funds import asset_class, fund_figures
from core.upstreams.practice.securities import SecurityInfo, load_securities


def fund(resources: Path, label: str) -> SecurityInfo:
    found = load_securities(resources / "practice" / "securities.csv").get(parse_security(label))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("HK.02800", 1), ("US.SPY", 1), ("US.TLT", 2), ("US.HYG", 2), ("US.GLD", 3), ("US.SLV", 3), ("HK.02840", 3),
        ("SH.518880", 3), ("SH.510300", 1),
    ],
)  # fmt: skip
def test_names_tell_what_a_fund_holds(resources: Path, label: str, number: int) -> None:
    assert asset_class(fund(resources, label)) == number


def test_words_that_only_look_alike(resources: Path) -> None:
    spy = fund(resources, "US.SPY")
    assert asset_class(replace(spy, name_en="Goldman Sachs ActiveBeta US", name_zh="高盛")) == 1
    assert asset_class(replace(spy, name_en="VanEck Gold Miners", name_zh="黄金矿业")) == 1
    assert asset_class(replace(spy, name_en="Some Money Market Fund", name_zh="货币基金")) == 4


def test_figures_fit_together(resources: Path) -> None:
    tracker = fund(resources, "HK.02800")
    figures = fund_figures(tracker, 26.40, 26.00, 0.792)
    assert figures.net_asset_value == 26.00
    assert figures.units == 5_300_000_000
    assert figures.assets == pytest.approx(26.00 * 5.3e9)
    assert figures.premium == pytest.approx(0.4 / 26 * 100)
    assert figures.dividend_yield == pytest.approx(3.0)
    # The dividend is the same money at any price.
    assert fund_figures(tracker, 13.20, 13.00, 0.792).dividend_yield == pytest.approx(6.0)
