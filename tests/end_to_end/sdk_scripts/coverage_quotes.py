"""Every public quote method of the official SDK, once, with sensible arguments. Prints one JSON object.

A method's row says which protocols it sent, and whether it was answered (ok), refused (with the reason), or failed:
by an exception, in time, or by a check of the SDK itself (then the arguments here are wrong).
"""

import datetime as dates
import json
import struct
import sys
import threading
import time

import futu.common.network_manager as network
from futu import *

port = int(sys.argv[1])
only = sys.argv[2].split(",") if len(sys.argv) > 2 else None
quotes = OpenQuoteContext("127.0.0.1", port)
HK, US, INDEX = "HK.00700", "US.AAPL", "HK.800000"

# Not quote methods: the life of the context itself, and what it calls on its own.
INTERNAL = {
    "can_send_proto", "close", "conn_str", "get_async_conn_id", "get_login_user_id", "get_security_firm",
    "get_sync_conn_id", "handle_packet", "handle_push", "is_encrypt", "keep_alive", "metaclass__",
    "on_api_socket_reconnected", "on_connect", "on_disconnect", "on_recv", "on_tick", "packet_callback", "set_handler",
    "set_sync_query_connect_timeout", "start", "stop", "test_cmd",
}  # fmt: skip

sent = []
plain_send = network.NetManager.do_send


def watched_send(self, conn_id, data):
    if data[:2] == b"FT":
        sent.append(struct.unpack_from("<I", data, 2)[0])
    return plain_send(self, conn_id, data)


network.NetManager.do_send = watched_send

known = {}


def first(table, column, default=""):
    """The first value of a column of an answer, for calls that need what another one gave."""
    data = table[1] if isinstance(table, tuple) else None
    if hasattr(data, "columns") and column in data.columns and len(data):
        return data[column].iloc[0]
    return default


def found(name, make):
    if name not in known:
        known[name] = make()
    return known[name]


def day(offset):
    return (dates.date(*time.localtime()[:3]) + dates.timedelta(days=offset)).isoformat()


def expiry(code=HK, number=0):
    def ask():
        data = quotes.get_option_expiration_date(code)[1]
        return list(data["strike_time"]) if hasattr(data, "columns") else []

    dates = found(f"expiries {code}", ask)
    return dates[min(number, len(dates) - 1)] if dates else day(20 + 30 * number)


