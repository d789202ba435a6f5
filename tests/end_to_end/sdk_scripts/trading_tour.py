"""A day at the trade desk with the official SDK: locks, orders, pushes, lists, history. Prints one JSON object."""

import json
import queue
import sys
import time

from futu import *

SysConfig.set_all_thread_daemon(True)  # a script that fails ends at once
port = int(sys.argv[1])
HK = "HK.00700"
result = {}


class OrderNews(TradeOrderHandlerBase):
    """Keeps order pushes of one context."""

    def __init__(self):
        super().__init__()
        self.news = queue.Queue()

    def on_recv_rsp(self, reply):
        status, data = super().on_recv_rsp(reply)
        self.news.put(data.to_dict("records")[0] if status == RET_OK else data)
        return status, data

    def until(self, order_id, status):
        """What was heard of an order, until it has this status."""
        heard = []
        end = time.monotonic() + 15
        while time.monotonic() < end:
            try:
                news = self.news.get(timeout=1)
            except queue.Empty:
                continue
            if news["order_id"] == order_id:
                heard.append(news)
                if news["order_status"] == status:
                    return heard
        return [*heard, "nothing more came"]


class DealNews(TradeDealHandlerBase):
    """Keeps fill pushes of one context."""

    def __init__(self):
        super().__init__()
        self.news = []

    def on_recv_rsp(self, reply):
        status, data = super().on_recv_rsp(reply)
        self.news.append(data.to_dict("records")[0] if status == RET_OK else data)
        return status, data


def rows(answer):
    return answer[1].to_dict("records") if answer[0] == RET_OK else str(answer[1])


def listen(context):
    orders, deals = OrderNews(), DealNews()
    context.set_handler(orders)
    context.set_handler(deals)
    return orders, deals


quotes = OpenQuoteContext("127.0.0.1", port)
last = float(quotes.get_market_snapshot([HK])[1].last_price[0])
result["last"] = last
hong_kong = OpenSecTradeContext(filter_trdmarket=TrdMarket.HK, host="127.0.0.1", port=port)
# Two contexts of one program: the second one lists American accounts only.
america = OpenSecTradeContext(
    filter_trdmarket=TrdMarket.US, host="127.0.0.1", port=port, security_firm=SecurityFirm.FUTUINC)  # fmt: skip
orders, deals = listen(hong_kong)
us_orders, us_deals = listen(america)
result["accounts"] = rows(hong_kong.get_acc_list())
result["us_accounts"] = rows(america.get_acc_list())


def buy(env, price, qty=100, **more):
    return hong_kong.place_order(round(price), qty, HK, TrdSide.BUY, adjust_limit=0.005, trd_env=env, **more)


# locks
result["locked"] = rows(buy(TrdEnv.REAL, last))
result["wrong_password"] = hong_kong.unlock_trade("wrong")
result["unlock"] = hong_kong.unlock_trade("practice")
result["unlock_again"] = america.unlock_trade("practice"), hong_kong.unlock_trade("practice")

# an order that is filled, one that rests, in both environments
for env in (TrdEnv.SIMULATE, TrdEnv.REAL):
    filled = buy(env, last * 1.02, 300, remark="备注 filled")
    order_id = filled[1].order_id[0]
    resting = buy(env, last * 0.9, 200)
    resting_id = resting[1].order_id[0]
    result[env] = {
        "filled": rows(filled),
        "resting": rows(resting),
        "pushes": orders.until(order_id, OrderStatus.FILLED_ALL),
        "listed": rows(hong_kong.order_list_query(trd_env=env)),
        "changed": rows(hong_kong.modify_order(
            ModifyOrderOp.NORMAL, resting_id, 100, round(last * 0.91), adjust_limit=0.005, trd_env=env)),
        "one": rows(hong_kong.order_list_query(order_id=resting_id, trd_env=env)),
        "cancelled": rows(hong_kong.modify_order(ModifyOrderOp.CANCEL, resting_id, 0, 0, trd_env=env)),
        "cancel_pushes": orders.until(resting_id, OrderStatus.CANCELLED_ALL),
        "cancelled_again": rows(hong_kong.modify_order(ModifyOrderOp.CANCEL, resting_id, 0, 0, trd_env=env)),
        "only_filled": rows(hong_kong.order_list_query(status_filter_list=[OrderStatus.FILLED_ALL], trd_env=env)),
        "deals": rows(hong_kong.deal_list_query(trd_env=env)),
        "positions": rows(hong_kong.position_list_query(trd_env=env)),
        "funds": rows(hong_kong.accinfo_query(trd_env=env)),
        "fees": rows(hong_kong.order_fee_query([order_id], trd_env=env)),
        "history": rows(hong_kong.history_order_list_query(trd_env=env)),
        "past_deals": rows(hong_kong.history_deal_list_query(trd_env=env)),
        "sold": rows(hong_kong.place_order(
            round(last * 0.98), 300, HK, TrdSide.SELL, adjust_limit=-0.005, trd_env=env)),
    }  # fmt: skip
    sold_id = result[env]["sold"][0]["order_id"]
    result[env]["sold_pushes"] = orders.until(sold_id, OrderStatus.FILLED_ALL)
    result[env]["flat"] = rows(hong_kong.position_list_query(trd_env=env))

# an American order is heard by the American context only
aapl = float(quotes.get_market_snapshot(["US.AAPL"])[1].last_price[0])
us = america.place_order(round(aapl * 1.02, 2), 1, "US.AAPL", TrdSide.BUY, trd_env=TrdEnv.REAL)
result["us"] = rows(us)
result["us_pushes"] = us_orders.until(us[1].order_id[0], OrderStatus.FILLED_ALL) if us[0] == RET_OK else []
result["us_deals"] = us_deals.news
result["deals_heard"] = deals.news
result["heard_by_the_other"] = [news for news in list(orders.news.queue) if news["code"] == "US.AAPL"]

# refusals
result["crypto"] = rows(america.place_order(1.0, 1, "CC.BTCUSD", TrdSide.BUY, trd_env=TrdEnv.REAL))
result["odd_lot"] = rows(buy(TrdEnv.SIMULATE, last, 150))
result["lock"] = hong_kong.unlock_trade(is_unlock=False)
result["locked_again"] = rows(buy(TrdEnv.REAL, last))
print("RESULT " + json.dumps(result, default=str))
for context in (hong_kong, america, quotes):
    context.close()
