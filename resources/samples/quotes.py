"""Live quotes from a running Gatehouse with the official SDK: python quotes.py [PORT [SECONDS]]."""

import sys
import time

from futu import *

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 11111
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 10


class Quotes(StockQuoteHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        print("quote ", data[["code", "data_time", "last_price", "volume"]].to_string(index=False, header=False))
        return ret, data


class Ticks(TickerHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        columns = ["code", "time", "price", "volume", "ticker_direction"]
        print("tick  ", data[columns].to_string(index=False, header=False))
        return ret, data


codes = ["HK.00700", "US.AAPL"]
quotes = OpenQuoteContext("127.0.0.1", PORT)
quotes.set_handler(Quotes())
quotes.set_handler(Ticks())
print(quotes.get_global_state())
print(quotes.get_market_snapshot(codes)[1][["code", "name", "last_price", "bid_price", "ask_price"]])
print(quotes.get_stock_basicinfo(Market.HK, SecurityType.STOCK)[1].head())
print(quotes.request_trading_days(TradeDateMarket.HK, "2026-01-01", "2026-01-10")[1])
ret, bars, page = quotes.request_history_kline("US.AAPL", start="2024-01-02", end="2024-06-28", max_count=50)
while ret == RET_OK and page is not None:
    ret, bars, page = quotes.request_history_kline(
        "US.AAPL", start="2024-01-02", end="2024-06-28", max_count=50, page_req_key=page
    )
print(bars[["code", "time_key", "open", "close", "volume"]].tail(3))
types = [SubType.QUOTE, SubType.TICKER, SubType.ORDER_BOOK, SubType.K_1M, SubType.RT_DATA]
print("subscribe", quotes.subscribe(codes, types))
print(quotes.get_cur_kline("HK.00700", 3, KLType.K_1M)[1][["code", "time_key", "close", "volume"]])
time.sleep(SECONDS)
quotes.close()
