"""The practice source: an exchange inside this program, simulated and always said to be. The room's only door."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import HK, Security
from core.model.status import MarketStatus, UpstreamStatus
from core.model.topics import SUB_BROKER, SUB_ORDER_BOOK, Push, Topic
from core.model.translation import CHINESE, ENGLISH
from core.runtime.background_tasks import BackgroundTasks
from core.runtime.language import load_translator
from core.upstreams.practice.answers import (
    capital,
    corporate,
    dividends,
    history,
    indicators,
    realtime,
    reference,
    snapshot,
    top_brokers,
)
from core.upstreams.practice.answers import plates as plate_answers
from core.upstreams.practice.answers import search as searches
from core.upstreams.practice.answers import warrant_screen as warrant_screens
from core.upstreams.practice.answers.contract_answers import contract_answers, slow_contract_answers
from core.upstreams.practice.brokers import BrokerTable, load_brokers
from core.upstreams.practice.calendar_file import load_calendars as load_calendar_file
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.coin_indices import table_with_coin_indices
from core.upstreams.practice.corporate_actions import ActionTable, load_actions
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.imported_bars import ImportedBars
from core.upstreams.practice.kept_trades import DayToKeep, KeptTrades
from core.upstreams.practice.market_clock import MarketClock
from core.upstreams.practice.option_chains import OptionClass, load_option_classes
from core.upstreams.practice.own_state import OwnState
from core.upstreams.practice.plates import PlateTable, load_plates, table_with_plates
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_trading import PracticeTrading, build_trading
from core.upstreams.practice.price_file import find_security, load_price_file, table_with
from core.upstreams.practice.quote_rights import QuoteRights
from core.upstreams.practice.screens import Screens
from core.upstreams.practice.securities import SecuritiesFileError, SecurityTable, load_securities, table_with_own
from core.upstreams.practice.trading_port import TradingPort
from core.upstreams.upstream import UpstreamSink

log = logging.getLogger(__name__)

_CALCULATE: Final = 3260
_WARRANT_FILTERS: Final = (3210, 3254)  # not with BMP rights
DEFAULT_HISTORY_QUOTA: Final = 1_000
_SLICE_SECONDS: Final = 0.04  # between two looks at the clock
_BUSY_SECONDS: Final = 0.004  # at most this long without letting others run, when time is not the limit
_FULL_SPEED_STEP: Final = 1.0  # simulated seconds between two bundles of pushes at full speed
_STEP_PIECE: Final = 5.0  # simulated seconds of a step between two looks at the loop
_DESCRIPTIONS: Final = {
    ("always-open", "timed"): "Built-in exchange (simulated), always open, {speed}",
    ("always-open", "full speed"): "Built-in exchange (simulated), always open, as fast as possible",
    ("always-open", "paused"): "Built-in exchange (simulated), always open, paused",
    ("exchange-hours", "timed"): "Built-in exchange (simulated), exchange hours, {speed}",
    ("exchange-hours", "full speed"): "Built-in exchange (simulated), exchange hours, as fast as possible",
    ("exchange-hours", "paused"): "Built-in exchange (simulated), exchange hours, paused",
}
_KEEPING_SECONDS: Final = 60.0  # of real time
_KEPT_IN_A_SLICE: Final = 20
_CONGESTED_PAUSE: Final = 0.005
_OPENED_AT_ONCE: Final = 8  # without a pause
_DEEP_HISTORY_DAYS: Final = 800  # computed without a pause; more is done piece by piece

_GET_STATES: Final = {"marketHK": MarketGroup.HK, "marketUS": MarketGroup.US, "marketSH": MarketGroup.CN,
                      "marketSZ": MarketGroup.CN, "marketSG": MarketGroup.SG, "marketMY": MarketGroup.MY,
                      "marketJP": MarketGroup.JP}  # fmt: skip
_GET_FUTURE_STATES: Final = {"marketHKFuture": MarketGroup.HK, "marketUSFuture": MarketGroup.US,
                             "marketSGFuture": MarketGroup.SG, "marketJPFuture": MarketGroup.JP}  # fmt: skip


class PracticeUpstream(TradingPort):
    """The simulated exchange behind the Upstream port, and its broker behind the TradingSource port."""

    def __init__(
        self,
        table: SecurityTable,
        calendars: Mapping[MarketGroup, MarketCalendar],
        clock: PracticeClock,
        seed: int,
        imported: Sequence[ImportedBars] = (),
        *,
        chinese_names: bool = False,
        history_quota: int = DEFAULT_HISTORY_QUOTA,
        rights: QuoteRights | None = None,
        state_folder: Path | None = None,
        brokers: BrokerTable | None = None,
        kept: KeptTrades | None = None,
        plates: PlateTable | None = None,
        actions: ActionTable | None = None,
        option_classes: Sequence[OptionClass] = (),
        make_trading: Callable[[Exchange], PracticeTrading] | None = None,
    ) -> None:
        """Store. `table` must hold the securities of `imported` (see price_file.table_with).

        Watch lists and price reminders are kept in `state_folder`; without one they live as long as the source.
        """
        self._clock = clock
        self._exchange = Exchange(
            table, calendars, seed, imported, chinese_names=chinese_names, option_classes=option_classes
        )
        self._market_clock = MarketClock(self._exchange)
        self._rights = self._exchange.rights = rights or QuoteRights()
        self._exchange.brokers = brokers or BrokerTable()
        self._exchange.kept = kept or KeptTrades(None, seed)
        self._exchange.plates = plates or PlateTable()
        self._exchange.actions = actions or ActionTable()
        self._quota = history.HistoryQuota(history_quota)
        self._past = snapshot.PastFigureStore()
        self.trading = make_trading(self._exchange) if make_trading else None
        self._tasks = BackgroundTasks("practice")
        self._sink: UpstreamSink | None = None
        self._since = 0.0
        self._step_target = 0.0
        self._always_open = isinstance(calendars[MarketGroup.HK], AlwaysOpenCalendar)
        self.own = OwnState(self._exchange, self._market_clock, state_folder, chinese=chinese_names)
        self._slow_answers = slow_contract_answers(self._exchange)
        self.screens = Screens(self._exchange, lambda: self.own.lists.members("All"))
        self._calculations = 0
        # Answers that depend on the hours that were subscribed.
        self._session_answers: dict[int, Callable[[Any, int], bytes]] = {
            3006: lambda request, session: realtime.current_klines(self._exchange, request, session),
            3008: lambda request, session: realtime.time_line(self._exchange, request, session),
            3010: lambda request, session: realtime.tickers(self._exchange, request, session),
        }
        self._answers: dict[int, Callable[[Any], bytes]] = {
            **self.own.answers,
            **contract_answers(self._exchange),
            3254: lambda request: warrant_screens.warrant_screen(self._exchange, request),
            3234: lambda request: dividends.dividends(self._exchange, request),
            3236: lambda request: dividends.splits(self._exchange, request),
            3408: lambda request: dividends.dividend_calendar(self._exchange, request),
            3259: indicators.indicator_list,
            3262: lambda request: searches.search(self._exchange, self.own.lists.contains, request),
            3004: lambda request: realtime.basic_quotes(self._exchange, request),
            3012: lambda request: realtime.order_book(self._exchange, request),
            3014: lambda request: realtime.broker_queue(self._exchange, request),
            3247: lambda request: top_brokers.top_brokers(self._exchange, request),
            3103: lambda request: history.history_klines(self._exchange, self._quota, request),
            3104: lambda request: history.quota_rows(self._exchange, self._quota, request),
            3202: lambda request: reference.static_info(self._exchange, request),
            3203: lambda request: snapshot.snapshots(self._exchange, self._past, request),
            3105: lambda request: corporate.rehab_factors(self._exchange, request),
            3201: lambda request: corporate.suspensions(self._exchange, request),
            3216: lambda request: corporate.code_changes(self._exchange, request),
            3217: lambda request: corporate.ipo_list(self._exchange, request),
            3204: lambda request: plate_answers.plate_set(self._exchange, request),
            3205: lambda request: plate_answers.plate_securities(self._exchange, self.screens.view, request),
            3207: lambda request: plate_answers.owner_plates(self._exchange, request),
            3211: lambda request: capital.capital_flow(self._exchange, request),
            3212: lambda request: capital.capital_distribution(self._exchange, request),
            3219: lambda request: reference.trading_days(self._exchange, request),
            3223: lambda request: reference.market_states(self._exchange, self._market_clock, request),
        }

    @property
    def kind(self) -> str:
        """Stable name of this source."""
        return "practice"

    @property
    def speed(self) -> float:
        """Simulated seconds per real second; 0 for as fast as possible."""
        return self._clock.speed

    def serves(self, proto_id: int) -> bool:
        """Whether `ask` can answer this protocol."""
        if self.trading is not None and self.trading.serves(proto_id):
            return True
        answered = (self._answers, self._session_answers, self.screens.answers, self._slow_answers)
        return proto_id == _CALCULATE or any(proto_id in table for table in answered)

    async def start(self, sink: UpstreamSink) -> None:
        """Open the exchange; it runs until `stop`."""
        if self._sink is not None:
            return
        self._sink = sink
        self._since = self._clock.now()
        self.open(self._since)
        if self.trading is not None:
            await asyncio.to_thread(self.trading.open, self._since)
            self.trading.start(sink)
        self.own.start(self._tasks)
        self._tasks.start(self._run(sink), "market")
        self._tasks.start(self._warm_up(), "warm up")
        self._tasks.start(self._keep_trades(), "kept trades")

    async def stop(self) -> None:
        """Close the exchange; may be called twice."""
        await self._tasks.stop()
        self.own.stop()
        if self.trading is not None:
            await self.trading.stop()
        await self._write_trades()
        await asyncio.to_thread(self._exchange.kept.close)
        self._exchange.close()
        self._sink = None

    def set_speed(self, speed: float) -> None:
        """Let simulated time pass at another speed: 1, 5, 20, or 0 for as fast as possible."""
        self._clock.set_speed(speed)
        self._say_status_changed()

    def pause(self) -> None:
        """Let the market stand still; quotes can still be asked for. May be called twice."""
        self._clock.pause()
        self._say_status_changed()

    def resume(self) -> None:
        """Let the market go on; may be called twice."""
        self._clock.resume()
        self._say_status_changed()

    def step(self, seconds: float) -> None:
        """Let simulated time (more than 0, at most a day) pass as quickly as the computer manages; nothing is left out.

        Works paused or not. Raises UserFacingError(bad_option).
        """
        self._step_target = self._clock.step(seconds)

    def _say_status_changed(self) -> None:
        if self._sink is not None:
            self._sink.on_status_changed()

    def ask(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer one call; at once, unless much history must be computed first. Raises UserFacingError."""
        if self.trading is not None and self.trading.serves(call.proto_id):
            return self.trading.ask(call)
        if call.proto_id in _WARRANT_FILTERS:
            self._rights.check_filter(HK)
        screen = self.screens.answers.get(call.proto_id) or self._slow_answers.get(call.proto_id)
        if screen is not None:
            return self._screened(screen, call.request)
        if call.proto_id == _CALCULATE:
            return self._calculate(call)
        of_session = self._session_answers.get(call.proto_id)
        if of_session is not None:
            return Reply(of_session(call.request, call.session))
        answer = self._answers.get(call.proto_id)
        if answer is None:
            raise UserFacingError("unknown_protocol", proto_id=call.proto_id)
        missing = [item for item in self._history_needed(call) if not self._is_ready(*item)]
        to_open = self._securities_to_open(call)
        if missing or len(to_open) > _OPENED_AT_ONCE:
            return self._prepare_and_answer(missing, to_open, answer, call.request)
        return Reply(answer(call.request))

    async def _screened(self, answer: Callable[[Any], Awaitable[bytes]], request: Any) -> Reply:
        return Reply(await answer(request))

    def _calculate(self, call: Call) -> Reply:
        self._calculations += 1
        body, result = indicators.request_calculation(self._exchange, str(self._calculations), call.request)
        # The reply goes out at the end of this read; the result follows it.
        asyncio.get_running_loop().call_soon(indicators.send_result, call.client, result)
        return Reply(body)

    def set_subscriptions(self, wanted: frozenset[Topic]) -> None:
        """Declare the whole set of topics wanted now."""
        self._exchange.set_wanted(wanted)

    def check_topic(self, topic: Topic) -> None:
        """Raise UserFacingError when this topic can never be subscribed."""
        self._exchange.check_topic(topic)
        self._rights.check_topic(topic, self._exchange.info(topic.security).security_type)

    def check_wanted(self, wanted: frozenset[Topic]) -> None:
        """Raise UserFacingError(full_book_limit) when these are more full books than may be open at a time."""
        books = {topic.security for topic in wanted if topic.sub_type in (SUB_ORDER_BOOK, SUB_BROKER)}
        self._rights.check_books([(info.security, info.security_type) for info in map(self._exchange.info, books)])

    def current_push(self, topic: Topic) -> Push | None:
        """The present state of a topic as a push; None for what an index does not have (trades, order book)."""
        return self._exchange.current_push(topic)

    def security_name(self, security: Security) -> str | None:
        """The security's name, or None when it is unknown."""
        info = self._exchange.table.get(security)
        return None if info is None else self._exchange.name(info)

    def global_market_states(self) -> Mapping[str, int]:
        """QotMarketState numbers under the field names of GetGlobalState; futures keep hours of their own."""
        states = {field: self._market_clock.state(group) for field, group in _GET_STATES.items()}
        futures = {field: self._market_clock.futures_state(group) for field, group in _GET_FUTURE_STATES.items()}
        return {**states, **futures}

    def markets(self) -> Sequence[MarketStatus]:
        """The market strip; times to the next change are real seconds at the present speed."""
        return self._market_clock.statuses(self._clock.speed)

    def status(self) -> UpstreamStatus:
        """Running or not, and how fast."""
        mode = "always-open" if self._always_open else "exchange-hours"
        pace = "paused" if self._clock.is_paused else "timed" if self._clock.moves_itself else "full speed"
        speed = f"{self._clock.speed:g}x" if self._clock.moves_itself else "as fast as possible"
        return UpstreamStatus(
            kind=self.kind,
            state="connected" if self._sink is not None else "stopped",
            description=_DESCRIPTIONS[mode, pace],
            facts=(("speed", speed), ("clock", mode), ("paused", "yes" if self._clock.is_paused else "no")),
            simulated=True,
            since=self._since,
        )

    def history_quota_used(self) -> int:
        """Securities charged to the history K-line quota in the last 30 days."""
        return self._quota.used(self.now())

    def now(self) -> float:
        """The simulated present in Unix seconds."""
        return self._exchange.now if self._sink is not None else self._clock.now()

    def open(self, now: float) -> None:
        """Set the simulated present; what `start` does before the market runs, for tests."""
        self._exchange.begin(now)
        self._market_clock.has_changed()

    def run_until(self, now: float) -> list[Push]:
        """Let everything happen up to a simulated moment and give the news; what the running task does, for tests."""
        pushes = self._exchange.advance(now)
        if self.trading is not None and self._sink is not None:
            self.trading.advance(now)
        return pushes

    async def _run(self, sink: UpstreamSink) -> None:
        while True:
            if self._exchange.now < self._step_target:
                # In pieces: a jump would be filled from the path instead of being traded.
                if not sink.congested():
                    self._publish(sink, min(self._exchange.now + _STEP_PIECE, self._step_target))
                await asyncio.sleep(0 if not sink.congested() else _CONGESTED_PAUSE)
            elif self._clock.moves_itself or self._clock.is_paused:
                self._publish(sink, self._clock.now())
                await asyncio.sleep(_SLICE_SECONDS)
            else:
                await self._run_at_full_speed(sink)

    async def _run_at_full_speed(self, sink: UpstreamSink) -> None:
        """One busy slice: simulated time moves as far as the computer manages, unless somebody reads too slowly."""
        if sink.congested():
            await asyncio.sleep(_CONGESTED_PAUSE)
            return
        # Without subscribers and orders nobody would see what happens; time stands still for them.
        if not self._exchange.is_wanted and not self.open_order_count():
            await asyncio.sleep(_SLICE_SECONDS)
            return
        slice_end = perf_counter() + _BUSY_SECONDS
        while (
            perf_counter() < slice_end
            and not (self._clock.moves_itself or self._clock.is_paused)
            and not sink.congested()
        ):
            now = self._exchange.now + _FULL_SPEED_STEP
            # Closed hours are skipped.
            now = max(now, self._exchange.next_event or now)
            self._clock.move_to(now)
            self._publish(sink, now)
        await asyncio.sleep(0)

    def _publish(self, sink: UpstreamSink, now: float) -> None:
        opened_until = perf_counter() + _BUSY_SECONDS
        while self._exchange.open_next() and perf_counter() < opened_until:
            pass
        pushes = self._exchange.advance(now, open_all=False)
        if pushes:
            sink.on_pushes(pushes)
        if self.trading is not None:
            self.trading.advance(now)
        for notice in self.own.notices():
            sink.on_notice(notice)
        if self._market_clock.has_changed():
            sink.on_status_changed()

    async def _keep_trades(self) -> None:
        """Write down now and then what was traded; the rest is written by `stop`."""
        while self._exchange.kept.is_open:
            await asyncio.sleep(_KEEPING_SECONDS)
            await self._write_trades()

    async def _write_trades(self) -> None:
        days: list[DayToKeep] = []
        for number, found in enumerate(self._exchange.days_to_keep() if self._exchange.kept.is_open else ()):
            days += found
            if number % _KEPT_IN_A_SLICE == 0:
                await asyncio.sleep(0)
        if days:
            await asyncio.to_thread(self._exchange.kept.write, days)

    async def _warm_up(self) -> None:
        """Compute every security's recent past between other work, so that a first subscription is quick."""
        await asyncio.to_thread(self._exchange.make_shapes)
        for info in self._exchange.table:
            for _ in self._exchange.warm_up(info):
                await asyncio.sleep(_SLICE_SECONDS)

    def _history_needed(self, call: Call) -> list[tuple[Security, int]]:
        if call.proto_id == 3103:
            needed = history.earliest_day_asked(self._exchange, call.request)
            return [] if needed is None else [needed]
        if call.proto_id == 3203:
            return snapshot.days_needed(self._exchange, call.request)
        return []

    def _securities_to_open(self, call: Call) -> list[Security]:
        """Give the securities and contracts of a snapshot request that are not live yet."""
        if call.proto_id != 3203:
            return []
        securities = snapshot.securities_asked(self._exchange, call.request)
        return [security for security in securities if self._exchange.live(security) is None]

    def _is_ready(self, security: Security, begin: int) -> bool:
        return self._exchange.missing_days(security, begin) <= _DEEP_HISTORY_DAYS

    async def _prepare_and_answer(
        self,
        missing: list[tuple[Security, int]],
        to_open: list[Security],
        answer: Callable[[Any], bytes],
        request: Any,
    ) -> Reply:
        for security, begin in missing:
            for _ in self._exchange.compute_history(security, begin):
                await asyncio.sleep(0)
        for security in to_open:
            # A few milliseconds each the first time; a contract is valued on all days of its life.
            market = self._exchange.market(security)
            self._past.before_today(market, self._exchange.adjuster(market.info))
            if len(to_open) <= snapshot.MOST_WITH_ALL_TIME:
                self._past.all_time(market, self._exchange.adjuster(market.info))
            await asyncio.sleep(0)
        return Reply(answer(request))


