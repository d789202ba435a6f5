"""Write resources/practice/calendars.json: weekday holidays and half days of every market of the practice exchange.

Development-time program. It needs the third-party package exchange_calendars, which Gatehouse itself does not use:

    python packaging/generate_calendars.py [OUTPUT_FILE]
"""

from __future__ import annotations

import datetime
import importlib
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

SOURCE: Final = "exchange_calendars"
FIRST_YEAR: Final = 2004
MORNING_ONLY: Final = 1
AFTERNOON_ONLY: Final = 2
DEFAULT_OUTPUT: Final = Path(__file__).resolve().parents[1] / "resources" / "practice" / "calendars.json"


class Market(NamedTuple):
    """What to ask the source for, and how far it is certain."""

    calendar: str  # the source's name of the exchange
    last_year: int  # how far to trust the source; for later years it has rules at best, no announced days
    regular_closes: frozenset[str]  # local closing times of whole days
    half_day_closes: frozenset[str]  # local closing times of days without an afternoon


MARKETS: Final[dict[str, Market]] = {
    # Before March 2011 the morning session ended at 12:30.
    "HK": Market("XHKG", 2027, frozenset({"16:00"}), frozenset({"12:00", "12:30"})),
    "US": Market("XNYS", 2027, frozenset({"16:00"}), frozenset({"13:00"})),
    # The State Council names the days year by year. Shanghai and Shenzhen share them, there are no half days, and the
    # weekend days that mainland offices work in exchange for a long holiday are never trading days.
    "CN": Market("XSHG", 2026, frozenset({"15:00"}), frozenset()),
    # Singapore and Malaysia announce the dates of their lunar and religious holidays year by year.
    "SG": Market("XSES", 2026, frozenset({"17:00"}), frozenset({"12:00", "12:30"})),
    # Until 2009 the first and last trading days of a year had a morning only; the close was 15:00 until November 2024.
    "JP": Market("XTKS", 2027, frozenset({"15:00", "15:30"}), frozenset({"11:00", "11:30"})),
    "MY": Market("XKLS", 2026, frozenset({"16:50", "17:00"}), frozenset({"12:30"})),
    "AU": Market("XASX", 2027, frozenset({"16:00"}), frozenset({"14:10"})),
    "CA": Market("XTSE", 2027, frozenset({"16:00"}), frozenset({"13:00"})),
}


def collect(market: Market) -> dict[int, dict[str, Any]]:
    """Give per year the list of weekday holidays and the half days, as MM-DD."""
    source = importlib.import_module(SOURCE)
    first, last = datetime.date(FIRST_YEAR, 1, 1), datetime.date(market.last_year, 12, 31)
    calendar = source.get_calendar(market.calendar, start=first.isoformat(), end=last.isoformat())
    closes = calendar.schedule["close"].dt.tz_convert(calendar.tz)
    close_of = {day.date(): close.strftime("%H:%M") for day, close in closes.items()}
    years: dict[int, dict[str, Any]] = {
        year: {"holidays": [], "half_days": {}} for year in range(FIRST_YEAR, market.last_year + 1)
    }
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = datetime.date.fromordinal(ordinal)
        close = close_of.get(day)
        year, key = years[day.year], day.strftime("%m-%d")
        if day.weekday() >= 5:
            if close is not None:
                raise SystemExit(
                    f"{market.calendar} trades on {day}, a weekend day; the file format has no place for it"
                )
        elif close is None:
            year["holidays"].append(key)
        elif close in market.half_day_closes:
            year["half_days"][key] = MORNING_ONLY
        elif close not in market.regular_closes:
            raise SystemExit(f"{market.calendar} closes at {close} on {day}; decide whether that is a half day")
    return years


def render(markets: dict[str, dict[int, dict[str, Any]]]) -> str:
    """Write the JSON by hand, one year per line, so that a change of one day shows as one changed line."""
    version = importlib.metadata.version(SOURCE)
    about = (
        "Weekdays without trading, and half days (1 morning only, 2 afternoon only), as MM-DD per year. "
        "Saturdays and Sundays never trade. Outside first_year..last_year every weekday counts as a trading day."
    )
    lines = [
        "{",
        f' "about": {json.dumps(about)},',
        f' "source": {json.dumps(f"{SOURCE} {version}, by packaging/generate_calendars.py")},',
        ' "markets": {',
    ]
    for name, years in markets.items():
        lines.append(f'  "{name}": {{')
        lines.append(f'   "first_year": {min(years)},')
        lines.append(f'   "last_year": {max(years)},')
        lines.append('   "years": {')
        lines.append(",\n".join(f'    "{year}": {json.dumps(content)}' for year, content in years.items()))
        lines.append("   }")
        lines.append("  }," if name != list(markets)[-1] else "  }")
    return "\n".join([*lines, " }", "}", ""])


def main() -> None:
    """Generate, check that the text is JSON, write."""
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    text = render({name: collect(market) for name, market in MARKETS.items()})
    json.loads(text)
    output.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {output} ({len(text)} bytes)")


if __name__ == "__main__":
    main()
