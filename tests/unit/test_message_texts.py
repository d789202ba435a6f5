"""Table 4: every sentence has its Chinese one, with the same facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.dispatch.dispatcher import WHERE_TO_GET
from core.model.errors import UserFacingError
from core.model.message_texts import MESSAGE_TEXTS, sentence
from core.model.translation import CHINESE, ENGLISH
from core.runtime.language import available_languages, load_translator


def _facts(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


def test_every_message_is_translated_with_the_same_facts(resources: Path) -> None:
    chinese = load_translator(resources, CHINESE)
    texts = [text for row in MESSAGE_TEXTS.values() for text in row if text and text != "{where}"]
    for text in [*texts, *WHERE_TO_GET.values()]:
        assert text in chinese.catalogue, text
        assert _facts(chinese.catalogue[text]) == _facts(text), text


def test_sentences_in_both_languages(resources: Path) -> None:
    error = UserFacingError("sub_quota", used=100, total=100)
    assert sentence(error, load_translator(resources, ENGLISH)).startswith(
        "Insufficient subscription quota, used 100/100."
    )
    assert "已用订阅额度：100/100" in sentence(error, load_translator(resources, CHINESE))
    early = UserFacingError("unsub_too_early", code="HK.00002", type="KL_Day")
    assert sentence(early, load_translator(resources, CHINESE)) == "HK.00002的KL_Day订阅时间过短，至少需要订阅1分钟。"


def test_unknown_language_falls_back_to_english(resources: Path) -> None:
    assert load_translator(resources, "xx").language == ENGLISH
    assert available_languages(resources) == [ENGLISH, CHINESE]


def test_unknown_code_is_a_bug(resources: Path) -> None:
    with pytest.raises(KeyError):
        sentence(UserFacingError("no such code"), load_translator(resources, ENGLISH))


def test_every_code_that_is_raised_has_a_row() -> None:
    raised = {
        code: path.name
        for path in (Path(__file__).parents[2] / "core").rglob("*.py")
        for code in re.findall(r'UserFacingError\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert len(raised) > 50
    assert {code: name for code, name in raised.items() if code not in MESSAGE_TEXTS} == {}


def test_a_clients_own_text_is_repeated_only_in_part(resources: Path) -> None:
    error = UserFacingError("unknown_security", code="HK." + "x" * 100_000)
    assert len(sentence(error, load_translator(resources, ENGLISH))) < 1_000
