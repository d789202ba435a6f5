"""The practice trade password: the same for every firm and documented, so that unlocking can be exercised."""

from __future__ import annotations

import hashlib
import hmac
import math
from typing import Final

from core.model.errors import UserFacingError
from core.model.trading import SecurityFirm

PASSWORD: Final = "practice"
MOST_TRIES: Final = 5
PAUSE_SECONDS: Final = 600.0
_DIGEST: Final = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()


class TradePassword:
    """Checks passwords and counts wrong ones: after five in a row a firm takes none for ten minutes."""

    def __init__(self) -> None:
        self._wrong: dict[SecurityFirm, int] = {}
        self._paused_until: dict[SecurityFirm, float] = {}

    def check(self, firm: SecurityFirm, password_md5: str, now: float) -> None:
        """Take the MD5 (32 lower-case hex digits) of a password at a moment of monotonic time.

        Raises UserFacingError(wrong_trade_password, trade_password_pause).
        """
        until = self._paused_until.get(firm, -math.inf)
        if now < until:
            raise UserFacingError("trade_password_pause", wait=math.ceil(until - now))
        if hmac.compare_digest(password_md5.encode(), _DIGEST.encode()):
            self._wrong.pop(firm, None)
            return
        wrong = self._wrong[firm] = self._wrong.get(firm, 0) + 1
        if wrong >= MOST_TRIES:
            del self._wrong[firm]
            self._paused_until[firm] = now + PAUSE_SECONDS
            raise UserFacingError("trade_password_pause", wait=math.ceil(PAUSE_SECONDS))
        raise UserFacingError("wrong_trade_password", left=MOST_TRIES - wrong, minutes=round(PAUSE_SECONDS / 60))
