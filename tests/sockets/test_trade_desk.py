"""Trade calls over sockets: who may do what, locks, replays, limits, and pushes to those who listed the account."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from fakes.raw_client import RawClient, frame
from fakes.running_gateway import Running
from fakes.tiny_upstream import TinyUpstream
from fakes.trading_upstream import OLD, PASSWORD_MD5, REAL_HK, REAL_US, SIMULATED, TradingUpstream

from core.api_messages import openapi
from core.gateway.gateway import Gateway
from core.model.controls import SignInRequest, SourceKind
from core.model.errors import UserFacingError
from core.model.status import EventKind
from core.model.trading import SecurityFirm
from core.model.translation import Translator
from core.runtime.clock import SystemClock
from core.settings.options import Settings

HK, US, ALL = SecurityFirm.FUTU_HK, SecurityFirm.MOOMOO_US, SecurityFirm.NONE


def header(account: int) -> dict[str, int]:
    return {"trdEnv": 0 if account == SIMULATED else 1, "accID": account, "trdMarket": 1}


async def place(client: RawClient, account: int, serial: int = 1, *, qty: float = 100, proto_id: int = 2202) -> Any:
    fields: dict[str, Any] = {"code": "00700", "trdSide": 1} if proto_id == 2202 else {}
    return await client.ask(
        proto_id,
        packetID={"connID": client.connection_id, "serialNo": serial},
        header=header(account),
        orderType=1,
        qty=qty,
        price=400.0,
        **fields,
    )


async def modify(client: RawClient, account: int, serial: int, operation: int, *, for_all: bool = False) -> Any:
    return await client.ask(
        2205,
        packetID={"connID": client.connection_id, "serialNo": serial},
        header=header(account),
        orderID=0 if for_all else 1,
        modifyOrderOp=operation,
        forAll=for_all,
    )


async def unlock(client: RawClient, firm: int, password: str = PASSWORD_MD5, *, on: bool = True) -> Any:
    return await client.ask(2005, unlock=on, pwdMD5=password if on else "", securityFirm=int(firm))


def order_body(account: int, order_id: int) -> bytes:
    response = openapi.Trd_UpdateOrder.Response(retType=0)
    response.s2c.header.trdEnv, response.s2c.header.accID, response.s2c.header.trdMarket = 0, account, 1
    order = response.s2c.order
    order.trdSide, order.orderType, order.orderStatus, order.orderID, order.orderIDEx = 1, 1, 5, order_id, str(order_id)
    order.code, order.name, order.qty, order.createTime, order.updateTime = "00700", "Tiny", 100, "", ""
    return response.SerializeToString()


class Trading(Running):
    """A signed-in gateway whose source trades."""

    upstream: TradingUpstream


@pytest.fixture
def upstream() -> TinyUpstream:
    return TradingUpstream()


@pytest.fixture
async def trading(running: Running) -> Trading:
    assert isinstance(running.upstream, TradingUpstream)
    return Trading(running.gateway, running.upstream)


@pytest.fixture
async def client(trading: Trading) -> AsyncIterator[RawClient]:
    client = await RawClient.connect(trading.port)
    yield client
    await client.close()


async def test_simulated_orders_need_no_unlock_real_ones_do(trading: Trading, client: RawClient) -> None:
    assert (await place(client, SIMULATED)).s2c.orderIDEx == "1"
    for proto_id in (2202, 2227):
        refused = await place(client, REAL_HK, 2, proto_id=proto_id)
        assert (refused.retType, refused.retMsg) == (-1, "Trade is locked, please unlock trade first.")
    assert "locked" in (await modify(client, REAL_HK, 3, 2)).retMsg
    assert (await client.ask(2101, header=header(REAL_HK))).retType == 0  # looking is free
    assert (await unlock(client, HK)).retType == 0
    assert (await place(client, REAL_HK, 4)).retType == 0
    assert (await place(client, REAL_US, 5)).retType == -1  # per firm
    assert (await unlock(client, HK, on=False)).retType == 0
    assert (await place(client, REAL_HK, 6)).retType == -1
    assert trading.upstream.orders == 2


async def test_unlocking_holds_for_all_connections_and_says_when_there_was_nothing_to_do(trading: Trading) -> None:
    one, two = await RawClient.connect(trading.port), await RawClient.connect(trading.port)
    wrong = await unlock(one, ALL, hashlib.md5(b"no").hexdigest())
    assert (wrong.retType, wrong.retMsg) == (-1, "Wrong trade password. 4 more tries, then a pause of 10 minutes.")
    first = await unlock(one, ALL)
    assert (first.retType, first.HasField("retMsg")) == (0, False)
    assert (await place(two, REAL_HK)).retType == 0
    assert (await place(two, REAL_US, 2)).retType == 0
    again = await unlock(two, US)
    assert (again.retType, again.retMsg) == (0, "Trade is unlocked already.")
    assert "No account of securities firm 7" in (await unlock(two, 7)).retMsg
    locks = trading.gateway.snapshot().trading.locks
    assert [(lock.firm, lock.unlocked, lock.by) for lock in locks] == [(HK, True, "raw"), (US, True, "raw")]
    await one.close()
    assert (await place(two, REAL_HK, 3)).retType == 0
    await two.close()


async def test_one_wrong_password_does_not_keep_the_other_firm_locked(trading: Trading, client: RawClient) -> None:
    trading.upstream.passwords[US] = "other"
    assert (await unlock(client, ALL)).retType == 0
    assert (await place(client, REAL_HK)).retType == 0
    assert (await place(client, REAL_US, 2)).retType == -1


async def test_unknown_wrong_and_disabled_accounts(trading: Trading, client: RawClient) -> None:
    assert "Nonexisting account 5" in (await client.ask(2201, header={"trdEnv": 0, "accID": 5, "trdMarket": 1})).retMsg
    wrong = await client.ask(2201, header={"trdEnv": 1, "accID": SIMULATED, "trdMarket": 1})
    assert "does not belong to trading environment 1" in wrong.retMsg
    assert "Nonexisting account 5" in (await client.ask(2008, accIDList=[SIMULATED, 5])).retMsg
    assert (await client.ask(2201, header=header(OLD))).retType == 0
    await unlock(client, ALL)
    assert "is disabled" in (await place(client, OLD)).retMsg
    assert trading.upstream.orders == 0


async def test_a_repeated_packet_never_makes_a_second_order(trading: Trading, client: RawClient) -> None:
    first = await place(client, SIMULATED, 7)
    again = await place(client, SIMULATED, 7)
    assert first.s2c.orderIDEx == again.s2c.orderIDEx == "1"
    other = await place(client, SIMULATED, 7, qty=200)
    assert "was used before for another request" in other.retMsg
    # The same client on a new connection sends what it got no answer for once more.
    second = await RawClient.connect(trading.port)
    second.connection_id = client.connection_id
    assert (await place(second, SIMULATED, 7)).s2c.orderIDEx == "1"
    await second.close()
    assert trading.upstream.orders == 1


async def test_a_refused_packet_may_come_again(trading: Trading, client: RawClient) -> None:
    trading.upstream.refuse = "trade_locked"
    assert (await place(client, SIMULATED, 7)).retType == -1
    trading.upstream.refuse = ""
    assert (await place(client, SIMULATED, 7)).s2c.orderIDEx == "1"


async def test_an_order_without_an_answer_in_time_is_not_placed_again(
    trading: Trading, client: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.dispatch.dispatcher.ANSWER_SECONDS", 0.05)
    trading.upstream.may_answer.clear()
    late = await place(client, SIMULATED, 7)
    assert "whether this took effect is not known" in late.retMsg
    trading.upstream.may_answer.set()
    assert (await place(client, SIMULATED, 7)).s2c.orderIDEx == "1"
    assert trading.upstream.orders == 1


async def test_limits_are_counted_once_and_per_account(client: RawClient) -> None:
    await unlock(client, ALL)
    serial = 0
    for account in (SIMULATED, REAL_HK):
        placed = 0
        while True:
            serial += 1
            reply = await place(client, account, serial)
            if reply.retType == 0:
                placed += 1
            else:
                assert "Placing orders: high frequency, request failed. At most 15 times" in reply.retMsg
                break
        assert placed == 15
    for _ in range(20):
        assert (await client.ask(2201, header=header(SIMULATED))).retType == 0


async def test_orders_that_do_not_wait_for_answers_keep_their_pause(trading: Trading, client: RawClient) -> None:
    for serial in (500, 501, 502):
        request = openapi.Trd_PlaceOrder.Request(
            c2s=openapi.Trd_PlaceOrder.C2S(
                packetID={"connID": client.connection_id, "serialNo": serial},
                header=header(SIMULATED),
                trdSide=1,
                orderType=1,
                code="00700",
                qty=100,
            )
        )
        client.send(frame(2202, request.SerializeToString(), serial))
    replies = {}
    while len(replies) < 3:
        _, serial, body = await client.read()
        replies[serial] = openapi.Trd_PlaceOrder.Response.FromString(body)
    assert [replies[serial].retType for serial in (500, 501, 502)] == [0, -1, -1]
    assert "high frequency, request failed. Two requests must be at least 0.02 s apart." in replies[501].retMsg
    assert trading.upstream.orders == 1


async def test_everything_locked_refuses_orders_but_takes_them_back(trading: Trading, client: RawClient) -> None:
    gateway = trading.gateway
    await unlock(client, ALL)
    assert await gateway.lock_everything(True) == 0
    for account in (SIMULATED, REAL_HK):
        for proto_id in (2202, 2227):
            assert "All trading is locked" in (await place(client, account, 1, proto_id=proto_id)).retMsg
    changes = {number: (await modify(client, SIMULATED, 10 + number, number)).retMsg for number in (1, 3, 4)}
    assert all("All trading is locked" in text for text in changes.values()), changes
    assert trading.upstream.changes == []
    for serial, operation, for_all in ((20, 2, False), (21, 5, False), (22, 2, True)):
        assert (await modify(client, SIMULATED, serial, operation, for_all=for_all)).retType == 0
    assert trading.upstream.changes == [2, 5, 2]
    assert gateway.snapshot().trading.locked_everything
    assert await gateway.lock_everything(True, cancel_open=True) == 3
    assert trading.upstream.cancelled == [0]
    await gateway.lock_everything(False)
    assert (await place(client, SIMULATED, 30)).retType == 0
    texts = [row.text for row in gateway.snapshot().events if row.kind is EventKind.TRADING]
    assert texts[:2] == ["All trading is no longer locked", "All trading is locked"]


async def test_pushes_reach_the_connections_that_listed_the_account(trading: Trading) -> None:
    one, two, deaf = [await RawClient.connect(trading.port) for _ in range(3)]
    assert (await one.ask(2008, accIDList=[SIMULATED, REAL_HK])).retType == 0
    assert (await two.ask(2008, accIDList=[REAL_HK])).retType == 0
    trading.upstream.push_orders(SIMULATED, order_body(SIMULATED, 1), order_body(SIMULATED, 2))
    trading.upstream.push_orders(REAL_HK, order_body(REAL_HK, 3))
    assert [(await one.push(2208)).s2c.order.orderID for _ in range(3)] == [1, 2, 3]
    assert (await two.push(2208)).s2c.order.orderID == 3
    assert (await one.ask(2008, accIDList=[REAL_US])).retType == 0
    trading.upstream.push_orders(SIMULATED, order_body(SIMULATED, 4))
    trading.upstream.push_orders(REAL_HK, order_body(REAL_HK, 5))
    trading.upstream.push_orders(REAL_US, order_body(REAL_US, 6))
    assert (await one.push(2208)).s2c.order.orderID == 6
    assert (await two.push(2208)).s2c.order.orderID == 5
    for client in (one, two, deaf):
        await client.ask(1004, time=0)
        assert client.pushes == []
        await client.close()
    trading.upstream.push_orders(REAL_HK, order_body(REAL_HK, 7))  # nobody is left; nothing happens


async def test_operator_controls(trading: Trading, client: RawClient) -> None:
    gateway = trading.gateway
    with pytest.raises(UserFacingError) as refused:
        await gateway.unlock_trade(HK, "wrong")
    assert refused.value.code == "wrong_trade_password"
    await gateway.unlock_trade(HK, "practice")
    assert (await place(client, REAL_HK)).retType == 0
    await gateway.lock_trade(HK)
    await gateway.lock_trade(HK)
    assert (await place(client, REAL_HK, 2)).retType == -1
    with pytest.raises(UserFacingError):
        await gateway.unlock_trade(HK, "practice", hashed=True)
    await gateway.unlock_trade(HK, PASSWORD_MD5, hashed=True)
    assert (await place(client, REAL_HK, 3)).retType == 0
    assert gateway.account_book(SIMULATED).account_id == SIMULATED
    assert gateway.order_steps(SIMULATED, 1) == ()
    await gateway.cancel_order(SIMULATED, 8)
    assert await gateway.cancel_open_orders(SIMULATED) == 3
    await gateway.reset_practice_account(SIMULATED)
    assert trading.upstream.cancelled == [8, SIMULATED]
    assert trading.upstream.reset == [SIMULATED]
    with pytest.raises(UserFacingError):
        gateway.account_book(5)
    overview = gateway.snapshot().trading
    assert [row.account_id for row in overview.accounts] == [SIMULATED, REAL_HK, REAL_US, OLD]
    assert overview.open_orders == overview.orders_today == 2
    before = overview.revision
    await gateway.unlock_trade(ALL, "practice")
    assert gateway.snapshot().trading.revision > before


async def test_a_source_without_accounts_serves_no_trading() -> None:
    async def make(_: SignInRequest) -> TinyUpstream:
        return TinyUpstream()

    gateway = make_gateway(make)
    with pytest.raises(UserFacingError) as refused:
        await gateway.lock_everything(True)
    assert refused.value.code == "trading_unavailable"
    await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
    client = await RawClient.connect(int(gateway.api_endpoint.rpartition(":")[2]))
    for proto_id, fields in ((2001, {"userID": 1}), (2005, {"unlock": False}), (2008, {})):
        assert "is not available from the tiny source" in (await client.ask(proto_id, **fields)).retMsg
    with pytest.raises(UserFacingError):
        gateway.account_book(SIMULATED)
    await client.close()
    await gateway.stop()


async def test_lock_everything_from_the_command_line_and_over_restarts(tmp_path: Path) -> None:
    upstream = TradingUpstream()

    async def make(_: SignInRequest) -> TradingUpstream:
        return upstream

    for lock_trade, expected in ((True, True), (False, False)):
        gateway = make_gateway(make, tmp_path, lock_trade=lock_trade)
        await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
        assert gateway.snapshot().trading.locked_everything is expected
        await gateway.stop()
    gateway = make_gateway(make, tmp_path)
    await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
    await gateway.lock_everything(True)
    await gateway.stop()
    gateway = make_gateway(make, tmp_path)
    await gateway.sign_in(SignInRequest(SourceKind.PRACTICE))
    client = await RawClient.connect(int(gateway.api_endpoint.rpartition(":")[2]))
    assert "All trading is locked" in (await place(client, SIMULATED)).retMsg
    await client.close()
    await gateway.stop()


def make_gateway(make: Any, folder: Path | None = None, **given: object) -> Gateway:
    return Gateway(
        settings=Settings(MappingProxyType({"api_port": 0, **given})),
        profile="test",
        version="0",
        clock=SystemClock(),
        translator=Translator(),
        make_upstream=make,
        state_folder=folder,
    )
