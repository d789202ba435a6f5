"""Connects without waiting, subscribes when it can, and says every quote it hears: survivor.py PORT."""

import sys

from futu import *


class Quotes(StockQuoteHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        print("HEARD", data["code"][0], flush=True)
        return ret, data


quotes = OpenQuoteContext("127.0.0.1", int(sys.argv[1]))
quotes.set_handler(Quotes())
print("STATE", quotes.get_global_state()[0], flush=True)
print("SUBSCRIBED", quotes.subscribe(["HK.00700"], [SubType.QUOTE])[0], flush=True)
sys.stdin.readline()
print("STATE", quotes.get_global_state()[0], flush=True)
quotes.close()
