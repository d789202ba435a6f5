"""Every public trade method of the official SDK, in both environments. Prints one JSON object.

A row says for one method, context and environment which protocol it sent and whether it was answered (ok), refused
(with the reason), refused by the SDK itself (local), or failed: by an exception or in time.
"""

import json
import struct
import sys
import time

import futu.common.network_manager as network
from futu import *

SysConfig.set_all_thread_daemon(True)  # a script that fails ends at once
port = int(sys.argv[1])
HK, FUTURE = "HK.00700", "HK.HSImain"

# Not trade methods: the life of the context itself, and what it calls on its own.
INTERNAL = {
    "can_send_proto", "close", "conn_str", "get_async_conn_id", "get_global_state", "get_login_user_id",
    "get_security_firm",
    "get_sync_conn_id", "handle_packet", "handle_push", "is_encrypt", "is_futures_market_sim", "keep_alive",
    "metaclass__", "on_api_socket_reconnected", "on_async_sub_acc_push", "on_connect", "on_disconnect", "on_recv",
    "on_tick", "packet_callback", "set_handler", "set_sync_query_connect_timeout", "start", "stop", "test_cmd",
}  # fmt: skip
# Methods that ask for both environments alike: no parameter says which.
ONCE = {"get_acc_list", "unlock_trade", "get_margin_ratio"}

sent = []
plain_send = network.NetManager.do_send


def watched_send(self, conn_id, data):
    if data[:2] == b"FT":
        sent.append(struct.unpack_from("<I", data, 2)[0])
    return plain_send(self, conn_id, data)


network.NetManager.do_send = watched_send
quotes = OpenQuoteContext("127.0.0.1", port)
known = {}


def found(name, make):
    if name not in known:
        known[name] = make()
    return known[name]


def last(code):
    """The last price; 1 where there is none, so that the call itself is made and refused."""
    data = quotes.get_market_snapshot([code])[1]
    return float(data.last_price[0]) if hasattr(data, "columns") else 1.0


def option_legs():
    def ask():
        dates = list(quotes.get_option_expiration_date(HK)[1].strike_time)
        day = dates[min(2, len(dates) - 1)]
        chain = quotes.get_option_chain(HK, start=day, end=day)[1]
        calls = chain[chain.option_type == "CALL"].sort_values("strike_price")
        middle = len(calls) // 2
        return list(calls.code.iloc[middle : middle + 2])

    made = []
    for code, side in zip(found("options", ask), (TrdSide.BUY, TrdSide.SELL), strict=True):
        leg = ComboLeg()
        leg.code, leg.trd_side, leg.qty_ratio = code, side, 1
        made.append(leg)
    return made


