"""Whatever a client asks of practice: a complete answer or a refusal that says why, never "internal error".

Requests are made from the schema itself, so that a protocol or field added later is covered without a change here.
"""

from __future__ import annotations

import asyncio
import datetime
import math
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_clock import FakeClock
from fakes.unit_targets import Target
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.api_messages.protocol_catalogue import PROTOCOLS, Desk
from core.dispatch.dispatcher import Dispatcher
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import KLINE_TYPE_OF_SUB, Push, Topic
from core.model.translation import Translator
from core.quotes.push_fanout import PushFanout
from core.quotes.quote_desk import QuoteDesk
from core.quotes.subscription_hub import SubscriptionHub
from core.upstreams.practice.practice_clock import PracticeClock
from core.upstreams.practice.practice_upstream import PracticeUpstream, build_practice
from core.wire.body_codec import decode_request

EXAMPLES = int(os.environ.get("GATEHOUSE_FUZZ_EXAMPLES", "12"))
"""Requests of each protocol and clock mode; more by hand when an answer was changed."""

GROUPS = {
    "hk": ("HK.00700", "HK.00939", "HK.02800"), "us": ("US.AAPL", "US.NVDA", "US.SPY"),
    "cn": ("SH.600519", "SZ.300750"),
    "owner": ("HK.00700", "US.AAPL", "HK.800000", "HK.HSImain"), "plate": ("HK.BK1001", "HK.LIST1910", "US.USAALL"),
    "odd": ("HK.02997", "HK.02998"),
    "other": ("HK.800000", "US..SPX", "CC.BTCUSD", "SG.D05", "JP.7203", "MY.1155", "AU.BHP", "CA.RY", "HK.HSImain"),
}  # fmt: skip
"""Securities that a request takes its own from; a field named like a group takes from that one."""

SLOW = frozenset({3253, 3314})
"""Answers that value thousands of options: fewer requests."""

BAD_SECURITIES = ((0, ""), (1, ""), (1, "99999"), (11, "A" * 300), (77, "00700"), (-5, "x"), (2147483647, "é{}%s"))
TEXTS = (
    "", " ", "2026-11-20", "2026-11-01", "2026-11-01 09:30:00", "2020-02-29 00:00:00.123", "0001-01-01", "9999-12-31",
    "2026-13-45", "2030-01-01", "00700", "LIST1910", "All", "%s {0} {x}", "é" * 50, "x" * 5000, "-1", "2026", "²", "٣",
)  # fmt: skip
INTEGERS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 14, 20, 21, 22, 31, 60, 100, 101, 200, 400, 1000, -1, -2147483648)
BIG_INTEGERS = (2147483647, 1_795_140_000, 1000001, 65_536)
HUGE_INTEGERS = (9223372036854775807, -9223372036854775808, 1_795_140_000_000)
COUNTS = frozenset({"count", "num", "reqnum", "maxretnum", "maxcount", "maxackklnum", "datafrom", "pagecount", "page"})
USUALLY_SET = frozenset({"c2s", "begin", "num", "count", "security", "owner", "securityList", "legList"})
ECHOES: tuple[int, ...] = ()
"""Protocols whose answers repeat numbers of the request."""

FLOATS = (0.0, 1.0, 2.5, 100.0, -1.0, 1e-9, 0.05, 380.0, 1e18, 1e308, -1e308, float("inf"), float("-inf"), float("nan"))


