"""Every call of the walking gateway, with push handlers, through the official SDK. Prints one JSON object."""

import json
import sys
import threading
import time

from futu import *

port = int(sys.argv[1])
codes = ["HK.00700", "US.AAPL"]
heard = {}
news = threading.Condition()


def note(kind, code, row):
    with news:
        heard.setdefault(kind, {}).setdefault(code, []).append(row)
        news.notify_all()


class Quotes(StockQuoteHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        for row in data.to_dict("records"):
            note("quote", row["code"], row)
        return ret, data


class Ticks(TickerHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        for row in data.to_dict("records"):
            note("ticker", row["code"], row)
        return ret, data


class Books(OrderBookHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        note("order_book", data["code"], {"bid": data["Bid"], "ask": data["Ask"]})
        return ret, data


class Bars(CurKlineHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        for row in data.to_dict("records"):
            note("kline", row["code"], row)
        return ret, data


class Line(RTDataHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        for row in data.to_dict("records"):
            note("rt", row["code"], row)
        return ret, data


def table(answer):
    ret, data = answer[0], answer[1]
    if ret != RET_OK:
        return {"error": data}
    return data.to_dict("records") if hasattr(data, "to_dict") else data


quotes = OpenQuoteContext("127.0.0.1", port)
for handler in (Quotes(), Ticks(), Books(), Bars(), Line()):
    quotes.set_handler(handler)
result = {
    "global_state": table(quotes.get_global_state()),
    "user_info": table(quotes.get_user_info()),
    "quote_before_subscribing": table(quotes.get_stock_quote(codes)),
    "subscribe": quotes.subscribe(
        codes, [SubType.QUOTE, SubType.TICKER, SubType.ORDER_BOOK, SubType.K_1M, SubType.RT_DATA]
    ),
}
result["quote"] = table(quotes.get_stock_quote(codes))
result["cur_kline"] = table(quotes.get_cur_kline("HK.00700", 10, KLType.K_1M))
with news:
    # A minute that has just begun has no trade yet.
    news.wait_for(lambda: heard.get("ticker", {}).get("HK.00700"), 30)
result["ticker"] = table(quotes.get_rt_ticker("HK.00700", 100))
result["rt"] = table(quotes.get_rt_data("US.AAPL"))
result["order_book"] = table(quotes.get_order_book("HK.00700", 10))
result["subscription"] = table(quotes.query_subscription())
result["unsubscribe_early"] = table(quotes.unsubscribe(codes, [SubType.QUOTE]))
result["snapshot"] = table(quotes.get_market_snapshot(codes))
result["basicinfo"] = table(quotes.get_stock_basicinfo(Market.HK, SecurityType.STOCK))
result["basicinfo_codes"] = table(quotes.get_stock_basicinfo(Market.HK, SecurityType.STOCK, ["HK.00700", "HK.99999"]))
result["trading_days"] = table(quotes.request_trading_days(TradeDateMarket.HK, "2025-01-01", "2025-02-28"))
result["market_state"] = table(quotes.get_market_state(codes))
result["unknown_snapshot"] = table(quotes.get_market_snapshot(["HK.99999"]))
result["too_many"] = table(quotes.get_market_snapshot([f"HK.{number:05d}" for number in range(401)]))

pages = []
answer = quotes.request_history_kline("US.AAPL", start="2024-01-02", end="2024-12-31", max_count=100)
while True:
    ret, bars, key = answer
    assert ret == RET_OK, bars
    pages.append(bars.to_dict("records"))
    if key is None:
        break
    answer = quotes.request_history_kline(
        "US.AAPL", start="2024-01-02", end="2024-12-31", max_count=100, page_req_key=key
    )
result["history_pages"] = pages
result["history_at_once"] = table(
    quotes.request_history_kline("US.AAPL", start="2024-01-02", end="2024-12-31", max_count=None)
)
day = "2024-06-28"
result["day_bar"] = table(quotes.request_history_kline("HK.00700", start=day, end=day, ktype=KLType.K_DAY))
result["minute_bars"] = table(
    quotes.request_history_kline("HK.00700", start=day, end=day, ktype=KLType.K_1M, max_count=None)
)
result["history_quota"] = quotes.get_history_kl_quota(get_detail=True)
result["unserved"] = table(quotes.get_company_profile("HK.00700"))

deadline = time.monotonic() + 60
wanted = {(kind, code) for kind in ("quote", "ticker", "order_book", "kline", "rt") for code in codes}
with news:
    news.wait_for(
        lambda: all(len(heard.get(kind, {}).get(code, [])) >= 3 for kind, code in wanted), deadline - time.monotonic()
    )
    result["heard"] = heard
print("RESULT " + json.dumps(result, default=str))
quotes.close()
