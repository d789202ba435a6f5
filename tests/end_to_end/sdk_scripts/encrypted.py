"""Quotes with encryption or JSON: encrypted.py PORT KEYFILE|- protobuf|json."""

import json
import sys
import threading

from futu import *

port, key, body_format = int(sys.argv[1]), sys.argv[2], sys.argv[3]
if key != "-":
    SysConfig.set_init_rsa_file(key)
if body_format == "json":
    SysConfig.set_proto_fmt(ProtoFMT.Json)
heard = threading.Event()


class Quotes(StockQuoteHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        if ret == RET_OK:
            heard.set()
        return ret, data


quotes = OpenQuoteContext("127.0.0.1", port, is_encrypt=key != "-")
quotes.set_handler(Quotes())
ret, state = quotes.get_global_state()
result = {"state": ret, "subscribe": quotes.subscribe(["HK.00700"], [SubType.QUOTE]), "heard": heard.wait(30)}
ret, bars, key = quotes.request_history_kline("HK.00700", start="2024-06-03", end="2024-06-28")
result["bars"] = len(bars)
print("RESULT " + json.dumps(result, default=str))
quotes.close()