class Desk:
    """The calls of one context, in the order in which what comes first is needed later."""

    def __init__(self, context, code, quantity):
        self.context, self.code, self.quantity = context, code, quantity
        self.filled = self.resting = None

    def account(self, env, options=False):
        """The account that trades the code; options have an account of their own in simulated trading."""
        accounts = self.context.get_acc_list()[1]
        wanted = ["OPTION"] if options and env == TrdEnv.SIMULATE else ["STOCK", "FUTURES", "N/A"]
        fitting = accounts[(accounts.trd_env == env) & accounts.sim_acc_type.isin(wanted)]
        fitting = [row for row in fitting.to_dict("records") if {"HK", "FUTURES", "FUTURES_SIMULATE_HK"} & set(
            row["trdmarket_auth"])]  # fmt: skip
        return int(fitting[0]["acc_id"]) if fitting else 0

    def place(self, env):
        price = found("price " + self.code, lambda: last(self.code))
        answer = self.context.place_order(
            round(price * 1.01), self.quantity, self.code, TrdSide.BUY, adjust_limit=0.005, trd_env=env,
            acc_id=self.account(env), remark="coverage")  # fmt: skip
        if answer[0] == RET_OK:
            self.filled = answer[1].order_id[0]
        resting = self.context.place_order(
            round(price * 0.95), 2 * self.quantity, self.code, TrdSide.BUY, adjust_limit=0.005, trd_env=env,
            acc_id=self.account(env))  # fmt: skip
        self.resting = resting[1].order_id[0] if resting[0] == RET_OK else None
        return answer

    def calls(self, env):
        price = lambda: found("price " + self.code, lambda: last(self.code))  # noqa: E731
        context, day = self.context, time.strftime("%Y-%m-%d")
        where = lambda: {"trd_env": env, "acc_id": self.account(env)}  # noqa: E731
        options = lambda: {"trd_env": env, "acc_id": self.account(env, options=True)}  # noqa: E731
        return {
            "get_acc_list": lambda: context.get_acc_list(),
            "unlock_trade": lambda: context.unlock_trade("practice"),
            "acctradinginfo_query": lambda: context.acctradinginfo_query(
                OrderType.NORMAL, self.code, price(), **where()),
            "place_order": lambda: self.place(env),
            "order_list_query": lambda: context.order_list_query(**where()),
            "modify_order": lambda: context.modify_order(
                ModifyOrderOp.NORMAL, self.resting, self.quantity, round(price() * 0.94), adjust_limit=0.005,
                **where()),
            "change_order": lambda: context.change_order(
                self.resting, round(price() * 0.93), self.quantity, adjust_limit=0.005, **where()),
            "cancel_all_order": lambda: context.cancel_all_order(**where()),
            "deal_list_query": lambda: context.deal_list_query(**where()),
            "position_list_query": lambda: context.position_list_query(**where()),
            "accinfo_query": lambda: context.accinfo_query(**where()),
            "order_fee_query": lambda: context.order_fee_query([self.filled], **where()),
            "history_order_list_query": lambda: context.history_order_list_query(**where()),
            "history_deal_list_query": lambda: context.history_deal_list_query(**where()),
            "get_acc_cash_flow": lambda: context.get_acc_cash_flow(day, **where()),
            "get_margin_ratio": lambda: context.get_margin_ratio([HK]),
            "comboorder_tradinginfo_query": lambda: context.comboorder_tradinginfo_query(
                option_legs(), 1.0, 1, **options()),
            "place_combo_order": lambda: context.place_combo_order(option_legs(), 1.0, 1, **options()),
        }  # fmt: skip


def row(kind, env, name, call):
    known_before = len(sent)
    try:
        answer = call()
    except Exception as error:
        return {"context": kind, "env": env, "method": name, "result": "exception",
                "reason": f"{type(error).__name__}: {error}"[:300]}  # fmt: skip
    status, data = answer[0], answer[1]
    # What others needed first (2001, quotes, keep-alive) is not the method's own.
    own = [number for number in dict.fromkeys(sent[known_before:]) if 2000 < number < 3000]
    made = {"context": kind, "env": env, "method": name, "protocols": own}
    if status == RET_OK:
        rows = len(data) if hasattr(data, "__len__") and not isinstance(data, str) else None
        return {**made, "result": "ok", "rows": rows}
    reason = str(data)
    if "timeout" in reason.lower():
        return {**made, "result": "timeout", "reason": reason}
    asked = [number for number in own if number not in (2001, 2008)]
    return {**made, "result": "refused" if asked else "local", "reason": reason}


contexts = {
    "securities": Desk(OpenSecTradeContext(filter_trdmarket=TrdMarket.NONE, host="127.0.0.1", port=port), HK, 100),
    "futures": Desk(OpenFutureTradeContext(host="127.0.0.1", port=port), FUTURE, 1),
    "crypto": Desk(OpenCryptoTradeContext(host="127.0.0.1", port=port), "CC.BTCUSD", 1),
}
rows = []
for kind, desk in contexts.items():
    for env in (TrdEnv.SIMULATE, TrdEnv.REAL):
        for name, call in desk.calls(env).items():
            if env == TrdEnv.REAL or name not in ONCE:
                rows.append(row(kind, env, name, call))
public = sorted(
    name for name in dir(OpenSecTradeContext)
    if not name.startswith("_") and callable(getattr(OpenSecTradeContext, name)) and name not in INTERNAL
)  # fmt: skip
called = set(contexts["securities"].calls(TrdEnv.REAL))
print("RESULT " + json.dumps({
    "missing": [name for name in public if name not in called],
    "gone": [name for name in called if name not in public],
    "rows": rows,
}, default=str))  # fmt: skip
for desk in contexts.values():
    desk.context.close()
quotes.close()
