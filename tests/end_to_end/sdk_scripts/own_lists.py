"""Security groups and a price reminder that fires, through the official SDK. Prints one JSON object."""

import json
import sys
import threading

from futu import *

port = int(sys.argv[1])
fired = []
news = threading.Event()


class Reminders(PriceReminderHandlerBase):
    def on_recv_rsp(self, reply):
        ret, data = super().on_recv_rsp(reply)
        fired.append(data)
        news.set()
        return ret, data


def rows(answer):
    return answer[1].to_dict("records") if answer[0] == RET_OK else {"error": answer[1]}


quotes = OpenQuoteContext("127.0.0.1", port)
quotes.set_handler(Reminders())
result = {
    "before": rows(quotes.get_user_security_group(UserSecurityGroupType.CUSTOM)),
    "unknown": quotes.get_user_security("Nobody"),
    "system": quotes.modify_user_security("Starred", ModifyUserSecurityOp.ADD, ["HK.00700"]),
    "add": quotes.modify_user_security("Mine", ModifyUserSecurityOp.ADD, ["HK.00700", "US.AAPL"]),
    "members": rows(quotes.get_user_security("Mine")),
    "reminder": quotes.set_price_reminder(
        "HK.00700", SetPriceReminderOp.ADD, reminder_type=PriceReminderType.PRICE_UP,
        reminder_freq=PriceReminderFreq.ONCE, value=1, note="cheap"),
}  # fmt: skip
news.wait(30)
result["fired"] = fired
result["kept"] = rows(quotes.get_price_reminder(market=Market.HK))
print("RESULT " + json.dumps(result, default=str))
quotes.close()
