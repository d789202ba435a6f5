"""The protocols of the session itself: InitConnect, GetGlobalState, KeepAlive, GetUserInfo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from core.api_messages import openapi
from core.login.account import Account
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.status import ProgramStatus
from core.runtime.clock import Clock
from core.upstreams.upstream import Upstream

# The API level that the schema comes from (10.11, build 7108); clients compare it with their own.
API_VERSION: Final = 1011
API_BUILD: Final = 7108

_MARKET_STATES_LIVE_SECONDS: Final = 0.5

# GetUserInfo's flag bits (UserInfoField).
_BASIC, _API, _RIGHTS, _DISCLAIMER, _UPDATE = 1, 2, 4, 8, 16


class SessionCalls:
    """Answers for the gateway itself. `program_status` gives the present state and a text for it."""

    def __init__(
        self,
        *,
        account: Account,
        upstream: Upstream,
        clock: Clock,
        program_status: Callable[[], tuple[ProgramStatus, str]],
    ) -> None:
        self._account = account
        self._upstream = upstream
        self._clock = clock
        self._program_status = program_status
        self._state = openapi.GetGlobalState.Response(retType=0)
        self._state_until = 0.0
        self._answers: dict[int, Callable[[Call], Reply]] = {
            1002: self._global_state,
            1004: self._keep_alive,
            1005: self._user_info,
            1006: self._verification,
            1007: self._delay_statistics,
        }

    @property
    def account(self) -> Account:
        """Who is signed in; InitConnect's reply names it too."""
        return self._account

    def serves(self, proto_id: int) -> bool:
        return proto_id in self._answers

    def answer(self, call: Call) -> Reply | Awaitable[Reply]:
        return self._answers[call.proto_id](call)

    def _global_state(self, call: Call) -> Reply:
        now = self._clock.now()
        s2c = self._state.s2c
        if not 0 <= self._state_until - now <= _MARKET_STATES_LIVE_SECONDS:
            self._refresh(s2c, now)
        # The message is ours alone: only its bytes leave this function.
        # A simulated market's time may run ahead of this computer's.
        s2c.time = int(self._upstream.now())
        s2c.localTime = now
        s2c.connID = call.client.connection_id
        return Reply(self._state.SerializeToString())

    def _refresh(self, s2c: openapi.GetGlobalState.S2C, now: float) -> None:
        """Market states and program status change rarely; a request a second old need not ask again."""
        for name in ("marketHK", "marketUS", "marketSH", "marketSZ", "marketHKFuture"):
            setattr(s2c, name, 0)
        for name, state in self._upstream.global_market_states().items():
            setattr(s2c, name, state)
        status, text = self._program_status()
        s2c.qotLogined = status is ProgramStatus.READY
        s2c.trdLogined = status is ProgramStatus.READY
        s2c.serverVer = API_VERSION
        s2c.serverBuildNo = API_BUILD
        s2c.programStatus.type = int(status)  # type: ignore[assignment]  # the numbers are the schema's own
        s2c.programStatus.strExtDesc = text
        self._state_until = now + _MARKET_STATES_LIVE_SECONDS

    def _keep_alive(self, call: Call) -> Reply:
        response = openapi.KeepAlive.Response(retType=0)
        response.s2c.time = int(self._clock.now())
        return Reply(response.SerializeToString())

    def _verification(self, call: Call) -> Reply:
        """Nothing waits for a picture or a phone code here; there is nothing to refuse either."""
        response = openapi.Verification.Response(retType=0)
        response.s2c.SetInParent()
        return Reply(response.SerializeToString())

    def _delay_statistics(self, call: Call) -> Reply:
        """Delays against far servers are not measured, so the three lists are empty."""
        response = openapi.GetDelayStatistics.Response(retType=0)
        response.s2c.SetInParent()
        return Reply(response.SerializeToString())

    def _user_info(self, call: Call) -> Reply:
        flag = call.request.c2s.flag or ~0
        account = self._account
        response = openapi.GetUserInfo.Response(retType=0)
        s2c = response.s2c
        s2c.SetInParent()
        if flag & _BASIC:
            s2c.nickName = account.nick_name
            s2c.avatarUrl = ""
            s2c.userID = account.user_id
            s2c.userAttribution = account.attribution
        if flag & _API:
            s2c.apiLevel = ""
            s2c.subQuota = account.subscription_quota
            s2c.historyKLQuota = account.history_quota
        if flag & _RIGHTS:
            for name, right in account.quote_rights.items():
                setattr(s2c, name, right)
        if flag & _DISCLAIMER:
            s2c.isNeedAgreeDisclaimer = False
        if flag & _UPDATE:
            s2c.updateType = 0  # UpdateType_None
        return Reply(response.SerializeToString())


def init_connect_reply(
    session: SessionCalls,
    *,
    connection_id: int,
    aes_key: str,
    aes_iv: str | None,
    keep_alive_seconds: int,
) -> Reply:
    """The reply that opens a session. `aes_iv` only where the client will use CBC: its presence tells the SDK so."""
    if len(aes_key) != 16:
        raise UserFacingError("internal_error", name="InitConnect", serial=0)
    response = openapi.InitConnect.Response(retType=0)
    s2c = response.s2c
    s2c.serverVer = API_VERSION
    s2c.loginUserID = session.account.user_id
    s2c.connID = connection_id
    s2c.connAESKey = aes_key
    s2c.keepAliveInterval = keep_alive_seconds
    if aes_iv is not None:
        s2c.aesCBCiv = aes_iv
    s2c.userAttribution = session.account.attribution
    return Reply(response.SerializeToString())
