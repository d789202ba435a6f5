"""Connects without waiting, subscribes when it can, and says every quote it hears: survivor.py PORT."""

import sys

from futu import *


def say(line):
    sys.stdout.write(line + "\n")  # one write: the SDK's threads print too
    sys.stdout.flush()


class Quotes(StockQuoteHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        say(f"HEARD {data['code'][0]}")
        return ret, data


quotes = OpenQuoteContext("127.0.0.1", int(sys.argv[1]))
quotes.set_handler(Quotes())
say(f"STATE {quotes.get_global_state()[0]}")
say(f"SUBSCRIBED {quotes.subscribe(['HK.00700'], [SubType.QUOTE])[0]}")
sys.stdin.readline()
say(f"STATE {quotes.get_global_state()[0]}")
quotes.close()
