"""The trade lock of each firm: who unlocked it and when. It holds for the whole gateway, until locked or restarted."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from core.model.trading import SecurityFirm
from core.model.trading_status import FirmLock

FIRM_NAMES: Final = MappingProxyType(
    {
        SecurityFirm.FUTU_HK: "FUTU HK",
        SecurityFirm.MOOMOO_US: "moomoo US",
        SecurityFirm.MOOMOO_SG: "moomoo SG",
        SecurityFirm.MOOMOO_AU: "moomoo AU",
        SecurityFirm.MOOMOO_CA: "moomoo CA",
        SecurityFirm.MOOMOO_MY: "moomoo MY",
        SecurityFirm.MOOMOO_JP: "moomoo JP",
    }
)


class _Unlocked(NamedTuple):
    by: str
    at: float


class TradeUnlock:
    """Which firms are unlocked. Passwords are checked elsewhere and never come here."""

    def __init__(self) -> None:
        self._unlocked: dict[SecurityFirm, _Unlocked] = {}

    def is_unlocked(self, firm: SecurityFirm) -> bool:
        """Whether orders of the firm's accounts may be placed."""
        return firm in self._unlocked

    def unlock(self, firm: SecurityFirm, by: str, at: float) -> bool:
        """Unlock a firm; False when it already was (then who and when stay)."""
        if firm in self._unlocked:
            return False
        self._unlocked[firm] = _Unlocked(by, at)
        return True

    def lock(self, firm: SecurityFirm) -> bool:
        """Lock a firm again; False when it already was."""
        return self._unlocked.pop(firm, None) is not None

    def rows(self, firms: Sequence[SecurityFirm]) -> tuple[FirmLock, ...]:
        """The locks of these firms, for screens."""
        return tuple(self._row(firm) for firm in firms)

    def _row(self, firm: SecurityFirm) -> FirmLock:
        unlocked = self._unlocked.get(firm)
        name = FIRM_NAMES.get(firm, str(int(firm)))
        if unlocked is None:
            return FirmLock(firm, name, unlocked=False)
        return FirmLock(firm, name, unlocked=True, by=unlocked.by, at=unlocked.at)
