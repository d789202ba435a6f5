"""Answer GetAccList (2001): the accounts of the practice login, with the word practice in every one's name."""

from __future__ import annotations

from typing import Any, Final

from core.api_messages import openapi
from core.model.trading import SecurityFirm, SimulatedAccountType
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.broker.records import AccountSpec

# TrdCategory numbers of the public schema.
_SECURITIES, _FUTURES = 1, 2
_ACTIVE, _DISABLED, _NORMAL_ROLE = 0, 1, 1
SHOWN_NAME: Final = "Practice (simulated)"


def account_list(context: TradingContext, request: Any) -> bytes:
    """Give the accounts of a category, all of them for none; disabled ones last, so that nobody gets one by default."""
    category = request.c2s.trdCategory
    response = openapi.Trd_GetAccList.Response(retType=0)
    response.s2c.SetInParent()
    for spec in sorted(context.broker.accounts, key=lambda spec: spec.disabled):
        if category in (0, _FUTURES if spec.is_futures else _SECURITIES):
            _add(response.s2c.accList, spec)
    return response.SerializeToString()


def _add(rows: Any, spec: AccountSpec) -> None:
    row = rows.add(
        trdEnv=spec.environment,
        accID=spec.account_id,
        trdMarketAuthList=spec.markets,
        accType=spec.account_type,
        accStatus=_DISABLED if spec.disabled else _ACTIVE,
        accRole=_NORMAL_ROLE,
        competitionAccName=SHOWN_NAME,
    )
    if spec.firm is not SecurityFirm.NONE:
        row.securityFirm = spec.firm
    if spec.simulated_type is not SimulatedAccountType.NONE:
        row.simAccType = spec.simulated_type
    if spec.card_number:
        row.cardNum = spec.card_number
    if spec.universal_card_number:
        row.uniCardNum = spec.universal_card_number
