"""Answers any call: rules first, then the desk. The one place where errors become replies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS, Desk, Source
from core.dispatch.rate_limits import RateLimits
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.message_texts import sentence
from core.model.translation import Translator
from core.runtime.clock import Clock

log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 10.0
"""How long an upstream may take: less than the 12 seconds after which the Python SDK gives up."""

_HISTORY_KLINE: Final = 3103
_REFERENCE: Final = 3206
_ORDERS: Final = frozenset({2202, 2205, 2227})  # they may have taken effect although no answer came
_WARRANTS: Final = 1  # ReferenceType


class CallDesk(Protocol):
    """Somebody who answers calls."""

    def serves(self, proto_id: int) -> bool:
        """Whether it has an answer for this protocol."""

    def answer(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer, or raise UserFacingError."""


class Dispatcher:
    """Routes by the catalogue. `is_ready` tells whether business calls are served, `state` says why not."""

    def __init__(
        self,
        session: CallDesk,
        quotes: CallDesk,
        trading: CallDesk,
        *,
        clock: Clock,
        translator: Translator,
        is_ready: Callable[[], bool],
        upstream_kind: str,
        unlimited: bool = False,
    ) -> None:
        self._desks = {Desk.SESSION: session, Desk.QUOTES: quotes, Desk.TRADING: trading}
        self._clock = clock
        self._translator = translator
        self._is_ready = is_ready
        self._upstream_kind = upstream_kind
        self._limits = RateLimits(unlimited=unlimited)
        # Protocols that need neither readiness nor a limit, straight to their answer: the busy path.
        self._direct = {
            proto_id: session.answer
            for proto_id, row in PROTOCOLS.items()
            if row.desk is Desk.SESSION and not row.limit and session.serves(proto_id)
        }

    def answer(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer one call; never raises. What needs no waiting is answered at once, without a task."""
        try:
            direct = self._direct.get(call.proto_id)
            outcome = direct(call) if direct is not None else self._routed(call)
            return outcome if type(outcome) is Reply else self._awaited(call, outcome)  # type: ignore[arg-type]
        except UserFacingError as error:
            return self.refusal(error)
        except Exception:
            return self._bug(call)

    def refusal(self, error: UserFacingError) -> Reply:
        """The reply that carries an error; the envelope is the same for every protocol."""
        response = openapi.KeepAlive.Response(retType=-1, retMsg=sentence(error, self._translator))
        return Reply(response.SerializePartialToString(), failed=True)

    def _routed(self, call: Call) -> Reply | Awaitable[Reply]:
        row = PROTOCOLS.get(call.proto_id)
        if row is None or row.is_push:
            raise UserFacingError("unknown_protocol", proto_id=call.proto_id)
        if row.needs_ready and not self._is_ready():
            raise UserFacingError("not_ready", state="signing in")
        desk = self._desks.get(row.desk)
        if desk is None or not desk.serves(call.proto_id):
            raise UserFacingError(
                "not_served",
                name=row.name,
                proto_id=call.proto_id,
                upstream=self._upstream_kind,
                where=WHERE_TO_GET[row.source],
            )
        # Trade calls are counted per account: by their desk.
        if row.limit and row.desk is not Desk.TRADING and not _is_free(call):
            self._limits.admit(call.proto_id, row.name, row.limit, self._clock.monotonic())
        return desk.answer(call)

    async def _awaited(self, call: Call, outcome: Awaitable[Reply]) -> Reply:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await outcome
        except UserFacingError as error:
            return self.refusal(error)
        except TimeoutError:
            code = "order_timeout" if call.proto_id in _ORDERS else "upstream_timeout"
            return self.refusal(UserFacingError(code))
        except Exception:
            return self._bug(call)

    def _bug(self, call: Call) -> Reply:
        row = PROTOCOLS.get(call.proto_id)
        name = row.name if row else str(call.proto_id)
        log.exception("bug while answering %s, serial %d, of %s", name, call.serial, call.client.peer)
        return self.refusal(UserFacingError("internal_error", name=name, serial=call.serial))


WHERE_TO_GET: Final[dict[Source, str]] = {
    Source.OWN: "A later version of Gatehouse serves it.",
    Source.PRACTICE: "The practice exchange does not simulate it yet; an official OpenD has it.",
    Source.DATA: "It is licensed data that only an official OpenD has; nothing is invented here.",
    Source.NOBODY: "No public message exists for it.",
}


def _is_free(call: Call) -> bool:
    """Only the first page of a paged K-line request counts; the warrants of a stock may be asked for at will."""
    if call.proto_id == _REFERENCE:
        return bool(call.request.c2s.referenceType == _WARRANTS)
    return call.proto_id == _HISTORY_KLINE and bool(call.request.c2s.nextReqKey)