def _load_own_securities(path: Path) -> SecurityTable:
    """Read a user's table; its bad lines are logged and left out. Raises UserFacingError(securities_unreadable)."""
    try:
        own = load_securities(path)
    except SecuritiesFileError as error:
        raise UserFacingError("securities_unreadable", file=path.name, reason=str(error)) from error
    for problem in own.problems:
        log.warning("%s, line %s: %s", path.name, problem.line, problem.text)
    log.info("%s: %s securities", path.name, len(own))
    return own


def build_practice(
    resources: Path,
    clock: PracticeClock,
    seed: int,
    *,
    first_open_day: int | None,
    price_files: Sequence[Path] = (),
    securities_files: Sequence[Path] = (),
    symbols: Mapping[str, Security] | None = None,
    chinese_names: bool = False,
    history_quota: int = DEFAULT_HISTORY_QUOTA,
    rights: QuoteRights | None = None,
    state_folder: Path | None = None,
    strict_paper: bool = False,
) -> PracticeUpstream:
    """Load tables, calendars and price files and build the source. Reads files: call it in a thread.

    `first_open_day` is the date (datetime.date.toordinal) from which the market never closes, None for exchange hours.
    Raises UserFacingError for a price file, ValueError for the program's own files.
    """
    table = load_securities(resources / "practice" / "securities.csv")
    for problem in table.problems:
        log.warning("securities.csv, line %s: %s", problem.line, problem.text)
    for path in securities_files:
        table = table_with_own(table, _load_own_securities(path))
    calendars: dict[MarketGroup, MarketCalendar] = dict(load_calendar_file(resources / "practice" / "calendars.json"))
    if first_open_day is not None:
        opened = datetime.date.fromordinal(first_open_day)
        calendars = {
            # A market that never closes anyway stays as it is.
            group: calendar if group is MarketGroup.CRYPTO else AlwaysOpenCalendar(calendar, opened)
            for group, calendar in calendars.items()
        }
    kept = KeptTrades(state_folder / "practice-trades.sqlite3" if state_folder else None, seed)
    kept.open()
    imported = [load_price_file(path, find_security(path, symbols or {}, table)) for path in price_files]
    plates = load_plates(resources / "practice" / "plates.csv", table)
    for problem in plates.problems:
        log.warning("plates.csv, line %s: %s", problem.line, problem.text)
    actions = load_actions(resources / "practice" / "corporate_actions.csv")
    for problem in actions.problems:
        log.warning("corporate_actions.csv, line %s: %s", problem.line, problem.text)
    source = PracticeUpstream(
        table_with_plates(table_with_coin_indices(table_with(table, imported)), plates),
        calendars,
        clock,
        seed,
        imported,
        chinese_names=chinese_names,
        history_quota=history_quota,
        rights=rights,
        state_folder=state_folder,
        brokers=load_brokers(resources / "practice" / "brokers.csv"),
        kept=kept,
        plates=plates,
        actions=actions,
        option_classes=load_option_classes(resources / "practice" / "option_classes.csv"),
        make_trading=partial(
            build_trading,
            tables=resources / "practice" / "broker",
            journal_url=f"sqlite:///{state_folder / 'practice-trading.sqlite3'}" if state_folder else None,
            translator=load_translator(resources, CHINESE if chinese_names else ENGLISH),
            strict_paper=strict_paper,
        ),
    )
    source.own.load()
    return source
