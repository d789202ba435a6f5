"""The limits that a client meets: how often, how many, of which rights; and files of the user's own."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.practice_desk import RESOURCES, PracticeDesk, message
from fakes.unit_targets import Target

from core.api_messages.protocol_catalogue import PROTOCOLS
from core.dispatch.dispatcher import Dispatcher
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import SUB_TICKER, Topic
from core.model.translation import CHINESE, ENGLISH
from core.quotes.push_fanout import PushFanout
from core.quotes.quote_desk import QuoteDesk
from core.quotes.subscription_hub import SubscriptionHub
from core.runtime.language import load_translator
from core.upstreams.practice.kept_trades import KeptTrades
from core.upstreams.practice.quote_rights import BMP, DEFAULT_RIGHTS, QuoteRights
from core.upstreams.practice.securities import COLUMNS

# As documented, requests in 30 seconds by protocol; what is not named here has no documented limit.
DOCUMENTED = {
    3203: 60, 3223: 10, 3211: 30, 3212: 30, 3207: 10, 3204: 10, 3205: 10, 3103: 60, 3105: 60, 3224: 60, 3209: 10,
    3210: 60, 3206: 10, 3218: 30, 3215: 10, 3217: 10, 3219: 30, 3220: 60, 3221: 10, 3213: 10, 3222: 10, 3214: 10,
    3262: 10, 3263: 10,
}  # fmt: skip
WITHOUT = (3001, 3002, 3003, 3004, 3006, 3008, 3010, 3012, 3014, 3104, 3202)
TENCENT = "HK.00700"
# A right request of each protocol that is asked often below.
ASKED: dict[int, dict[str, Any]] = {
    3203: {"securityList": [message(TENCENT)]}, 3223: {"securityList": [message(TENCENT)]},
    3207: {"securityList": [message(TENCENT)]}, 3204: {"market": 1, "plateSetType": 0},
    3105: {"security": message(TENCENT)}, 3224: {"owner": message(TENCENT)}, 3217: {"market": 1},
    3262: {"keyword": "tencent"}, 3222: {"groupType": 3},
    3219: {"market": 1, "beginTime": "2026-11-01", "endTime": "2026-11-20"},
}  # fmt: skip


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


class Counter:
    """Asks through the dispatcher, which counts."""

    def __init__(self, desk: PracticeDesk, *, language: str = ENGLISH, unlimited: bool = False) -> None:
        self.desk = desk
        self.hub = SubscriptionHub(1_000, 0.0 if unlimited else 60.0)
        quotes = QuoteDesk(self.hub, PushFanout(Nobody()), desk.upstream, desk.clock)
        self.dispatcher = Dispatcher(
            Nobody(), quotes, Nobody(), clock=desk.clock, translator=load_translator(RESOURCES, language),
            is_ready=lambda: True, upstream_kind="practice", unlimited=unlimited,
        )  # fmt: skip
        self.client: Any = Target(1)
        self.client.client_id, self.client.peer = "limits", "127.0.0.1:1"

    async def ask(self, proto_id: int, **fields: Any) -> Any:
        row = PROTOCOLS[proto_id]
        request_class, response_class = row.request_class(), row.response_class()
        assert request_class is not None
        assert response_class is not None
        request: Any = request_class(c2s=fields)
        outcome = self.dispatcher.answer(Call(proto_id, 1, request, b"", self.client, 0.0))
        reply = outcome if isinstance(outcome, Reply) else await outcome
        return response_class.FromString(reply.body)


@pytest.fixture(scope="module")
def desk() -> PracticeDesk:
    """One for all tests: nothing runs in it."""
    return PracticeDesk()


# -- how often


def test_limits_are_those_of_the_documents() -> None:
    assert {number: PROTOCOLS[number].limit for number in DOCUMENTED} == DOCUMENTED
    assert {PROTOCOLS[number].limit for number in WITHOUT} == {0}


@pytest.mark.parametrize("proto_id", ASKED)
async def test_one_request_too_many_is_refused_with_the_documented_text(desk: PracticeDesk, proto_id: int) -> None:
    name, limit = PROTOCOLS[proto_id].name, DOCUMENTED[proto_id]
    english, chinese = Counter(desk), Counter(desk, language=CHINESE)
    for counter in (english, chinese):
        for _ in range(limit):
            assert (await counter.ask(proto_id, **ASKED[proto_id])).retType == 0
    refused = await english.ask(proto_id, **ASKED[proto_id])
    assert refused.retType == -1
    assert refused.retMsg == (
        f"{name}: high frequency, request failed. At most {limit} times in 30 seconds. Wait 31 s."
    )
    assert f"{name}频率太高，请求失败，每30秒最多{limit}次。" in (await chinese.ask(proto_id, **ASKED[proto_id])).retMsg
    desk.clock.advance(30.0)
    assert (await english.ask(proto_id, **ASKED[proto_id])).retType == -1
    desk.clock.advance(0.1)
    assert (await english.ask(proto_id, **ASKED[proto_id])).retType == 0


async def test_only_first_pages_and_months_of_futures_count(desk: PracticeDesk) -> None:
    counter = Counter(desk)
    span = {"security": message(TENCENT), "rehabType": 1, "klType": 2, "beginTime": "2025-01-01",
            "endTime": "2026-01-01", "maxAckKLNum": 2}  # fmt: skip
    key = (await counter.ask(3103, **span)).s2c.nextReqKey
    for _ in range(100):
        page = await counter.ask(3103, **span, nextReqKey=key)
        assert page.retType == 0
        key = page.s2c.nextReqKey
    for _ in range(59):
        assert (await counter.ask(3103, **span)).retType == 0
    assert "high frequency" in (await counter.ask(3103, **span)).retMsg
    for _ in range(15):
        assert (await counter.ask(3206, security=message(TENCENT), referenceType=1)).retType == 0
    for _ in range(10):
        assert (await counter.ask(3206, security=message("HK.HSImain"), referenceType=2)).retType == 0
    assert "high frequency" in (await counter.ask(3206, security=message("HK.HSImain"), referenceType=2)).retMsg


async def test_unlimited_has_no_frequency_and_no_minute(desk: PracticeDesk) -> None:
    counter = Counter(desk, unlimited=True)
    for _ in range(70):
        assert (await counter.ask(3203, **ASKED[3203])).retType == 0
    subscribed = {"securityList": [message(TENCENT)], "subTypeList": [1]}
    assert (await counter.ask(3001, **subscribed, isSubOrUnSub=True)).retType == 0
    assert (await counter.ask(3001, **subscribed, isSubOrUnSub=False)).retType == 0


async def test_a_minute_that_a_subscription_lives(desk: PracticeDesk) -> None:
    counter, chinese = Counter(desk), Counter(desk, language=CHINESE)
    one = {"securityList": [message(TENCENT)], "subTypeList": [6]}
    for each in (counter, chinese):
        assert (await each.ask(3001, **one, isSubOrUnSub=True)).retType == 0
    desk.clock.advance(59.0)
    assert "HK.00700" in (await counter.ask(3001, **one, isSubOrUnSub=False)).retMsg
    refused = (await chinese.ask(3001, **one, isSubOrUnSub=False)).retMsg
    assert refused.startswith("HK.00700的KL_Day订阅时间过短，至少需要订阅1分钟")
    desk.clock.advance(1.0)
    assert (await counter.ask(3001, **one, isSubOrUnSub=False)).retType == 0


async def test_real_time_data_needs_its_subscription(desk: PracticeDesk) -> None:
    counter = Counter(desk)
    bars = {"security": message(TENCENT), "rehabType": 1, "klType": 2, "reqNum": 5}
    for proto_id, fields in (
        (3004, {"securityList": [message(TENCENT)]}), (3006, bars), (3008, {"security": message(TENCENT)}),
        (3010, {"security": message(TENCENT), "maxRetNum": 5}), (3012, {"security": message(TENCENT), "num": 5}),
        (3014, {"security": message(TENCENT)}),
    ):  # fmt: skip
        refused = await counter.ask(proto_id, **fields)
        assert refused.retType == -1
        assert "subscribe" in refused.retMsg.lower(), proto_id


# -- how many


def test_four_hundred_securities_in_a_snapshot_and_not_one_more() -> None:
    desk = PracticeDesk()
    infos = [info for info in desk.trading(3, 4, 6) if info.security.market != 91]
    assert len(infos) > 401
    asked = [message(info.security) for info in infos[:401]]
    answer = desk.ask(3203, securityList=asked[:400])
    assert [row.basic.security for row in answer.snapshotList] == asked[:400]
    # The whole past of so many would take longer than a client waits.
    assert not any(row.basic.HasField("highestHistoryPrice") for row in answer.snapshotList)
    for row in desk.ask(3203, securityList=asked[:20]).snapshotList:
        assert row.basic.highestHistoryPrice >= row.basic.highest52WeeksPrice
        assert row.basic.lowestHistoryPrice <= row.basic.lowest52WeeksPrice
    for one in asked[20:400]:
        security = Security(one.market, one.code)
        if security.market != 11 or not desk.exchange.actions.of(security):  # US factors need all closes before
            path = desk.exchange.history(desk.exchange.info(security)).path
            assert path.computed_from() > datetime.date(2019, 1, 1).toordinal()
    with pytest.raises(UserFacingError) as refused:
        desk.ask(3203, securityList=asked)
    assert (refused.value.code, refused.value.facts["limit"]) == ("too_many_items", 400)


def test_twenty_hong_kong_securities_with_bmp() -> None:
    desk = PracticeDesk(rights=QuoteRights({**DEFAULT_RIGHTS, "hkQotRight": BMP}))
    hong_kong = [message(info.security) for info in desk.trading(3) if info.security.market == 1]
    americans = [message(info.security) for info in desk.trading(3) if info.security.market == 11][:100]
    assert len(desk.ask(3203, securityList=hong_kong[:20] + americans).snapshotList) == 120
    with pytest.raises(UserFacingError) as refused:
        desk.ask(3203, securityList=hong_kong[:21])
    assert (refused.value.code, refused.value.facts["limit"]) == ("bmp_snapshot", 20)


# -- files of the user's own


def own_row(code: str, **changes: str) -> str:
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "market": "HK", "code": code, "name_en": f"OWN {code}", "name_zh": "自己", "name_zh_hant": "自己",
        "type": "STOCK", "exchange": "HK_MAINBOARD", "lot_size": "100", "listing_date": "2020-01-02",
        "reference_price": "12", "daily_turnover_million": "50", "volatility_percent": "30", "shares_million": "100",
        "eps": "1", "bvps": "8", "dividend_yield_percent": "2", "industry": "internet", "region": "shenzhen",
    }  # fmt: skip
    return ",".join((row | changes)[column] for column in COLUMNS)


def test_a_bad_line_of_own_securities_is_named_and_the_rest_trades(
    tmp_path: Path, expected_warnings: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "mine.csv"
    lines = [",".join(COLUMNS), own_row("09871"), own_row("09872", lot_size="many"), "HK,half a line", own_row("09873")]
    file.write_text("\n".join(lines), encoding="utf-8")
    expected_warnings.append("mine.csv, line")
    desk = PracticeDesk(securities_files=[file])
    said = [record.getMessage() for record in caplog.records if "mine.csv" in record.getMessage()]
    assert any(text.startswith("mine.csv, line 3: ") and "lot_size" in text for text in said), said
    assert any(text.startswith("mine.csv, line 4: ") for text in said), said
    assert not any("line 2:" in text or "line 5:" in text for text in said)
    for code in ("09871", "09873"):
        one = message(f"HK.{code}")
        row = desk.ask(3203, securityList=[one]).snapshotList[0]
        assert row.basic.name == f"OWN {code}"
        assert row.equityExData.issuedMarketVal == pytest.approx(100e6 * row.basic.curPrice)
        assert desk.ask(3103, security=one, rehabType=0, klType=2, beginTime="2021-01-01", endTime="2021-02-01").klList
        assert any(plate.plate.code for plate in desk.ask(3207, securityList=[one]).ownerPlateList[0].plateInfoList)
    with pytest.raises(UserFacingError, match="unknown_security"):
        desk.ask(3203, securityList=[message("HK.09872")])


def test_a_price_file_comes_before_kept_trades_and_the_simulated_path(tmp_path: Path) -> None:
    """Yesterday was traded and kept; a file with other prices of yesterday is what history says."""
    profile = tmp_path / "profile"
    profile.mkdir()
    traded = PracticeDesk(state_folder=profile)
    traded.upstream.set_subscriptions(frozenset({Topic(parse_security(TENCENT), SUB_TICKER)}))
    traded.run(120)
    traded.exchange.kept.write([day for days in traded.exchange.days_to_keep() for day in days])
    traded.exchange.kept.close()
    day = {"security": message(TENCENT), "rehabType": 0, "klType": 2, "beginTime": "2026-11-20",
           "endTime": "2026-11-20"}  # fmt: skip
    tomorrow = traded.clock.now() + 86_400
    kept = PracticeDesk(state_folder=profile, now=tomorrow)
    assert isinstance(kept.exchange.kept, KeptTrades)
    path = PracticeDesk(now=tomorrow)
    of_kept, of_path = (one.ask(3103, **day).klList[0] for one in (kept, path))
    assert of_kept.volume != of_path.volume
    file = tmp_path / "prices.csv"
    file.write_text(
        "date,open,high,low,close,volume\n2026-11-19,700,710,690,705,1000\n2026-11-20,701,711,691,706,2000\n"
    )
    both = PracticeDesk(
        state_folder=profile, now=tomorrow, price_files=[file], symbols={"prices": parse_security(TENCENT)}
    )
    bar = both.ask(3103, **day).klList[0]
    assert (bar.openPrice, bar.highPrice, bar.lowPrice, bar.closePrice, bar.volume) == (701, 711, 691, 706, 2000)
    minutes = both.ask(3103, **{**day, "klType": 1}, maxAckKLNum=1000)
    assert sum(one.volume for one in minutes.klList) <= 2000
    assert min(one.lowPrice for one in minutes.klList) >= 691
    assert max(one.highPrice for one in minutes.klList) <= 711
    today = both.ask(3203, securityList=[message(TENCENT)]).snapshotList[0].basic
    assert today.lastClosePrice == 706
    for one in (kept, both):
        one.exchange.kept.close()