TEMPLATES = {
    3103: 'rehabType: 1 klType: 1 security {market: 1 code: "00700"} beginTime: "2026-11-10" endTime: "2026-11-20"',
    3213: 'groupName: "All"',
    3214: 'groupName: "Mine" op: 1 securityList {market: 1 code: "00700"}',
    3215: 'begin: 0 num: 200 market: 1 baseFilterList {fieldName: 3 filterMin: 1 isNoFilter: false}',
    3220: 'security {market: 1 code: "00700"} op: 1 type: 1 value: 100000 freq: 1 reminderSessionList: 1',
    3233: 'security {market: 1 code: "BK1003"}',
    3251: 'security {market: 1 code: "CALL"}',
    3252: """filterList {simpleFieldQuery {simpleField: 1 screenValueList: 1}} pageFrom: 0 pageCount: 20
        filterList {simplePropertyQuery {property {name: 2201} filterMin {value: 10 includes: true}}}""",
    3253: 'marketCategoryList: 0 pageFrom: 0 pageCount: 20',
    3255: """multi_legs {security {market: 1 code: "CALL"} side: 1 qtyRatio: 1}
        multi_legs {security {market: 1 code: "PUT"} side: 1 qtyRatio: 1}""",
    3257: """multi_legs {security {market: 1 code: "CALL"} side: 1 qtyRatio: 1}
        multi_legs {security {market: 1 code: "PUT"} side: 2 qtyRatio: 2}""",
    3260: 'shortName: "MA" langType: IndicatorLangType_MyLang data {klType: KLType_Day '
    + 'security {market: 1 code: "00700"} '
    + 60 * 'kLine {time: "2026-07-03" isBlank: false highPrice: 7 openPrice: 6 lowPrice: 5 closePrice: 6 volume: 9} '
    + "}",
    3301: 'optionMarket: 2 dataType: 1 beginTime: "2026-11-01" endTime: "2026-11-20"',
    3309: "operType: 1 alertList {optionMarket: 1 sizeRange {filterMin {value: 100 includes: true}}}",
    3314: "optionMarket: 1 sellerType: 2",
    3801: 'stock_symbol: "HK.00700" time_range: 7 language_id: 2',
    3803: 'stock_symbol: "US.AAPL" time_range: 7 language_id: 1',
}  # fmt: skip
"""Requests that are right but hard to guess, by protocol; they are changed here and there."""


def tuples(securities: Iterable[Security]) -> list[tuple[int, str]]:
    """Give market and code of each."""
    return [(security.market, security.code) for security in securities]


class Nobody:
    """A carrier and a session desk that nobody asks."""

    def carry(self, bundles: Any) -> None:
        """Swallow."""

    def congested(self) -> bool:
        """Never."""
        return False

    def serves(self, proto_id: int) -> bool:
        """Nothing."""
        return False

    def answer(self, call: Call) -> Reply:
        """Never asked."""
        raise AssertionError


class Client(Target):
    """Who asks; keeps nothing of what is pushed."""

    client_id = "any"
    peer = "127.0.0.1:1"

    def offer(self, push: Push) -> None:
        """Every push must be complete, too."""
        response = PROTOCOLS[push.proto_id].response_class()
        assert response is not None
        message: Any = response.FromString(push.body)
        assert message.IsInitialized(), message.FindInitializationErrors()


class Gateway:
    """A dispatcher before a practice source that runs only when told to."""

    def __init__(self, resources: Path, *, always_open: bool) -> None:
        self.clock = FakeClock()
        opened = datetime.date(2026, 11, 15).toordinal() if always_open else None
        self.upstream: PracticeUpstream = build_practice(resources, PracticeClock(self.clock), 7, first_open_day=opened)
        self.upstream.open(self.clock.now())
        self.hub = SubscriptionHub(100_000, 0.0)
        self.client = Client(1)
        self.quotes = QuoteDesk(self.hub, PushFanout(Nobody()), self.upstream, self.clock)
        self.dispatcher = Dispatcher(
            Nobody(), self.quotes, Nobody(), clock=self.clock, translator=Translator(), is_ready=lambda: True,
            upstream_kind="practice", unlimited=True,
        )  # fmt: skip
        self.groups = {name: tuples(map(parse_security, labels)) for name, labels in GROUPS.items()}
        self.runner = asyncio.Runner()

    def with_codes(self, text: str) -> str:
        call, put = self.groups["option"][:2]
        return text.replace("CALL", call[1]).replace("PUT", put[1])

    async def ask(self, proto_id: int, request: Any) -> Reply:
        call = Call(proto_id, 1, request, b"", self.client, 0.0)
        outcome = self.dispatcher.answer(call)
        reply = outcome if isinstance(outcome, Reply) else await outcome
        # What an answer left for after the reply.
        await asyncio.sleep(0)
        return reply

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1.0)
            for push in self.upstream.run_until(self.clock.now()):
                self.client.offer(push)
            for notice in self.upstream.own.notices():
                self.client.offer(notice)


