"""Table 2: every setting, one row each. The command line, its help and the checks are made from these rows.

The full set of OpenD.xml keys comes with the operations work; each row already carries its XML name where one exists.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import parse_security


class Kind(Enum):
    """How a value is written and checked."""

    SWITCH = "switch"
    TEXT = "text"
    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    ADDRESS = "address"
    FILE = "file"
    FILES = "files"
    LINES = "lines"
    PAIRS = "pairs"
    RIGHTS = "rights"


class Option(NamedTuple):
    """One setting. `allowed` are choices, or the lowest and highest number; `flag` is the command line's spelling."""

    key: str
    kind: Kind
    default: Any
    help: str
    flag: str
    xml: str | None = None
    group: str = "General"
    allowed: tuple[Any, ...] = ()
    live: bool = False
    secret: bool = False

    @property
    def allowed_text(self) -> str:
        """What may be written, for error texts and help."""
        if self.kind is Kind.CHOICE:
            return ", ".join(str(choice) for choice in self.allowed)
        if self.kind in (Kind.INTEGER, Kind.NUMBER):
            return f"{self.allowed[0]} to {self.allowed[1]}"
        return {
            Kind.ADDRESS: "an address of this computer",
            Kind.PAIRS: "NAME=MARKET.CODE",
            Kind.LINES: "a console command",
            Kind.RIGHTS: f"{', '.join(RIGHT_PRODUCTS)} = {', '.join(RIGHT_NAMES)}, separated by commas",
        }.get(self.kind, "text")

    def parse(self, text: str) -> Any:
        """Turn what a person wrote into a checked value. Raises UserFacingError."""
        try:
            return self._parse(text.strip())
        except (ValueError, KeyError) as error:
            raise UserFacingError("bad_option", option=self.flag, value=text, allowed=self.allowed_text) from error

    def _parse(self, text: str) -> Any:
        match self.kind:
            case Kind.INTEGER | Kind.NUMBER:
                number = int(text) if self.kind is Kind.INTEGER else float(text)
                low, high = self.allowed
                if not low <= number <= high:
                    raise ValueError(text)
                return number
            case Kind.CHOICE:
                return {str(choice).lower(): choice for choice in self.allowed}[text.lower()]
            case Kind.SWITCH:
                return {"1": True, "0": False, "true": True, "false": False, "": True}[text.lower()]
            case Kind.ADDRESS:
                return str(ipaddress.ip_address("127.0.0.1" if text.lower() == "localhost" else text))
            case Kind.PAIRS:
                symbol, equals, label = text.partition("=")
                parse_security(label)
                if not symbol or not equals:
                    raise ValueError(text)
                return text
            case Kind.RIGHTS:
                return _parse_rights(text)
            case _:
                return text


def _parse_rights(text: str) -> tuple[tuple[str, str], ...]:
    """Read `hk=bmp,us=lv1` as pairs of product and right. ValueError for an unknown one."""
    pairs = []
    for part in text.lower().split(","):
        product, _, right = part.strip().partition("=")
        if product not in RIGHT_PRODUCTS or right not in RIGHT_NAMES:
            raise ValueError(part)
        pairs.append((product, right))
    return tuple(pairs)


LOG_LEVELS: Final = ("no", "debug", "info", "warning", "error", "fatal")
CLOCKS: Final = ("always-open", "exchange-hours")
SPEEDS: Final = ("1", "5", "20", "max")
# Products that practice can be given a lower quote right for, and the rights as users know them.
RIGHT_PRODUCTS: Final = ("hk", "us", "cn", "sh", "sz", "hk_option", "hk_future", "us_option", "us_future", "us_index")
RIGHT_NAMES: Final = ("none", "bmp", "lv1", "lv2", "sf", "lv3")
QUOTAS: Final = ("100", "300", "1000", "2000")

