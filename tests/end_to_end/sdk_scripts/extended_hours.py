"""Two contexts hear the same US security in different hours, as time flies. Prints one JSON object."""

import json
import sys
import threading

from futu import *

port = int(sys.argv[1])
APPLE = "US.AAPL"
PULLED = [SubType.K_1M, SubType.RT_DATA]


def is_night(stamp):
    return stamp[11:13] >= "20" or stamp[11:13] < "04"


class Hearer(TickerHandlerBase):
    """Keeps the ticks of one context."""

    def __init__(self):
        super().__init__()
        self.ticks = []
        self.changed = threading.Condition()

    def on_recv_rsp(self, rsp_pb):
        ret, data = super().on_recv_rsp(rsp_pb)
        with self.changed:
            self.ticks += [(row["time"], row["type"], int(row["sequence"])) for _, row in data.iterrows()]
            self.changed.notify_all()
        return ret, data

    def wait(self, test, seconds=90.0):
        with self.changed:
            return self.changed.wait_for(lambda: test(self.ticks), seconds)


def rows(table, *columns):
    ret, data = table
    assert ret == RET_OK, data
    return [[row[column] for column in columns] for _, row in data.iterrows()]


everything, regular = OpenQuoteContext("127.0.0.1", port), OpenQuoteContext("127.0.0.1", port)
hearers = []
for context, session in ((everything, Session.ALL), (regular, Session.RTH)):
    hearer = Hearer()
    context.set_handler(hearer)
    hearers.append(hearer)
    for kinds, push in ((PULLED, False), ([SubType.TICKER], True)):
        ret, text = context.subscribe([APPLE], kinds, is_first_push=False, subscribe_push=push, session=session)
        assert ret == RET_OK, text
all_hours, regular_hours = hearers
result = {"refused": everything.subscribe([APPLE], PULLED, session=Session.OVERNIGHT)}
result["night"] = all_hours.wait(lambda ticks: any(is_night(tick[0]) for tick in ticks))
result["early"] = all_hours.wait(lambda ticks: any("04" <= tick[0][11:13] < "09" for tick in ticks))
result["regular"] = regular_hours.wait(lambda ticks: len(ticks) >= 20)
result["both"] = all_hours.wait(lambda ticks: ticks[-1][2] >= regular_hours.ticks[19][2])
ret, used = everything.query_subscription(is_all_conn=True)
result["used"] = used["total_used"]
result["all_bars"] = rows(everything.get_cur_kline(APPLE, 1000, SubType.K_1M), "time_key", "volume")
result["regular_bars"] = rows(regular.get_cur_kline(APPLE, 1000, SubType.K_1M), "time_key", "volume")
result["all_line"] = rows(everything.get_rt_data(APPLE), "time", "opened_mins")
result["regular_line"] = rows(regular.get_rt_data(APPLE), "time", "opened_mins")
result["last"] = [rows(context.get_rt_ticker(APPLE, 1000), "time") for context in (everything, regular)]
result["all_ticks"] = list(all_hours.ticks)
result["regular_ticks"] = list(regular_hours.ticks[:200])
print("RESULT " + json.dumps(result))
everything.close()
regular.close()
