"""All history bars of one security between two dates: history_rows.py PORT CODE START END [KTYPE]."""

import json
import sys

from futu import *

port, code, start, end = int(sys.argv[1]), *sys.argv[2:5]
ktype = sys.argv[5] if len(sys.argv) > 5 else KLType.K_DAY
quotes = OpenQuoteContext("127.0.0.1", port)
ret, bars, key = quotes.request_history_kline(code, start=start, end=end, ktype=ktype, max_count=None)
assert ret == RET_OK, bars
print(
    "RESULT "
    + json.dumps(
        {"rows": bars.to_dict("records"), "snapshot": quotes.get_market_snapshot([code])[1].to_dict("records")},
        default=str,
    )
)
quotes.close()
