"""Which upstreams exist and how each is made; the only file that imports them all."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from core.model.controls import SignInRequest
from core.model.security import Security, parse_security
from core.model.translation import CHINESE
from core.runtime.app_paths import AppPaths
from core.runtime.clock import Clock
from core.settings.options import Settings
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import DEFAULT_HISTORY_QUOTA, build_practice
from core.upstreams.practice.quote_rights import DEFAULT_RIGHTS, FULL_BOOKS, QuoteRights
from core.upstreams.upstream import Upstream

UpstreamMaker = Callable[[SignInRequest], Awaitable[Upstream]]


def practice_maker(
    settings: Settings,
    paths: AppPaths,
    resources: Path,
    clock: Clock,
    language: str,
    *,
    rights: Mapping[str, int] = DEFAULT_RIGHTS,
    history_quota: int = DEFAULT_HISTORY_QUOTA,
) -> UpstreamMaker:
    """Makes the practice source of a profile; reading its files happens in a thread.

    `rights` are the account's QotRight numbers under GetUserInfo's field names.
    """

    def make(request: SignInRequest) -> Upstream:
        first_open = first_start(paths.practice_state, clock) if settings["clock"] == "always-open" else None
        return build_practice(
            resources,
            PracticeClock(clock, request.speed),
            settings["seed"],
            first_open_day=None if first_open is None else first_open.toordinal(),
            price_files=[Path(file) for file in settings["practice_data"]],
            securities_files=[Path(file) for file in settings["practice_securities"]],
            symbols=symbol_mapping(settings["practice_symbol"]),
            chinese_names=language == CHINESE,
            history_quota=history_quota,
            rights=QuoteRights(rights, None if settings["unlimited"] else FULL_BOOKS),
            state_folder=paths.data,
            strict_paper=settings["strict_paper"],
        )

    async def make_in_thread(request: SignInRequest) -> Upstream:
        return await asyncio.to_thread(make, request)

    return make_in_thread


def symbol_mapping(pairs: tuple[str, ...]) -> dict[str, Security]:
    """`goog=US.GOOG` as a mapping; the option table has checked the form."""
    mapping = {}
    for pair in pairs:
        symbol, _, label = pair.partition("=")
        mapping[symbol] = parse_security(label)
    return mapping


def first_start(file: Path, clock: Clock) -> datetime.date:
    """The day this profile first started practice, remembered in `file`: from then on the market never closes.

    An unreadable file counts as a first start; it is replaced as a whole.
    """
    today = datetime.datetime.fromtimestamp(clock.now(), tz=datetime.UTC).date()
    try:
        return min(today, datetime.date.fromisoformat(json.loads(file.read_text(encoding="utf-8"))["first_start"]))
    except (OSError, ValueError, KeyError, TypeError):
        # A day early: the markets' local dates differ from UTC's by up to one.
        first = today - datetime.timedelta(days=1)
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps({"first_start": first.isoformat()}), encoding="utf-8")
        os.replace(draft, file)
        return first
