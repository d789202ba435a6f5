"""Words and figures: complete translations, and numbers as the specification writes them."""

from __future__ import annotations

import csv
import json
import re

import pytest

from core.model.errors import UserFacingError
from core.model.translation import CHINESE, ENGLISH
from gui.language import figures
from gui.language.problem_texts import problem_details, problem_sentence
from gui.language.state_words import next_session_text, session_word
from gui.language.trading_words import masked
from gui.language.window_language import WindowLanguage
from tests.gui.fake_gateway import MOMENT, RESOURCES, translator
from tests.gui.window_source_texts import all_source_texts

_CATALOGUE: dict[str, str] = json.loads(
    (RESOURCES / "translations" / "zh-CN" / "window.json").read_text(encoding="utf-8")
)


@pytest.fixture
def english() -> WindowLanguage:
    language = WindowLanguage(translator, ENGLISH)
    language.start()
    return language


@pytest.fixture
def chinese() -> WindowLanguage:
    language = WindowLanguage(translator, CHINESE)
    language.start()
    return language


def test_every_text_has_a_translation() -> None:
    texts = all_source_texts()
    assert len(texts) > 150
    assert sorted(texts - set(_CATALOGUE)) == []


def test_translations_keep_the_placeholders() -> None:
    for source, translation in _CATALOGUE.items():
        wanted, found = (sorted(re.findall(r"{\w+}", text)) for text in (source, translation))
        assert found == wanted, source


def test_language_changes_live(english: WindowLanguage) -> None:
    changes: list[str] = []
    english.changed.connect(lambda: changes.append(english.language))
    english.choose(CHINESE)
    english.choose(CHINESE)
    english.choose("xx")
    assert changes == [CHINESE]
    assert english.text("Overview") == "总览"


def test_facts_are_translated_and_missing_ones_do_no_harm(chinese: WindowLanguage) -> None:
    assert chinese.filled("{count} of {limit}", (("count", "Off"), ("limit", "9"))) == "关闭 / 9"
    assert chinese.filled("{count} of {limit}", ()) == "{count} / {limit}"


def test_large_counts(english: WindowLanguage, chinese: WindowLanguage) -> None:
    assert figures.large_count_text(99_999, english) == "99,999"
    assert figures.large_count_text(14_200_000, english) == "14.2 M"
    assert figures.large_count_text(1_234_000_000, english) == "1.2 B"
    assert figures.large_count_text(14_200_000, chinese) == "1,420 万"
    assert figures.large_count_text(250_000_000, chinese) == "2.5 亿"


def test_rates() -> None:
    assert [figures.rate_text(value) for value in (0, 0.1, 21.9, 99.94, 99.96, 931, 14820)] == [
        "0/s",
        "0.1/s",
        "21.9/s",
        "99.9/s",
        "100/s",
        "931/s",
        "14,820/s",
    ]


def test_durations(english: WindowLanguage, chinese: WindowLanguage) -> None:
    assert figures.duration_text(12 * 86400 + 5 * 3600 + 59, english) == "12 d 5 h"
    assert figures.duration_text(5273, english) == "1 h 27 m"
    assert figures.duration_text(5273, chinese) == "1 小时 27 分"
    assert figures.duration_text(48, english) == "48 s"
    assert figures.duration_text(-1, english) == "0 s"
    assert figures.age_text(0.44, english) == "0.4 s"


def test_times(english: WindowLanguage, chinese: WindowLanguage) -> None:
    assert figures.beijing_clock_text(MOMENT) == "14:32:07"
    assert figures.zone_minute_text(MOMENT, -4 * 3600) == "02:32"
    assert figures.event_time_text(MOMENT, MOMENT, english) == "14:32:07"
    assert figures.event_time_text(MOMENT - 86400, MOMENT, english) == "13 Apr, 14:32"
    assert figures.event_time_text(MOMENT - 86400, MOMENT, chinese) == "4月13日 14:32"


def test_money_and_prices() -> None:
    assert figures.money_text(1_284_906.35) == "1,284,906.35"
    assert figures.money_text(-2.5) == "−2.50"
    assert [figures.signed_money_text(value) for value in (8412.6, -120, 0.001, -0.001, 0)] == [
        "+8,412.60",
        "−120.00",
        "0.00",
        "0.00",
        "0.00",
    ]
    assert [figures.signed_percent_text(value) for value in (0.0128, -0.0085, 0)] == ["+1.28%", "−0.85%", "0.00%"]
    assert [figures.price_text(value) for value in (512.5, 38.92, 0.265, 1234.5678, 1e-5)] == [
        "512.50",
        "38.92",
        "0.265",
        "1,234.5678",
        "0.00",
    ]
    assert [figures.quantity_text(value) for value in (1000, 0, 0.25)] == ["1,000", "0", "0.25"]


def test_delays(english: WindowLanguage) -> None:
    delays = (0.0042, 0.00999, 0.031, 0.9996, 1.34, 59.9, 61, -1)
    assert [figures.delay_text(seconds, english) for seconds in delays] == [
        "4.2 ms",
        "10 ms",
        "31 ms",
        "1.0 s",
        "1.3 s",
        "59.9 s",
        "1 m",
        "0.0 ms",
    ]


def test_times_of_a_market(english: WindowLanguage) -> None:
    precise = figures.zone_precise_text
    assert figures.zone_clock_text(MOMENT, -4 * 3600) == "02:32:07"
    assert precise(MOMENT + 0.1044, MOMENT, 8 * 3600, english) == "14:32:07.104"
    assert precise(MOMENT - 86400, MOMENT, 8 * 3600, english) == "13 Apr, 14:32"


def test_account_numbers_are_masked() -> None:
    assert masked(281756473344064406) == "2817••••4406"
    assert masked(9100011) == "9100••11"


def test_what_the_practice_broker_says_is_translated() -> None:
    with (RESOURCES / "practice" / "broker" / "accounts.csv").open(encoding="utf-8") as file:
        labels = [row["label"] for row in csv.DictReader(line for line in file if not line.startswith("#"))]
    assert len(labels) > 5
    assert all("ractice" in label for label in labels)
    texts = pytest.importorskip("core.upstreams.practice.broker.order_texts").TEXTS
    assert sorted({*labels, *texts} - set(_CATALOGUE)) == []


def test_sessions() -> None:
    assert session_word(5) == ("ok", "Afternoon session")
    assert session_word(37).kind == "night"
    assert session_word(9999) == ("idle", "Unknown")
    assert next_session_text(5, 6) == "Closes in {time}"
    assert next_session_text(3, 4) == "Break in {time}"
    assert next_session_text(6, 3) == "Opens in {time}"
    assert next_session_text(37, 8) == "Pre-market in {time}"
    assert next_session_text(5, None) == ""


def test_problem_sentences(english: WindowLanguage, chinese: WindowLanguage) -> None:
    error = UserFacingError("unknown_connection", connection_id=7)
    assert problem_sentence(error, english) == "There is no connection 7."
    assert "7" in problem_sentence(error, chinese)
    assert problem_sentence(error, chinese) != problem_sentence(error, english)
    unexpected = problem_sentence(RuntimeError("/home/somebody/secret"), english)
    assert "RuntimeError" in unexpected
    assert "somebody" not in unexpected


def test_problem_details_name_part_version_and_facts(english: WindowLanguage) -> None:
    error = UserFacingError("unknown_connection", connection_id=7)
    block = problem_details(error, "sign-in", "0.1.0", MOMENT, english)
    for line in ("Time: 2026-04-14 06:32:07 UTC", "Part: sign-in", "Code: unknown_connection", "  connection_id: 7"):
        assert line in block
