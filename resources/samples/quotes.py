import sys, time
from futu import *

def shown(base):
    return type("Shown", (base,), {"on_recv_rsp": lambda self, reply: print(base.on_recv_rsp(self, reply)[1])})()

codes, days = ["HK.00700", "US.AAPL"], {"start": "2024-01-02", "end": "2024-12-31", "max_count": None}
quotes = OpenQuoteContext("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 11111)
for base in (StockQuoteHandlerBase, TickerHandlerBase, OrderBookHandlerBase, CurKlineHandlerBase, RTDataHandlerBase):
    quotes.set_handler(shown(base))
print(quotes.get_global_state(), quotes.get_market_snapshot(codes), quotes.request_history_kline("US.AAPL", **days))
print(quotes.get_stock_basicinfo(Market.HK), quotes.request_trading_days(TradeDateMarket.HK, "2026-01-01", "2026-01-31"))
print(quotes.subscribe(codes, [SubType.QUOTE, SubType.TICKER, SubType.ORDER_BOOK, SubType.K_1M, SubType.RT_DATA]))
print(quotes.get_cur_kline("HK.00700", 5, KLType.K_1M))
time.sleep(float(sys.argv[2]) if sys.argv[2:] else 10)
quotes.close()
