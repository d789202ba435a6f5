"""The user's security groups: custom ones with their members, and the system ones that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security, parse_security
from core.upstreams.practice.kept_file import KeptFile

MAXIMUM_SECURITIES: Final = 500
MAXIMUM_GROUPS: Final = 100
MAXIMUM_NAME_LENGTH: Final = 60
# SecurityType numbers.
_OPTION, _FUTURE = 8, 10
_MARKETS_OF: Final[dict[str, tuple[int, ...]]] = {"CN": (SH, SZ), "HK": (HK,), "US": (US,)}


class SystemGroup(NamedTuple):
    """A group that the user cannot change. The English name is its key."""

    name_en: str
    name_zh: str


SYSTEM_GROUPS: Final = (
    SystemGroup("All", "全部"),
    SystemGroup("CN", "沪深"),
    SystemGroup("HK", "港股"),
    SystemGroup("US", "美股"),
    SystemGroup("Options", "期权"),
    SystemGroup("HK options", "港股期权"),
    SystemGroup("US options", "美股期权"),
    SystemGroup("Starred", "特别关注"),
    SystemGroup("Futures", "期货"),
)
_SYSTEM_KEYS: Final = {name.lower(): group.name_en for group in SYSTEM_GROUPS for name in group}


class WatchLists:
    """All groups of one profile. `type_of` gives a security's SecurityType number, None for an unknown one."""

    def __init__(self, path: Path | None, type_of: Callable[[Security], int | None]) -> None:
        """Store. Groups are read by `load`."""
        self._type_of = type_of
        self._all: dict[Security, None] = {}
        self._groups: dict[str, dict[Security, None]] = {}
        self.file = KeptFile(path, self._contents)

    @property
    def custom_names(self) -> list[str]:
        """The custom groups, the oldest first."""
        return list(self._groups)

    def load(self) -> None:
        """Read what the last run kept."""
        found = self.file.read()
        if found is None:
            return
        try:
            everything = dict.fromkeys(parse_security(label) for label in found["all"][:MAXIMUM_SECURITIES])
            groups = {
                str(name): dict.fromkeys(parse_security(label) for label in labels)
                for name, labels in list(found["groups"].items())[:MAXIMUM_GROUPS]
            }
        except (KeyError, TypeError, ValueError, AttributeError):
            self.file.set_aside()
            return
        self._all, self._groups = everything, groups

    def members(self, name: str) -> list[Security]:
        """Give a group's securities in the order they came. Raises UserFacingError(unknown_watch_list)."""
        group = self._groups.get(name)
        if group is not None:
            return list(group)
        key = _SYSTEM_KEYS.get(name.lower())
        if key is None:
            raise UserFacingError("unknown_watch_list", name=name[:MAXIMUM_NAME_LENGTH])
        return [security for security in self._all if self._belongs(security, key)]

    def add(self, name: str, securities: Iterable[Security]) -> None:
        """Add to a custom group, which is made when there is none of the name."""
        self._refuse_system(name)
        new = list(securities)
        if len(self._all.keys() | set(new)) > MAXIMUM_SECURITIES:
            count = len(self._all.keys() | set(new))
            raise UserFacingError("too_many_items", count=count, limit=MAXIMUM_SECURITIES)
        group = self._groups.get(name)
        if group is None:
            if not 1 <= len(name) <= MAXIMUM_NAME_LENGTH or not name.isprintable():
                raise UserFacingError("bad_field", field="groupName", value=name[:MAXIMUM_NAME_LENGTH])
            if len(self._groups) >= MAXIMUM_GROUPS:
                raise UserFacingError("too_many_items", count=len(self._groups) + 1, limit=MAXIMUM_GROUPS)
            group = self._groups[name] = {}
        group.update(dict.fromkeys(new))
        self._all.update(dict.fromkeys(new))
        self.file.mark_changed()

    def move_out(self, name: str, securities: Iterable[Security]) -> None:
        """Take securities out of a custom group; they stay in All."""
        self._refuse_system(name)
        group = self._groups.get(name)
        if group is None:
            raise UserFacingError("unknown_watch_list", name=name[:MAXIMUM_NAME_LENGTH])
        for security in securities:
            group.pop(security, None)
        self.file.mark_changed()

    def delete(self, name: str, securities: Iterable[Security]) -> None:
        """Take securities out of every group."""
        self._refuse_system(name)
        if name not in self._groups:
            raise UserFacingError("unknown_watch_list", name=name[:MAXIMUM_NAME_LENGTH])
        for security in securities:
            self._all.pop(security, None)
            for group in self._groups.values():
                group.pop(security, None)
        self.file.mark_changed()

    def contains(self, security: Security) -> bool:
        """Whether the user watches a security in any group."""
        return security in self._all

    def _refuse_system(self, name: str) -> None:
        if name not in self._groups and name.lower() in _SYSTEM_KEYS:
            raise UserFacingError("system_watch_list", name=name)

    def _belongs(self, security: Security, key: str) -> bool:
        if key == "All":
            return True
        kind = self._type_of(security)
        if key in _MARKETS_OF:
            return security.market in _MARKETS_OF[key] and kind not in (_OPTION, _FUTURE)
        if key == "Options":
            return kind == _OPTION
        if key == "HK options":
            return kind == _OPTION and security.market == HK
        if key == "US options":
            return kind == _OPTION and security.market == US
        # Nothing can be starred through the API.
        return key == "Futures" and kind == _FUTURE

    def _contents(self) -> dict[str, Any]:
        return {
            "all": [security.label for security in self._all],
            "groups": {name: [security.label for security in group] for name, group in self._groups.items()},
        }