class RequestMaker:
    """Fills messages with values that are right, wrong, extreme or missing.

    Right ones are guessed by a field's name, so that many requests get past the first check.
    """

    def __init__(self, dice: random.Random, groups: dict[str, list[tuple[int, str]]]) -> None:
        self._dice = dice
        self._groups = groups
        # Most values wrong finds other bugs than one wrong among right ones.
        self._wrong = dice.choice((0.0, 0.0, 0.02, 0.1, 0.5))
        self._present = dice.choice((0.0, 0.1, 0.4, 0.8, 1.0))
        self._securities = groups[dice.choice(sorted(groups))]
        self._small = dice.choice((2, 3, 5, 25))

    def fill(self, message: Any, depth: int = 0) -> None:
        for field in message.DESCRIPTOR.fields:
            wanted = field.is_required or field.name in USUALLY_SET
            if self._dice.random() >= (1.0 if wanted else self._present) or field.name == "header":
                continue
            if field.is_repeated:
                self._fill_list(message, field, depth)
            elif field.type == FieldDescriptor.TYPE_MESSAGE:
                self._fill_message(getattr(message, field.name), field, depth)
                getattr(message, field.name).SetInParent()
            else:
                setattr(message, field.name, self._value(field))

    def change(self, message: Any) -> None:
        """Put other values into some fields of a message that is right."""
        for field in message.DESCRIPTOR.fields:
            if self._dice.random() < self._wrong * (0.3 if field.is_required else 1.0):
                message.ClearField(field.name)
                if self._dice.random() < 0.3:
                    continue
                if field.is_repeated:
                    self._fill_list(message, field, 2)
                elif field.type == FieldDescriptor.TYPE_MESSAGE:
                    self._fill_message(getattr(message, field.name), field, 2)
                else:
                    setattr(message, field.name, self._value(field))
            elif field.type == FieldDescriptor.TYPE_MESSAGE and field.is_repeated:
                for row in getattr(message, field.name):
                    self.change(row)
            elif field.type == FieldDescriptor.TYPE_MESSAGE and message.HasField(field.name):
                self.change(getattr(message, field.name))

    def _fill_list(self, message: Any, field: FieldDescriptor, depth: int) -> None:
        sizes = (1, 1, 1, 2, 3) if self._dice.random() >= self._wrong else (0, 30, 401)
        size = self._dice.choice(sizes)
        rows = getattr(message, field.name)
        for _ in range(min(size, 3) if depth > 2 else size):
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                self._fill_message(rows.add(), field, depth)
            else:
                rows.append(self._value(field))

    def _fill_message(self, target: Any, field: FieldDescriptor, depth: int) -> None:
        if field.message_type.full_name != "Qot_Common.Security":
            self.fill(target, depth + 1)
            return
        pool = self._groups.get(field.name.removesuffix("List"), self._securities)
        if self._dice.random() < self._wrong:
            pool = self._dice.choice((list(BAD_SECURITIES), *self._groups.values()))
        target.market, target.code = self._dice.choice(pool)

    def _value(self, field: FieldDescriptor) -> Any:
        kind, dice, is_right = field.cpp_type, self._dice, self._dice.random() >= self._wrong
        name = field.name.lower()
        if kind == FieldDescriptor.CPPTYPE_BOOL:
            return dice.random() < 0.5
        if kind == FieldDescriptor.CPPTYPE_ENUM:
            return dice.choice(field.enum_type.values).number
        if field.type == FieldDescriptor.TYPE_BYTES:
            return b"" if is_right else bytes(dice.randrange(256) for _ in range(dice.choice((4, 22, 30))))
        if kind == FieldDescriptor.CPPTYPE_STRING:
            if is_right and ("time" in name or "date" in name):
                days = (-20, 0) if "begin" in name or "start" in name else (0, 8)
                return (datetime.date(2026, 11, 20) + datetime.timedelta(dice.randint(*days))).isoformat()
            return "" if is_right and ("key" in name or name == "page") else dice.choice(TEXTS)
        if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
            return dice.choice(FLOATS[:4] if is_right else FLOATS)
        if is_right:
            if "market" in name:
                return dice.choice((1, 1, 11, 11, 21, 22, 2, 31, 91))
            if "time" in name or "date" in name:
                return 1_795_140_000 + dice.randrange(-30, 30) * 86_400
            if name in COUNTS:
                return dice.choice((1, 2, 10, 60, 200))
            return dice.randrange(self._small)
        pool: tuple[int, ...] = (*INTEGERS, *BIG_INTEGERS)
        if kind in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64):
            pool += HUGE_INTEGERS
        value = dice.choice(pool)
        return abs(value) if kind in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64) else value