OPTIONS: Final[tuple[Option, ...]] = (
    Option("headless", Kind.SWITCH, False, "run without a window", "--headless"),
    Option("console", Kind.SWITCH, False, "without a window: read console commands from standard input also when that "
           "is no terminal", "--console"),
    Option("command", Kind.LINES, (), "without a window: run a console command once the gateway is ready; may be "
           "given several times; one that fails stops the gateway with exit code 1", "--command", secret=True),
    Option("profile", Kind.TEXT, "default", "data folder, settings and lock of their own under this name", "--profile"),
    Option("temporary_home", Kind.SWITCH, False, "use a new empty data folder and remove it at the end",
           "--temporary-home"),
    Option("ip", Kind.ADDRESS, "127.0.0.1", "address the API server listens on", "--api-ip", xml="ip",
           group="API server"),
    Option("api_port", Kind.INTEGER, 11111, "port of the API server, 0 takes a free one", "--api-port", xml="api_port",
           group="API server", allowed=(0, 65535)),
    Option("qot_push_frequency", Kind.INTEGER, 0,
           "least milliseconds between two pushes of one security and type, 0 for no limit; not for K-lines and "
           "time-share", "--qot-push-frequency", xml="qot_push_frequency", group="Quotes", allowed=(0, 600_000),
           live=True),
    Option("push_proto_type", Kind.INTEGER, 0, "format of pushes where the client does not say: 0 protobuf, 1 JSON",
           "--push-proto-type", xml="push_proto_type", group="API server", allowed=(0, 1)),
    Option("rsa_private_key", Kind.FILE, "", "RSA private key (PEM, 1024 bit) that clients share; empty for none",
           "--rsa-private-key", xml="rsa_private_key", group="Encryption"),
    Option("lang", Kind.CHOICE, "", "language of replies and console", "--lang", xml="lang",
           allowed=("", "en", "chs")),
    Option("log_level", Kind.CHOICE, "info", "how much is logged", "--log-level", xml="log_level", group="Logs",
           allowed=LOG_LEVELS),
    Option("seed", Kind.INTEGER, 1, "seed of the practice exchange: the same seed gives the same market", "--seed",
           group="Practice", allowed=(0, 2**63 - 1)),
    Option("clock", Kind.CHOICE, "always-open",
           "practice market hours: always-open trades day and night from the first start on, exchange-hours keeps the "
           "real calendar", "--clock", group="Practice", allowed=CLOCKS),
    Option("speed", Kind.CHOICE, "1", "practice market speed, max is as fast as possible", "--speed", group="Practice",
           allowed=SPEEDS),
    Option("practice_data", Kind.FILES, (), "price file (CSV with date or time, open, high, low, close, volume) served "
           "as a security's history; may be given several times", "--practice-data", group="Practice"),
    Option("practice_securities", Kind.FILES, (), "table of securities of your own (CSV with the columns of "
           "resources/practice/securities.csv) added to the practice exchange; may be given several times",
           "--practice-securities", group="Practice"),
    Option("practice_symbol", Kind.PAIRS, (), "which security a price file's symbol means, such as goog=US.GOOG; may "
           "be given several times", "--practice-symbol", group="Practice"),
    Option("lock_trade", Kind.SWITCH, False, "start with all trading locked: every order of every client is refused "
           "until the lock is taken off", "--lock-trade", group="Trading"),
    Option("strict_paper", Kind.SWITCH, False, "simulated accounts refuse what the official ones refuse: fills, fees, "
           "cash flow, order types other than limit and market", "--strict-paper", group="Practice"),
    Option("unlimited", Kind.SWITCH, False, "no limits in practice: no request frequency, no quotas, no minute that a "
           "subscription must live; for tests and CI", "--unlimited", group="Practice"),
    Option("practice_rights", Kind.RIGHTS, (), "lower or higher quote rights in practice, such as hk=bmp,us=lv1",
           "--practice-rights", group="Practice"),
    Option("practice_quota", Kind.CHOICE, "1000", "subscription and history quota in practice, the tiers that accounts "
           "have", "--practice-quota", group="Practice", allowed=QUOTAS),
)  # fmt: skip

OPTIONS_BY_KEY: Final = MappingProxyType({option.key: option for option in OPTIONS})


class Settings:
    """All settings of one run: the table's defaults, overlaid by what was given. Never changed, only copied."""

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._given = given

    def __getitem__(self, key: str) -> Any:
        return self._given.get(key, OPTIONS_BY_KEY[key].default)

    def with_values(self, **values: Any) -> Settings:
        """A copy in which these keys are given."""
        return Settings(MappingProxyType({**self._given, **values}))

    @property
    def speed(self) -> float:
        """Practice speed as a factor; 0 is as fast as possible."""
        return 0.0 if self["speed"] == "max" else float(self["speed"])
