"""What the answers about unusual things share: who is meant, which days, which language, and the text itself."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import parse_security
from core.upstreams.practice.answers.search import best_fit
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_time import day_text
from core.upstreams.practice.securities import SecurityInfo

SIMPLIFIED, TRADITIONAL, ENGLISH = 0, 1, 2
# Thai (4) and Japanese (5) readers get English.
_LANGUAGES: Final = {0: SIMPLIFIED, 1: TRADITIONAL, 2: ENGLISH, 4: ENGLISH, 5: ENGLISH}
DEFAULT_DAYS: Final = 7
MAXIMUM_DAYS: Final = 90


class Sentence(NamedTuple):
    """One sentence in the languages of the answers."""

    english: str
    simplified: str
    traditional: str

    def in_language(self, language: int, **facts: object) -> str:
        """Give it in one language, with its facts."""
        text = {SIMPLIFIED: self.simplified, TRADITIONAL: self.traditional}.get(language, self.english)
        return text.format(**facts) if facts else text


_TITLE: Final = Sentence(
    "{name} ({code}), simulated prices", "{name}（{code}），模拟行情", "{name}（{code}），模擬行情"
)
_NOTHING: Final = Sentence("Nothing unusual.", "没有异动。", "沒有異動。")


def security_named(exchange: Exchange, text: str) -> SecurityInfo:
    """Find a security by what somebody typed: HK.00700, a code or a name. Raises UserFacingError(unknown_security)."""
    keyword = text.strip()
    try:
        return exchange.info(parse_security(keyword))
    except ValueError:
        info = best_fit(exchange, keyword)
    if info is None:
        raise UserFacingError("unknown_security", code=keyword[:60])
    return exchange.info(info.security)


def days_asked(request: Any) -> int:
    """Give the number of natural days, today among them. Raises UserFacingError(bad_field)."""
    days: int = request.time_range if request.HasField("time_range") else DEFAULT_DAYS
    if not 1 <= days <= MAXIMUM_DAYS:
        raise UserFacingError("bad_field", field="time_range", value=days)
    return days


def language_of(exchange: Exchange, request: Any) -> int:
    """Give the language asked for, else the gateway's. Raises UserFacingError(bad_field)."""
    if not request.HasField("language_id"):
        return SIMPLIFIED if exchange.chinese_names else ENGLISH
    if request.language_id not in _LANGUAGES:
        raise UserFacingError("bad_field", field="language_id", value=request.language_id)
    return _LANGUAGES[request.language_id]


def span_text(today: int, days: int) -> str:
    """Write the days asked for as `2026.11.14-2026.11.20`."""
    first, last = (datetime.date.fromordinal(day) for day in (today - days + 1, today))
    return f"{first.year}.{first.month}.{first.day}-{last.year}.{last.month}.{last.day}"


def report(exchange: Exchange, info: SecurityInfo, language: int, found: Sequence[tuple[int, str]]) -> str:
    """Write a title and one line for each thing found, given with its day."""
    names = {SIMPLIFIED: info.name_zh, TRADITIONAL: info.name_zh_hant, ENGLISH: info.name_en}
    title = _TITLE.in_language(language, name=names[language] or info.name_en, code=info.security.label)
    lines = [f"{day_text(day)} {text}" for day, text in found]
    return "\n".join([title, *(lines or [_NOTHING.in_language(language)])])
