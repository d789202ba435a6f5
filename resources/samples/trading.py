import sys
from futu import *

SysConfig.set_all_thread_daemon(True)
port, code = int(sys.argv[1]) if sys.argv[1:] else 11111, "HK.00700"
quotes = OpenQuoteContext("127.0.0.1", port)
trade = OpenSecTradeContext(filter_trdmarket=TrdMarket.HK, host="127.0.0.1", port=port)
ret, accounts = trade.get_acc_list()
print(accounts[["acc_id", "trd_env", "security_firm", "competition_acc_name"]])
# Practice-real: real in form only, no broker and no money behind it. Its trade password is documented.
if not (accounts.competition_acc_name == "Practice (simulated)").all():
    sys.exit("This is no practice gateway; nothing was ordered.")
print(trade.unlock_trade("practice"))
price = round(float(quotes.get_market_snapshot([code])[1].last_price[0]) * 0.95)
ret, order = trade.place_order(price, 100, code, TrdSide.BUY, adjust_limit=-0.01, trd_env=TrdEnv.REAL)
if ret != RET_OK:
    sys.exit(order)
print(order[["order_id", "code", "trd_side", "qty", "price", "order_status"]])
print(trade.modify_order(ModifyOrderOp.CANCEL, order.order_id[0], 0, 0, trd_env=TrdEnv.REAL))
print(trade.order_list_query(order_id=order.order_id[0], trd_env=TrdEnv.REAL)[1][["order_id", "order_status"]])
print(trade.accinfo_query(trd_env=TrdEnv.REAL)[1][["total_assets", "cash", "power"]])
quotes.close()
trade.close()