def option(code=HK, side="CALL", number=0):
    def ask():
        data = quotes.get_option_chain(code, start=expiry(code, number), end=expiry(code, number))[1]
        if not hasattr(data, "columns") or not len(data):
            return "HK.TCH261230C600000" if code == HK else "US.AAPL261218C250000"
        rows = data[data["option_type"] == side]
        return rows["code"].iloc[len(rows) // 2]

    return found(f"option {code} {side} {number}", ask)


def legs(code=HK):
    made = []
    for contract in (option(code, "CALL", 1), option(code, "PUT", 1)):
        leg = OptionStrategyLeg()
        leg.code, leg.action, leg.quantity = contract, StrategyLegAction.BUY, 1
        made.append(leg)
    return made


def future():
    return first(quotes.get_referencestock_list("HK.HSImain", SecurityReferenceType.FUTURE), "code", "HK.HSImain")


def plate():
    return found("plate", lambda: first(quotes.get_plate_list(Market.HK, Plate.INDUSTRY), "code", "HK.BK1001"))


def stock_filter():
    simple = SimpleFilter()
    simple.stock_field, simple.filter_min, simple.is_no_filter = StockField.CUR_PRICE, 1, False
    return quotes.get_stock_filter(Market.HK, [simple])


def stock_screen():
    request = StockScreenRequest()
    request.page_count = 20
    request.add_simple_field(field=1, values=[1])
    request.add_simple_property(name=2201, lower=10)
    return quotes.get_stock_screen(request)


def option_screen():
    request = OptionScreenRequest(market_categories=[OptMarketCategory.US_STOCK])
    request.page_count = 20
    return quotes.get_option_screen(request)


def warrant_screen():
    request = WarrantScreenRequest(warrant_market=WarrantMarket.HK)
    request.page_count = 20
    return quotes.get_warrant_screen(request)


def zero_dte_contract():
    table = quotes.get_option_zero_dte_screener(OptionMarket.US_SECURITY, count=5)
    data = table[1]
    if not hasattr(data, "columns") or not len(data):
        chain = {"strike_date_timestamp": 0, "product_code": "AAPL", "multiplier": 100, "contract_share_size": 100,
                 "expiration_type": 1, "underlying": US}  # fmt: skip
        return quotes.get_option_zero_dte_contract(US, int(time.time()), chain)
    row = data.iloc[0]
    chain = row["chain_info"]
    stamp = chain.get("strike_date_timestamp") if isinstance(chain, dict) else 0
    return quotes.get_option_zero_dte_contract(row["owner"], int(stamp or 0), chain)


def set_alert():
    alert = OptionEventAlertItem(option_market=OptionMarket.US_SECURITY, size_range_min=100)
    return quotes.set_option_event_alert(AlertOpType.ADD, [alert])


def indicator():
    bars = quotes.get_cur_kline(HK, 100, KLType.K_DAY)[1]
    heard = threading.Event()

    class Heard(IndicatorCalcHandlerBase):
        def on_recv_rsp(self, reply):
            answer = super().on_recv_rsp(reply)
            heard.set()
            return answer

    quotes.set_handler(Heard())
    answer = quotes.request_indicator_calc_async("MA", 1, HK, KLType.K_DAY, bars)
    if answer[0] == RET_OK and not heard.wait(10):
        return RET_ERROR, "FAILED: the result was not pushed"
    return answer


def combo_leg():
    leg = ComboLeg()
    leg.code, leg.trd_side, leg.qty_ratio = "EC.TEST", TrdSide.BUY, 1
    return leg


def watch_list_after_adding():
    return quotes.get_user_security("Coverage")


TYPES = [SubType.QUOTE, SubType.ORDER_BOOK, SubType.TICKER, SubType.RT_DATA, SubType.K_DAY, SubType.K_1M]

# In the order of the calls: what others need comes first.
CALLS = {
    "subscribe": lambda: (quotes.subscribe([HK, US], TYPES), quotes.subscribe([HK], [SubType.BROKER]))[0],
    "modify_user_security": lambda: quotes.modify_user_security("Coverage", ModifyUserSecurityOp.ADD, [HK, US]),
    "get_user_security": watch_list_after_adding,
    "set_price_reminder": lambda: quotes.set_price_reminder(
        HK, SetPriceReminderOp.ADD, reminder_type=PriceReminderType.PRICE_UP,
        reminder_freq=PriceReminderFreq.ALWAYS, value=100_000, note="coverage"),
    "get_price_reminder": lambda: quotes.get_price_reminder(code=HK),
    "filter_competition": lambda: quotes.filter_competition(),
    "get_ark_active_transaction": lambda: quotes.get_ark_active_transaction(),
    "get_ark_fund_holding": lambda: quotes.get_ark_fund_holding(),
    "get_ark_stock_dynamic": lambda: quotes.get_ark_stock_dynamic("US.TSLA"),
    "get_broker_queue": lambda: quotes.get_broker_queue(HK),
    "get_capital_distribution": lambda: quotes.get_capital_distribution(HK),
    "get_capital_flow": lambda: quotes.get_capital_flow(HK),
    "get_code_change": lambda: quotes.get_code_change(code_list=[HK]),
    "get_company_executive_background": lambda: quotes.get_company_executive_background(HK, "Ma"),
    "get_company_executives": lambda: quotes.get_company_executives(HK),
    "get_company_operational_efficiency": lambda: quotes.get_company_operational_efficiency(HK),
    "get_company_profile": lambda: quotes.get_company_profile(HK),
    "get_corporate_actions_buybacks": lambda: quotes.get_corporate_actions_buybacks(HK),
    "get_corporate_actions_dividends": lambda: quotes.get_corporate_actions_dividends(HK),
    "get_corporate_actions_stock_splits": lambda: quotes.get_corporate_actions_stock_splits(HK),
    "get_cur_kline": lambda: quotes.get_cur_kline(HK, 10, KLType.K_1M),
    "get_daily_short_volume": lambda: quotes.get_daily_short_volume(HK),
    "get_delay_statistics": lambda: quotes.get_delay_statistics(
        [DelayStatisticsType.QOT_PUSH], QotPushStage.SR2_CS, [0, 100, 500]),
    "get_derivative_unusual": lambda: quotes.get_derivative_unusual(HK),
    "get_dividend_calendar": lambda: quotes.get_dividend_calendar(Market.HK, day(0)),
    "get_dividend_rank": lambda: quotes.get_dividend_rank(Market.HK, DividendRankType.HIGH_YIELD),
    "get_earnings_beat_rank": lambda: quotes.get_earnings_beat_rank(Market.US, BeatType.EPS),
    "get_earnings_calendar": lambda: quotes.get_earnings_calendar(Market.US),
    "get_economic_calendar": lambda: quotes.get_economic_calendar(day(0)),
    "get_event_contract": lambda: quotes.get_event_contract("EC.TEST"),
    "get_event_contract_category": lambda: quotes.get_event_contract_category(),
    "get_event_contract_event_list": lambda: quotes.get_event_contract_event_list("EC.TEST"),
    "get_event_contract_kline": lambda: quotes.get_event_contract_kline("EC.TEST"),
    "get_event_contract_milestone_list": lambda: quotes.get_event_contract_milestone_list(),
    "get_event_contract_order_book": lambda: quotes.get_event_contract_order_book("EC.TEST"),
    "get_event_contract_series_list": lambda: quotes.get_event_contract_series_list(),
    "get_event_contract_snapshot": lambda: quotes.get_event_contract_snapshot(["EC.TEST"]),
    "get_event_contract_ticker": lambda: quotes.get_event_contract_ticker("EC.TEST"),
    "get_fed_watch_dot_plot": lambda: quotes.get_fed_watch_dot_plot(),
    "get_fed_watch_target_rate": lambda: quotes.get_fed_watch_target_rate(),
    "get_financial_unusual": lambda: quotes.get_financial_unusual(HK),
    "get_financials_earnings_price_history": lambda: quotes.get_financials_earnings_price_history(US),
    "get_financials_earnings_price_move": lambda: quotes.get_financials_earnings_price_move(US),
    "get_financials_revenue_breakdown": lambda: quotes.get_financials_revenue_breakdown(US),
    "get_financials_statements": lambda: quotes.get_financials_statements(US),
    "get_future_info": lambda: quotes.get_future_info([future()]),
    "get_global_state": lambda: quotes.get_global_state(),
    "get_heat_map_data": lambda: quotes.get_heat_map_data(Market.HK),
    "get_high_dividend_soe_rank": lambda: quotes.get_high_dividend_soe_rank(),
    "get_history_kl_quota": lambda: quotes.get_history_kl_quota(get_detail=True),
    "get_holding_change_list": lambda: quotes.get_holding_change_list(US, StockHolder.INSTITUTE),
    "get_hot_list": lambda: quotes.get_hot_list(Market.HK),
    "get_indicator_list": lambda: quotes.get_indicator_list(),
    "get_industrial_chain_by_plate": lambda: quotes.get_industrial_chain_by_plate(1),
    "get_industrial_chain_detail": lambda: quotes.get_industrial_chain_detail(1),
    "get_industrial_chain_list": lambda: quotes.get_industrial_chain_list(Market.HK),
    "get_industrial_plate_info": lambda: quotes.get_industrial_plate_info(1),
    "get_industrial_plate_stock": lambda: quotes.get_industrial_plate_stock(chain_id=1),
    "get_insider_holder_list": lambda: quotes.get_insider_holder_list(US),
    "get_insider_trade_list": lambda: quotes.get_insider_trade_list(US),
    "get_institution_distribution": lambda: quotes.get_institution_distribution(Market.US, 1),
    "get_institution_holding_change": lambda: quotes.get_institution_holding_change(Market.US, 1),
    "get_institution_holding_list": lambda: quotes.get_institution_holding_list(Market.US, 1),
    "get_institution_list": lambda: quotes.get_institution_list(Market.US),
    "get_institution_profile": lambda: quotes.get_institution_profile(Market.US, 1),
    "get_ipo_list": lambda: quotes.get_ipo_list(Market.HK),
    "get_macro_indicator_history": lambda: quotes.get_macro_indicator_history(1),
    "get_macro_indicator_list": lambda: quotes.get_macro_indicator_list(MacroRegion.US),
    "get_market_snapshot": lambda: quotes.get_market_snapshot([HK, US, INDEX, "SH.600519"]),
    "get_market_state": lambda: quotes.get_market_state([HK, US]),
    "get_option_chain": lambda: quotes.get_option_chain(HK, start=day(0), end=day(29)),
    "get_option_earnings_screener": lambda: quotes.get_option_earnings_screener(OptionMarket.US_SECURITY),
    "get_option_event": lambda: quotes.get_option_event(OptionMarket.US_SECURITY, count=20),
    "set_option_event_alert": set_alert,
    "get_option_event_alert": lambda: quotes.get_option_event_alert(),
    "get_option_exercise_probability": lambda: quotes.get_option_exercise_probability(option()),
    "get_option_expiration_date": lambda: quotes.get_option_expiration_date(HK),
    "get_option_market_statistic": lambda: quotes.get_option_market_statistic(
        OptionMarket.HK_SECURITY, OptionStatisticDataType.VOLUME, day(-60), day(0)),
    "get_option_quote": lambda: quotes.get_option_quote(legs()),
    "get_option_rank": lambda: quotes.get_option_rank(OptionMarket.HK_SECURITY, OptionRankType.VOLUME, count=10),
    "get_option_screen": option_screen,
    "get_option_seller_screener": lambda: quotes.get_option_seller_screener(
        OptionMarket.US_SECURITY, SellerType.CASH_SECURED_PUT),
    "get_option_strategy": lambda: quotes.get_option_strategy(
        HK, OptionStrategyType.SPREAD, expire_time=expiry(), option_type=OptionType.CALL),
    "get_option_strategy_analysis": lambda: quotes.get_option_strategy_analysis(legs()),
    "get_option_strategy_spread": lambda: quotes.get_option_strategy_spread(
        HK, OptionStrategyType.SPREAD, expire_time=expiry()),
    "get_option_underlying_his_statistic": lambda: quotes.get_option_underlying_his_statistic(
        HK, begin_time=day(-60), end_time=day(0)),
    "get_option_underlying_his_volatility": lambda: quotes.get_option_underlying_his_volatility(
        HK, begin_time=day(-60), end_time=day(0)),
    "get_option_underlying_overview": lambda: quotes.get_option_underlying_overview([HK, US]),
    "get_option_underlying_rank": lambda: quotes.get_option_underlying_rank(
        OptionMarket.HK_SECURITY, UnderlyingRankSortType.VOLUME, count=10),
    "get_option_volatility": lambda: quotes.get_option_volatility(option()),
    "get_option_zero_dte_contract": zero_dte_contract,
    "get_option_zero_dte_screener": lambda: quotes.get_option_zero_dte_screener(OptionMarket.US_SECURITY),
    "get_order_book": lambda: quotes.get_order_book(HK, 10),
    "get_owner_plate": lambda: quotes.get_owner_plate([HK, US]),
    "get_period_change_rank": lambda: quotes.get_period_change_rank(Market.HK),
    "get_plate_list": lambda: quotes.get_plate_list(Market.HK, Plate.ALL),
    "get_plate_stock": lambda: quotes.get_plate_stock(plate()),
    "get_rating_change": lambda: quotes.get_rating_change(Market.US),
    "get_referencestock_list": lambda: quotes.get_referencestock_list(HK, SecurityReferenceType.WARRANT),
    "get_rehab": lambda: quotes.get_rehab(HK),
    "get_research_analyst_consensus": lambda: quotes.get_research_analyst_consensus(US),
    "get_research_morningstar_report": lambda: quotes.get_research_morningstar_report(US),
    "get_research_rating_summary": lambda: quotes.get_research_rating_summary(US),
    "get_rise_fall_distribution": lambda: quotes.get_rise_fall_distribution(market=Market.HK),
    "get_rt_data": lambda: quotes.get_rt_data(HK),
    "get_rt_ticker": lambda: quotes.get_rt_ticker(HK, 100),
    "get_search_news": lambda: quotes.get_search_news("Apple"),
    "get_search_quote": lambda: quotes.get_search_quote("Apple"),
    "get_shareholders_holder_detail": lambda: quotes.get_shareholders_holder_detail(US),
    "get_shareholders_holding_changes": lambda: quotes.get_shareholders_holding_changes(US),
    "get_shareholders_institutional": lambda: quotes.get_shareholders_institutional(US),
    "get_shareholders_overview": lambda: quotes.get_shareholders_overview(US),
    "get_short_interest": lambda: quotes.get_short_interest(US),
    "get_short_selling_rank": lambda: quotes.get_short_selling_rank(Market.HK),
    "get_stock_basicinfo": lambda: quotes.get_stock_basicinfo(Market.HK, SecurityType.STOCK),
    "get_stock_filter": stock_filter,
    "get_stock_quote": lambda: quotes.get_stock_quote([HK, US]),
    "get_stock_screen": stock_screen,
    "get_technical_unusual": lambda: quotes.get_technical_unusual(HK),
    "get_top_movers_rank": lambda: quotes.get_top_movers_rank(Market.HK),
    "get_top_ten_buy_sell_brokers": lambda: quotes.get_top_ten_buy_sell_brokers(HK),
    "get_us_after_hours_rank": lambda: quotes.get_us_after_hours_rank(),
    "get_us_overnight_rank": lambda: quotes.get_us_overnight_rank(),
    "get_us_pre_market_rank": lambda: quotes.get_us_pre_market_rank(),
    "get_user_info": lambda: quotes.get_user_info(),
    "get_user_security_group": lambda: quotes.get_user_security_group(),
    "get_valid_combo_list": lambda: quotes.get_valid_combo_list(),
    "get_valuation_detail": lambda: quotes.get_valuation_detail(US),
    "get_valuation_plate_stock_list": lambda: quotes.get_valuation_plate_stock_list(plate()),
    "get_warrant": lambda: quotes.get_warrant(HK),
    "get_warrant_screen": warrant_screen,
    "query_subscription": lambda: quotes.query_subscription(),
    "request_combo_quotes": lambda: quotes.request_combo_quotes(
        [combo_leg()], "TEST"),
    "request_history_event_contract_kline": lambda: quotes.request_history_event_contract_kline("EC.TEST"),
    "request_history_kline": lambda: quotes.request_history_kline(HK, start=day(-60), end=day(0)),
    "request_indicator_calc_async": indicator,
    "request_trading_days": lambda: quotes.request_trading_days(TradeDateMarket.HK, start=day(-30), end=day(0)),
    "subscribe_event_contract": lambda: quotes.subscribe_event_contract(["EC.TEST"], [SubType.QUOTE]),
    "unsubscribe_event_contract": lambda: quotes.unsubscribe_event_contract(["EC.TEST"], [SubType.QUOTE]),
    "unsubscribe_all_event_contract": lambda: quotes.unsubscribe_all_event_contract(),
    "verification": lambda: quotes.verification(VerificationType.PHONE, VerificationOp.REQUEST),
    "unsubscribe": lambda: quotes.unsubscribe([US], [SubType.K_1M]),
    "unsubscribe_all": lambda: quotes.unsubscribe_all(),
}  # fmt: skip


def row(name):
    known_before = len(sent)
    began = time.monotonic()
    try:
        answer = CALLS[name]()
    except Exception as error:
        return {"method": name, "result": "exception", "reason": f"{type(error).__name__}: {error}"[:300]}
    seconds = time.monotonic() - began
    status, data = answer[0], answer[1] if len(answer) > 1 else None
    # The protocols that keep the connection alive or that other calls needed first are not the method's own.
    own = [number for number in dict.fromkeys(sent[known_before:]) if number != 1004]
    made = {"method": name, "protocols": own[-1:] if own else [], "seconds": round(seconds, 3)}
    if status == RET_OK:
        rows = len(data) if hasattr(data, "__len__") and not isinstance(data, str) else None
        return {**made, "result": "ok", "rows": rows}
    reason = str(data)
    if reason.startswith("ERROR") or "FAILED" in reason:
        return {**made, "result": "local", "reason": reason}
    if "timeout" in reason.lower():
        return {**made, "result": "timeout", "reason": reason}
    return {**made, "result": "refused", "reason": reason}


public = sorted(
    name for name in dir(OpenQuoteContext)
    if not name.startswith("_") and callable(getattr(OpenQuoteContext, name)) and name not in INTERNAL
)  # fmt: skip
result = {
    "missing": [name for name in public if name not in CALLS],
    "gone": [name for name in CALLS if name not in public],
    "rows": [row(name) for name in only or CALLS],
}
print("RESULT " + json.dumps(result, default=str))
quotes.close()
