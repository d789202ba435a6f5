"""Alerts about unusual option trades that the user keeps, and what each of them looks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.kept_file import KeptFile

MAXIMUM_ALERTS: Final = 500
MAXIMUM_NOTE_LENGTH: Final = 60
_SCOPES: Final = ("optionMarket", "watchlistGroupName", "underlying")


class EventAlerts:
    """All alerts of one profile, as the public messages describe them."""

    def __init__(self, path: Path | None) -> None:
        """Store. Alerts are read by `load`."""
        self._alerts: dict[int, Any] = {}
        self.file = KeptFile(path, self._contents)

    def load(self) -> None:
        """Read what the last run kept."""
        found = self.file.read()
        if found is None:
            return
        try:
            items = [
                json_format.ParseDict(row, openapi.Qot_GetOptionEventAlert.EventAlertItem())
                for row in found["alerts"][:MAXIMUM_ALERTS]
            ]
        except (KeyError, TypeError, ValueError, AttributeError, json_format.ParseError):
            self.file.set_aside()
            return
        self._alerts = {item.key: item for item in items}

    def all(self) -> list[Any]:
        """Give every alert, the newest first."""
        return list(reversed(self._alerts.values()))

    @property
    def enabled(self) -> list[Any]:
        """The alerts that can fire."""
        return [item for item in self._alerts.values() if item.enable]

    def add(self, item: Any) -> None:
        """Add one; it is on unless it says otherwise. Raises UserFacingError."""
        if len(self._alerts) >= MAXIMUM_ALERTS:
            raise UserFacingError("too_many_items", count=len(self._alerts) + 1, limit=MAXIMUM_ALERTS)
        _check(item)
        kept = type(item)()
        kept.CopyFrom(item)
        kept.key = max(self._alerts, default=0) + 1
        kept.enable = item.enable if item.HasField("enable") else True
        self._alerts[kept.key] = kept
        self.file.mark_changed()

    def modify(self, item: Any) -> None:
        """Replace what is given; lists and ranges as a whole. Raises UserFacingError."""
        known = self._find(item)
        changed = type(item)()
        changed.CopyFrom(known)
        if any(item.HasField(scope) for scope in _SCOPES):
            for scope in _SCOPES:
                changed.ClearField(scope)
        for field, _ in item.ListFields():
            changed.ClearField(field.name)
        changed.MergeFrom(item)
        _check(changed)
        self._alerts[changed.key] = changed
        self.file.mark_changed()

    def set_enabled(self, item: Any, *, enabled: bool) -> None:
        """Switch on or off."""
        self._find(item).enable = enabled
        self.file.mark_changed()

    def delete(self, item: Any) -> None:
        """Delete one."""
        del self._alerts[self._find(item).key]
        self.file.mark_changed()

    def delete_all(self) -> None:
        """Delete every alert."""
        self._alerts.clear()
        self.file.mark_changed()

    def _find(self, item: Any) -> Any:
        found = self._alerts.get(item.key)
        if found is None:
            raise UserFacingError("unknown_alert", key=item.key)
        return found

    def _contents(self) -> dict[str, Any]:
        return {"alerts": [json_format.MessageToDict(item) for item in self._alerts.values()]}


def _check(item: Any) -> None:
    """Raise UserFacingError for what an alert cannot be."""
    scopes = [scope for scope in _SCOPES if item.HasField(scope)]
    if len(scopes) != 1:
        raise UserFacingError("alert_scope")
    if item.HasField("optionMarket") and not 1 <= item.optionMarket <= 4:
        raise UserFacingError("bad_field", field="optionMarket", value=item.optionMarket)
    if len(item.note.encode("utf-8")) > MAXIMUM_NOTE_LENGTH:
        raise UserFacingError("long_note", limit=MAXIMUM_NOTE_LENGTH // 3)
    if item.earningsDateBegin or item.earningsDateEnd:
        raise UserFacingError("no_figure", field="earningsDate")
