"""Table 1: every protocol of the public API, one row each.

Decoding, routing, limits, counters, refusals and the coverage pages are made from these rows. Ids and names are facts
of the official SDK; limits are the documented ones per user and 30 seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from google.protobuf.message import Message

from core.api_messages.schema import file_stems, message_class
from core.model.topics import SlowReceiverRule


class Desk(Enum):
    """Who answers."""

    SESSION = "session"
    QUOTES = "quotes"
    TRADING = "trading"


class Source(Enum):
    """Who can know the answer."""

    OWN = "the gateway itself"
    PRACTICE = "computable: practice and an official OpenD"
    DATA = "licensed data: an official OpenD"
    NOBODY = "no public message exists, or no public SDK sends it"


SESSION, QUOTES, TRADING = Desk.SESSION, Desk.QUOTES, Desk.TRADING
OWN, PRACTICE, DATA, NOBODY = Source.OWN, Source.PRACTICE, Source.DATA, Source.NOBODY
LATEST_WINS, NEVER_DROP = SlowReceiverRule.LATEST_WINS, SlowReceiverRule.NEVER_DROP


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol. `limit` is requests per 30 seconds, 0 for none; `slow` applies to pushes only.

    Limits are per user; those of trade calls mostly per account, see core/trading/trade_limits.py.
    """

    proto_id: int
    name: str
    desk: Desk
    source: Source
    is_push: bool
    limit: int = 0
    slow: SlowReceiverRule | None = None

    @property
    def file(self) -> str | None:
        """The schema file that holds its messages, or None when no public message exists."""
        if self.name.startswith("SkillWrap_"):
            return "SkillWrapAPI"
        return self.name if self.name in _STEMS else None

    @property
    def needs_ready(self) -> bool:
        """Whether it is served only after sign-in is complete."""
        return self.desk is not Desk.SESSION

    def request_class(self) -> type[Message] | None:
        """The message clients send, or None for a push and for a protocol without public messages."""
        return None if self.is_push else self._message("Request", "Req")

    def response_class(self) -> type[Message] | None:
        """The message clients receive, or None for a protocol without public messages."""
        return self._message("Response", "Rsp")

    def _message(self, plain: str, skill: str) -> type[Message] | None:
        file = self.file
        if file is None:
            return None
        return message_class(file, plain if file == self.name else self.name.removeprefix("SkillWrap_") + skill)


def _ask(proto_id: int, name: str, desk: Desk, source: Source, *, limit: int = 0) -> Protocol:
    return Protocol(proto_id, name, desk, source, is_push=False, limit=limit)


def _push(proto_id: int, name: str, desk: Desk, source: Source, *, slow: SlowReceiverRule) -> Protocol:
    return Protocol(proto_id, name, desk, source, is_push=True, slow=slow)


_STEMS: Final = frozenset(file_stems())