@pytest.fixture(scope="module", params=[True, False], ids=["always open", "exchange hours"])
def desk(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    one = Gateway(Path(__file__).resolve().parents[2] / "resources", always_open=request.param)
    one.groups.update(contracts(one))
    yield one
    one.runner.close()


def contracts(desk: Gateway) -> dict[str, list[tuple[int, str]]]:
    """Give some options, warrants and futures, which have other codes every day."""
    derivatives = desk.upstream._exchange.derivatives
    options: list[Security] = []
    for label in ("HK.00700", "US.AAPL"):
        option_class = derivatives.classes_of(parse_security(label))[0]
        for expiry in derivatives.expiries(option_class)[:3]:
            strikes = derivatives.strikes(option_class, expiry)
            middle = strikes[len(strikes) // 2]
            options += [derivatives.option(option_class, expiry, kind, middle).contract.security for kind in (1, 2)]
    warrants = [contract.security for contract in derivatives.warrants()[:2]]
    futures = [contract.security for contract in derivatives.futures()[:2]]
    return {"option": tuples(options), "warrant": tuples(warrants), "future": tuples(futures)}


def subscribe(desk: Gateway, proto_id: int, request: Any) -> None:
    """Get calls of live data need a subscription; everything that can have one gets one."""
    sub_types = {3004: (1,), 3006: tuple(KLINE_TYPE_OF_SUB), 3008: (5,), 3010: (4,), 3012: (2, 22), 3014: (14,)}
    if proto_id not in sub_types:
        return
    c2s = request.c2s
    for one in c2s.securityList if proto_id == 3004 else (c2s.security,):
        for sub_type in sub_types[proto_id]:
            topic = Topic(Security(one.market, one.code), sub_type)
            try:
                desk.upstream.check_topic(topic)
            except UserFacingError:
                continue
            desk.hub.subscribe(desk.client, [topic], desk.clock.monotonic())


def numbers_of(message: Any) -> Iterator[tuple[str, float]]:
    """Walk through all floating-point numbers of a message."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        for one in values:
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                yield from numbers_of(one)
            elif isinstance(one, float):
                yield field.full_name, one


QUOTE_PROTOCOLS = sorted(
    row.proto_id for row in PROTOCOLS.values() if row.desk is Desk.QUOTES and not row.is_push and row.file
)


@pytest.mark.parametrize("proto_id", QUOTE_PROTOCOLS, ids=lambda proto_id: PROTOCOLS[proto_id].name)
def test_any_request_is_answered_or_refused_with_a_reason(desk: Gateway, proto_id: int) -> None:
    asked = {"ok": 0, "refused": 0}

    @settings(
        max_examples=max(2, EXAMPLES // 6) if proto_id in SLOW else EXAMPLES,
        deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        request_class, response_class = PROTOCOLS[proto_id].request_class(), PROTOCOLS[proto_id].response_class()
        assert request_class is not None
        assert response_class is not None
        request = request_class()
        dice = random.Random(seed)
        maker = RequestMaker(dice, desk.groups)
        if proto_id in TEMPLATES and dice.random() < 0.7:
            text = desk.with_codes(TEMPLATES[proto_id])
            is_flat = "c2s" not in request.DESCRIPTOR.fields_by_name
            text_format.Parse(text if is_flat else f"c2s {{{text}}}", request)
            maker.change(request)
        else:
            maker.fill(request)
        try:
            request = decode_request(proto_id, 0, request.SerializePartialToString())
        except UserFacingError:
            return
        subscribe(desk, proto_id, request)
        reply = desk.runner.run(desk.ask(proto_id, request))
        response: Any = response_class.FromString(reply.body)
        if reply.failed:
            asked["refused"] += 1
            if not desk.quotes.serves(proto_id):
                assert PROTOCOLS[proto_id].name in response.retMsg, "what is missing is named"
            assert response.retType == -1
            assert len(response.retMsg) > 10, request
            assert "nternal error" not in response.retMsg, (seed, request)
            assert len(response.retMsg) < 1_000, response.retMsg
        else:
            asked["ok"] += 1
            assert desk.quotes.serves(proto_id)
            assert response.retType == 0
            assert response.IsInitialized(), (request, response.FindInitializationErrors())
            bad = [name for name, value in numbers_of(response) if not math.isfinite(value)]
            assert not bad or proto_id in ECHOES, (bad, seed, request)

    check()
    print(PROTOCOLS[proto_id].name, asked)
    # What was asked for must not harm what comes later: reminders, alerts, subscriptions.
    desk.run(2)
    desk.hub.unsubscribe(desk.client, None, desk.clock.monotonic())
    desk.upstream.set_subscriptions(frozenset())
