"""Numbers, rates, durations and clock times as text, by the rules of the interface specification 1.6."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from gui.language.window_language import WindowLanguage

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
BEIJING_OFFSET = 8 * _HOUR


def count_text(value: float) -> str:
    """A whole number with thousands separators."""
    return f"{round(value):,}"


def large_count_text(value: int, language: WindowLanguage) -> str:
    """Short from a hundred thousand on: 14.2 M in English, 1,420 万 in Chinese."""
    if value < 100_000:
        return count_text(value)
    steps = ((10**8, "亿"), (10**4, "万")) if language.is_chinese else ((10**9, "B"), (10**6, "M"), (10**3, "K"))
    size, unit = next(step for step in steps if value >= step[0])
    scaled = value / size
    return f"{scaled:,.1f} {unit}" if scaled < 100 else f"{scaled:,.0f} {unit}"


def rate_figure(value: float) -> str:
    """A rate per second without its unit: one decimal under 100, none above, plain 0 when nothing moves."""
    if value <= 0:
        return "0"
    return f"{value:,.1f}" if value < 99.95 else f"{value:,.0f}"


def rate_text(value: float) -> str:
    """A rate with its unit, 21.9/s."""
    return f"{rate_figure(value)}/s"


def bytes_text(value: int) -> str:
    """Bytes with a unit of a thousand: 812 B, 38.4 KB, 3.1 MB."""
    size = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")


def duration_text(seconds: float, language: WindowLanguage) -> str:
    """The two largest units: 12 d 5 h, 1 h 27 m, 4 m, 48 s."""
    whole = max(0, int(seconds))
    days, hours, minutes = whole // _DAY, whole % _DAY // _HOUR, whole % _HOUR // _MINUTE
    if days:
        return language.text("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return language.text("{hours} h {minutes} m", hours=hours, minutes=minutes)
    if minutes:
        return language.text("{minutes} m", minutes=minutes)
    return language.text("{seconds} s", seconds=whole)


def age_text(seconds: float, language: WindowLanguage) -> str:
    """How long ago: 0.1 s steps to ten seconds, then as a duration."""
    if 0 <= seconds < 10:
        return language.text("{seconds} s", seconds=f"{seconds:.1f}")
    return duration_text(seconds, language)


def local_clock_text(moment: float) -> str:
    """HH:MM:SS of Unix seconds in the computer's own time zone."""
    return f"{_local(moment):%H:%M:%S}"


def event_time_text(moment: float, now: float, language: WindowLanguage) -> str:
    """HH:MM:SS for today, day and minute for other days."""
    return _short_time(_local(moment), _local(now), language)


def _short_time(when: datetime, now: datetime, language: WindowLanguage) -> str:
    if when.date() == now.date():
        return f"{when:%H:%M:%S}"
    if language.is_chinese:
        return f"{when.month}月{when.day}日 {when:%H:%M}"
    return f"{when.day} {when:%b}, {when:%H:%M}"


def zone_minute_text(moment: float, utc_offset_seconds: int) -> str:
    """HH:MM in a market's own time."""
    return f"{_in_zone(moment, utc_offset_seconds):%H:%M}"


def beijing_clock_text(moment: float) -> str:
    """HH:MM:SS in Beijing."""
    return zone_clock_text(moment, BEIJING_OFFSET)


def utc_text(moment: float) -> str:
    """Date and time in UTC, for tooltips."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _local(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC).astimezone()


def money_text(value: float) -> str:
    """An amount with thousands separators and two decimals."""
    shown = f"{value:,.2f}"
    return "0.00" if shown == "-0.00" else _plain_minus(shown)


def signed_money_text(value: float) -> str:
    """The same with a sign; nothing won and nothing lost has none."""
    shown = f"{value:,.2f}"
    return money_text(value) if shown.strip("-") == "0.00" else _plain_minus(f"{value:+,.2f}")


def signed_percent_text(fraction: float) -> str:
    """A fraction as per cent with a sign, +1.28%."""
    shown = f"{fraction * 100:,.2f}"
    return "0.00%" if shown.strip("-") == "0.00" else _plain_minus(f"{fraction * 100:+,.2f}%")


def price_text(value: float) -> str:
    """A price with two decimals, or with as many as it needs, at most four."""
    whole, _, decimals = f"{value:,.4f}".partition(".")
    return _plain_minus(f"{whole}.{decimals.rstrip('0').ljust(2, '0')}")


def quantity_text(value: float) -> str:
    """A number of shares or contracts; parts of one only where there are."""
    return count_text(value) if float(value).is_integer() else f"{value:,.6f}".rstrip("0")


def delay_text(seconds: float, language: WindowLanguage) -> str:
    """How long something took: 4.2 ms, 31 ms, 1.3 s, then as a duration."""
    milliseconds = max(0.0, seconds * 1000)
    if milliseconds < 9.95:
        return language.text("{milliseconds} ms", milliseconds=f"{milliseconds:.1f}")
    if milliseconds < 999.5:
        return language.text("{milliseconds} ms", milliseconds=f"{milliseconds:.0f}")
    if seconds < 59.95:
        return language.text("{seconds} s", seconds=f"{seconds:.1f}")
    return duration_text(seconds, language)


def zone_clock_text(moment: float, utc_offset_seconds: int) -> str:
    """HH:MM:SS in a market's own time."""
    return f"{_in_zone(moment, utc_offset_seconds):%H:%M:%S}"


def zone_time_text(moment: float, now: float, utc_offset_seconds: int, language: WindowLanguage) -> str:
    """HH:MM:SS of today, day and minute of other days, in a market's own time."""
    when = _in_zone(moment, utc_offset_seconds)
    return _short_time(when, _in_zone(now, utc_offset_seconds), language)


def zone_precise_text(moment: float, now: float, utc_offset_seconds: int, language: WindowLanguage) -> str:
    """The same with milliseconds today."""
    when = _in_zone(moment, utc_offset_seconds)
    today = when.date() == _in_zone(now, utc_offset_seconds).date()
    shown = zone_time_text(moment, now, utc_offset_seconds, language)
    return f"{shown}.{when.microsecond // 1000:03d}" if today else shown


def _in_zone(moment: float, utc_offset_seconds: int) -> datetime:
    return datetime.fromtimestamp(moment, timezone(timedelta(seconds=utc_offset_seconds)))


def _plain_minus(text: str) -> str:
    return text.replace("-", "−")