_ROWS: Final[tuple[Protocol, ...]] = (
    # session
    _ask(1001, "InitConnect", SESSION, OWN),
    _ask(1002, "GetGlobalState", SESSION, OWN),
    _push(1003, "Notify", SESSION, OWN, slow=NEVER_DROP),
    _ask(1004, "KeepAlive", SESSION, OWN),
    _ask(1005, "GetUserInfo", SESSION, OWN),
    _ask(1006, "Verification", SESSION, OWN),
    _ask(1007, "GetDelayStatistics", SESSION, OWN),
    _ask(1008, "TestCmd", SESSION, NOBODY),
    _ask(1009, "InitQuantMode", SESSION, NOBODY),
    # trading
    _ask(2001, "Trd_GetAccList", TRADING, PRACTICE),
    _ask(2005, "Trd_UnlockTrade", TRADING, PRACTICE, limit=10),
    _ask(2008, "Trd_SubAccPush", TRADING, PRACTICE),
    _ask(2101, "Trd_GetFunds", TRADING, PRACTICE, limit=10),
    _ask(2102, "Trd_GetPositionList", TRADING, PRACTICE, limit=10),
    _ask(2111, "Trd_GetMaxTrdQtys", TRADING, PRACTICE, limit=10),
    _ask(2112, "Trd_GetComboMaxTrdQtys", TRADING, PRACTICE),
    _ask(2201, "Trd_GetOrderList", TRADING, PRACTICE, limit=10),
    _ask(2202, "Trd_PlaceOrder", TRADING, PRACTICE, limit=15),
    _ask(2205, "Trd_ModifyOrder", TRADING, PRACTICE, limit=20),
    _push(2208, "Trd_UpdateOrder", TRADING, PRACTICE, slow=NEVER_DROP),
    _ask(2211, "Trd_GetOrderFillList", TRADING, PRACTICE, limit=10),
    _push(2218, "Trd_UpdateOrderFill", TRADING, PRACTICE, slow=NEVER_DROP),
    _ask(2221, "Trd_GetHistoryOrderList", TRADING, PRACTICE, limit=10),
    _ask(2222, "Trd_GetHistoryOrderFillList", TRADING, PRACTICE, limit=10),
    _ask(2223, "Trd_GetMarginRatio", TRADING, PRACTICE, limit=10),
    _ask(2225, "Trd_GetOrderFee", TRADING, PRACTICE, limit=10),
    _ask(2226, "Trd_FlowSummary", TRADING, PRACTICE, limit=20),
    _ask(2227, "Trd_PlaceComboOrder", TRADING, PRACTICE, limit=15),
    # quotes
    _ask(3001, "Qot_Sub", QUOTES, OWN),
    _ask(3002, "Qot_RegQotPush", QUOTES, OWN),
    _ask(3003, "Qot_GetSubInfo", QUOTES, OWN),
    _ask(3004, "Qot_GetBasicQot", QUOTES, PRACTICE),
    _push(3005, "Qot_UpdateBasicQot", QUOTES, PRACTICE, slow=LATEST_WINS),
    _ask(3006, "Qot_GetKL", QUOTES, PRACTICE),
    _push(3007, "Qot_UpdateKL", QUOTES, PRACTICE, slow=LATEST_WINS),
    _ask(3008, "Qot_GetRT", QUOTES, PRACTICE),
    _push(3009, "Qot_UpdateRT", QUOTES, PRACTICE, slow=LATEST_WINS),
    _ask(3010, "Qot_GetTicker", QUOTES, PRACTICE),
    _push(3011, "Qot_UpdateTicker", QUOTES, PRACTICE, slow=NEVER_DROP),
    _ask(3012, "Qot_GetOrderBook", QUOTES, PRACTICE),
    _push(3013, "Qot_UpdateOrderBook", QUOTES, PRACTICE, slow=LATEST_WINS),
    _ask(3014, "Qot_GetBroker", QUOTES, PRACTICE),
    _push(3015, "Qot_UpdateBroker", QUOTES, PRACTICE, slow=LATEST_WINS),
    _push(3019, "Qot_UpdatePriceReminder", QUOTES, PRACTICE, slow=NEVER_DROP),
    _ask(3103, "Qot_RequestHistoryKL", QUOTES, PRACTICE, limit=60),
    _ask(3104, "Qot_RequestHistoryKLQuota", QUOTES, PRACTICE),
    _ask(3105, "Qot_RequestRehab", QUOTES, PRACTICE, limit=60),
    _ask(3201, "Qot_GetSuspend", QUOTES, PRACTICE),
    _ask(3202, "Qot_GetStaticInfo", QUOTES, PRACTICE),
    _ask(3203, "Qot_GetSecuritySnapshot", QUOTES, PRACTICE, limit=60),
    _ask(3204, "Qot_GetPlateSet", QUOTES, PRACTICE, limit=10),
    _ask(3205, "Qot_GetPlateSecurity", QUOTES, PRACTICE, limit=10),
    _ask(3206, "Qot_GetReference", QUOTES, PRACTICE, limit=10),
    _ask(3207, "Qot_GetOwnerPlate", QUOTES, PRACTICE, limit=10),
    _ask(3208, "Qot_GetHoldingChangeList", QUOTES, DATA, limit=10),
    _ask(3209, "Qot_GetOptionChain", QUOTES, PRACTICE, limit=10),
    _ask(3210, "Qot_GetWarrant", QUOTES, PRACTICE, limit=60),
    _ask(3211, "Qot_GetCapitalFlow", QUOTES, PRACTICE, limit=30),
    _ask(3212, "Qot_GetCapitalDistribution", QUOTES, PRACTICE, limit=30),
    _ask(3213, "Qot_GetUserSecurity", QUOTES, PRACTICE, limit=10),
    _ask(3214, "Qot_ModifyUserSecurity", QUOTES, PRACTICE, limit=10),
    _ask(3215, "Qot_StockFilter", QUOTES, PRACTICE, limit=10),
    _ask(3216, "Qot_GetCodeChange", QUOTES, PRACTICE),
    _ask(3217, "Qot_GetIpoList", QUOTES, PRACTICE, limit=10),
    _ask(3218, "Qot_GetFutureInfo", QUOTES, PRACTICE, limit=30),
    _ask(3219, "Qot_RequestTradeDate", QUOTES, PRACTICE, limit=30),
    _ask(3220, "Qot_SetPriceReminder", QUOTES, PRACTICE, limit=60),
    _ask(3221, "Qot_GetPriceReminder", QUOTES, PRACTICE, limit=10),
    _ask(3222, "Qot_GetUserSecurityGroup", QUOTES, PRACTICE, limit=10),
    _ask(3223, "Qot_GetMarketState", QUOTES, PRACTICE, limit=10),
    _ask(3224, "Qot_GetOptionExpirationDate", QUOTES, PRACTICE, limit=60),
    _ask(3225, "Qot_GetFinancialsEarningsPriceMove", QUOTES, DATA, limit=30),
    _ask(3226, "Qot_GetFinancialsEarningsPriceHistory", QUOTES, DATA, limit=30),
    _ask(3227, "Qot_GetFinancialsStatements", QUOTES, DATA, limit=30),
    _ask(3228, "Qot_GetFinancialsRevenueBreakdown", QUOTES, DATA, limit=30),
    _ask(3229, "Qot_GetResearchAnalystConsensus", QUOTES, DATA, limit=30),
    _ask(3230, "Qot_GetResearchRatingSummary", QUOTES, DATA, limit=30),
    _ask(3231, "Qot_GetResearchMorningstarReport", QUOTES, DATA, limit=30),
    _ask(3232, "Qot_GetValuationDetail", QUOTES, PRACTICE, limit=30),
    _ask(3233, "Qot_GetValuationPlateStockList", QUOTES, PRACTICE, limit=30),
    _ask(3234, "Qot_GetCorporateActionsDividends", QUOTES, PRACTICE, limit=30),
    _ask(3235, "Qot_GetCorporateActionsBuybacks", QUOTES, DATA, limit=30),
    _ask(3236, "Qot_GetCorporateActionsStockSplits", QUOTES, PRACTICE, limit=30),
    _ask(3237, "Qot_GetShareholdersOverview", QUOTES, DATA, limit=30),
    _ask(3238, "Qot_GetShareholdersHoldingChanges", QUOTES, DATA, limit=30),
    _ask(3239, "Qot_GetShareholdersHolderDetail", QUOTES, DATA, limit=30),
    _ask(3240, "Qot_GetShareholdersInstitutional", QUOTES, DATA, limit=30),
    _ask(3241, "Qot_GetInsiderHolderList", QUOTES, DATA, limit=30),
    _ask(3242, "Qot_GetInsiderTradeList", QUOTES, DATA, limit=30),
    _ask(3243, "Qot_GetCompanyProfile", QUOTES, DATA, limit=30),
    _ask(3244, "Qot_GetCompanyExecutives", QUOTES, DATA, limit=30),
    _ask(3245, "Qot_GetCompanyExecutiveBackground", QUOTES, DATA, limit=30),
    _ask(3246, "Qot_GetCompanyOperationalEfficiency", QUOTES, DATA, limit=30),
    _ask(3247, "Qot_GetTopTenBuySellBrokers", QUOTES, PRACTICE, limit=30),
    _ask(3248, "Qot_GetDailyShortVolume", QUOTES, DATA, limit=30),
    _ask(3249, "Qot_GetShortInterest", QUOTES, DATA, limit=30),
    _ask(3250, "Qot_GetOptionVolatility", QUOTES, PRACTICE),
    _ask(3251, "Qot_GetOptionExerciseProbability", QUOTES, PRACTICE),
    _ask(3252, "Qot_StockScreen", QUOTES, PRACTICE),
    _ask(3253, "Qot_OptionScreen", QUOTES, PRACTICE),
    _ask(3254, "Qot_WarrantScreen", QUOTES, PRACTICE),
    _ask(3255, "Qot_GetOptionQuote", QUOTES, PRACTICE, limit=30),
    _ask(3256, "Qot_GetOptionStrategy", QUOTES, PRACTICE, limit=30),
    _ask(3257, "Qot_GetOptionStrategyAnalysis", QUOTES, PRACTICE, limit=30),
    _ask(3258, "Qot_GetOptionStrategySpread", QUOTES, PRACTICE, limit=30),
    _ask(3259, "Qot_GetIndicatorList", QUOTES, PRACTICE),
    _ask(3260, "Qot_RequestIndicatorCalc", QUOTES, PRACTICE),
    _push(3261, "Qot_PushIndicatorCalc", QUOTES, PRACTICE, slow=LATEST_WINS),
    _ask(3262, "Qot_GetSearchQuote", QUOTES, PRACTICE, limit=10),
    _ask(3263, "Qot_GetSearchNews", QUOTES, DATA, limit=10),
    _ask(3301, "Qot_GetOptionMarketStatistic", QUOTES, PRACTICE),
    _ask(3302, "Qot_GetOptionUnderlyingHisStatistic", QUOTES, PRACTICE),
    _ask(3303, "Qot_GetOptionUnderlyingOverview", QUOTES, PRACTICE),
    _ask(3304, "Qot_GetOptionUnderlyingHisVolatility", QUOTES, PRACTICE),
    _ask(3305, "Qot_GetOptionUnderlyingRank", QUOTES, PRACTICE),
    _ask(3306, "Qot_GetOptionRank", QUOTES, PRACTICE),
    _ask(3307, "Qot_GetOptionEvent", QUOTES, PRACTICE),
    _ask(3308, "Qot_GetOptionEventAlert", QUOTES, PRACTICE),
    _ask(3309, "Qot_SetOptionEventAlert", QUOTES, PRACTICE),
    _push(3310, "Qot_UpdateOptionEvent", QUOTES, PRACTICE, slow=NEVER_DROP),
    _ask(3311, "Qot_GetOptionZeroDteScreener", QUOTES, PRACTICE),
    _ask(3312, "Qot_GetOptionZeroDteContract", QUOTES, PRACTICE),
    _ask(3313, "Qot_GetOptionEarningsScreener", QUOTES, DATA),
    _ask(3314, "Qot_GetOptionSellerScreener", QUOTES, PRACTICE),
    _ask(3401, "Qot_GetEarningsCalendar", QUOTES, DATA),
    _ask(3402, "Qot_GetMacroIndicatorList", QUOTES, DATA),
    _ask(3403, "Qot_GetMacroIndicatorHistory", QUOTES, DATA),
    _ask(3404, "Qot_GetFedWatchTargetRate", QUOTES, DATA),
    _ask(3405, "Qot_GetFedWatchDotPlot", QUOTES, DATA),
    _ask(3406, "Qot_GetEarningsBeatRank", QUOTES, DATA),
    _ask(3407, "Qot_GetDividendRank", QUOTES, PRACTICE),
    _ask(3408, "Qot_GetDividendCalendar", QUOTES, PRACTICE),
    _ask(3409, "Qot_GetEconomicCalendar", QUOTES, DATA),
    _ask(3410, "Qot_GetUSPreMarketRank", QUOTES, PRACTICE),
    _ask(3411, "Qot_GetUSAfterHoursRank", QUOTES, PRACTICE),
    _ask(3412, "Qot_GetUSOvernightRank", QUOTES, PRACTICE),
    _ask(3413, "Qot_GetTopMoversRank", QUOTES, PRACTICE),
    _ask(3414, "Qot_GetHotList", QUOTES, DATA),
    _ask(3415, "Qot_GetShortSellingRank", QUOTES, DATA),
    _ask(3416, "Qot_GetPeriodChangeRank", QUOTES, PRACTICE),
    _ask(3417, "Qot_GetHighDividendSOERank", QUOTES, PRACTICE),
    _ask(3418, "Qot_GetInstitutionList", QUOTES, DATA),
    _ask(3419, "Qot_GetInstitutionProfile", QUOTES, DATA),
    _ask(3420, "Qot_GetInstitutionDistribution", QUOTES, DATA),
    _ask(3421, "Qot_GetInstitutionHoldingChange", QUOTES, DATA),
    _ask(3422, "Qot_GetInstitutionHoldingList", QUOTES, DATA),
    _ask(3423, "Qot_GetArkFundHolding", QUOTES, DATA),
    _ask(3424, "Qot_GetArkStockDynamic", QUOTES, DATA),
    _ask(3425, "Qot_GetArkActiveTransaction", QUOTES, DATA),
    _ask(3426, "Qot_GetRatingChange", QUOTES, DATA),
    _ask(3427, "Qot_GetIndustrialChainList", QUOTES, DATA),
    _ask(3428, "Qot_GetIndustrialChainDetail", QUOTES, DATA),
    _ask(3429, "Qot_GetIndustrialChainByPlate", QUOTES, DATA),
    _ask(3430, "Qot_GetIndustrialPlateInfo", QUOTES, DATA),
    _ask(3431, "Qot_GetIndustrialPlateStock", QUOTES, DATA),
    _ask(3432, "Qot_GetHeatMapData", QUOTES, PRACTICE),
    _ask(3433, "Qot_GetRiseFallDistribution", QUOTES, PRACTICE),
    _ask(3434, "Qot_GetEventContractCategory", QUOTES, DATA),
    _ask(3435, "Qot_FilterCompetition", QUOTES, DATA),
    _ask(3436, "Qot_GetEventContractSeriesList", QUOTES, DATA),
    _ask(3437, "Qot_GetEventContractEventList", QUOTES, DATA),
    _ask(3438, "Qot_GetEventContract", QUOTES, DATA),
    _ask(3439, "Qot_GetEventContractMilestoneList", QUOTES, DATA),
    _ask(3445, "Qot_GetEventContractSnapshot", QUOTES, DATA),
    _ask(3446, "Qot_GetEventContractOrderBook", QUOTES, DATA),
    _ask(3447, "Qot_GetEventContractKline", QUOTES, DATA),
    _ask(3448, "Qot_GetEventContractTicker", QUOTES, DATA),
    _push(3450, "Qot_UpdateEventContractOrderBook", QUOTES, DATA, slow=LATEST_WINS),
    _push(3451, "Qot_UpdateEventContractKline", QUOTES, DATA, slow=LATEST_WINS),
    _push(3452, "Qot_UpdateEventContractTicker", QUOTES, DATA, slow=NEVER_DROP),
    _ask(3453, "Qot_GetEventContractComboList", QUOTES, DATA),
    _ask(3454, "Qot_GetEventContractComboRfq", QUOTES, DATA),
    _ask(3455, "Qot_SubEventContract", QUOTES, DATA),
    _ask(3456, "Qot_RequestHistoryEventContractKL", QUOTES, DATA),
    _ask(3801, "SkillWrap_TechnicalUnusual", QUOTES, PRACTICE),
    _ask(3802, "SkillWrap_FinancialUnusual", QUOTES, DATA),
    _ask(3803, "SkillWrap_DerivativeUnusual", QUOTES, PRACTICE),
)

PROTOCOLS: Final = MappingProxyType({row.proto_id: row for row in _ROWS})
