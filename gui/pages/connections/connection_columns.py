"""The columns of the connections table, and what a client is called."""

from __future__ import annotations

from core.model.status import ConnectionRow
from gui.language.figures import (
    bytes_text,
    count_text,
    local_clock_text,
    rate_figure,
    utc_text,
)
from gui.language.state_words import SLOW_BACKLOG
from gui.language.window_language import WindowLanguage
from gui.widgets.data_table import ACTIONS_COLUMN
from gui.widgets.table_model import Column


def client_name(row: ConnectionRow, language: WindowLanguage) -> str:
    """The client's own name, or a word that it has none."""
    return row.client_id or language.text("unnamed")


def is_encrypted(row: ConnectionRow) -> bool:
    """Whether the bodies of this connection are encrypted."""
    return row.encryption.lower() not in ("", "none", "off")


def encryption_text(row: ConnectionRow, language: WindowLanguage) -> str:
    """The cipher as the protocol calls it, or None."""
    return row.encryption if is_encrypted(row) else language.text("None")


def version_text(row: ConnectionRow) -> str:
    """Version 1002 of the SDK as 10.02; empty when the client did not say."""
    return f"{row.client_version // 100}.{row.client_version % 100:02d}" if row.client_version > 0 else ""


def matches(row: ConnectionRow, wanted: str) -> bool:
    """Whether a filter text occurs in client, address or ID."""
    return any(wanted in field.lower() for field in (row.client_id, row.peer, str(row.connection_id)))


def connection_columns(language: WindowLanguage) -> list[Column]:
    """All columns with titles and texts in the reader's language."""
    text = language.text

    def plain(figure: float) -> str:
        return "textMuted" if not figure else "text"

    def slow(row: ConnectionRow) -> bool:
        return row.backlog >= SLOW_BACKLOG

    return [
        Column("colId", text("ID"), lambda row: row.connection_id, lambda row: str(row.connection_id), 90),
        Column(
            "colClient",
            text("Client"),
            lambda row: row.client_id,
            lambda row: client_name(row, language),
            78,
            weight=500,
            ink=lambda row: "text" if row.client_id else "textMuted",
            grow=3,
        ),
        Column(
            "colSdk",
            text("Language, SDK"),
            lambda row: f"{row.language} {row.client_version:06d}",
            lambda row: row.language,
            104,
            aside=version_text,
            grow=2,
        ),
        Column("colAddr", text("Address"), lambda row: row.peer, lambda row: row.peer, 130, font="code", grow=2),
        Column(
            "colSince",
            text("Since"),
            lambda row: row.since,
            lambda row: local_clock_text(row.since),
            82,
            right=True,
            tooltip=lambda row: utc_text(row.since),
        ),
        Column(
            "colEnc",
            text("Encryption"),
            lambda row: row.encryption,
            lambda row: encryption_text(row, language),
            104,
            ink=lambda row: "text" if is_encrypted(row) else "textMuted",
            icon=lambda row: "lock" if is_encrypted(row) else "lock-open",
            grow=1,
        ),
        Column("colFmt", text("Format"), lambda row: row.body_format, lambda row: row.body_format, 70, grow=1),
        Column(
            "colReq",
            text("Req/s"),
            lambda row: row.requests_per_second,
            lambda row: rate_figure(row.requests_per_second),
            58,
            right=True,
            ink=lambda row: plain(row.requests_per_second),
        ),
        Column(
            "colPush",
            text("Push/s"),
            lambda row: row.pushes_per_second,
            lambda row: rate_figure(row.pushes_per_second),
            58,
            right=True,
            ink=lambda row: plain(row.pushes_per_second),
        ),
        Column(
            "colBacklog",
            text("Backlog"),
            lambda row: row.backlog,
            lambda row: count_text(row.backlog),
            70,
            right=True,
            ink=lambda row: "warn" if slow(row) else plain(row.backlog),
            icon=lambda row: "triangle-alert" if slow(row) else "",
            strong=slow,
            tooltip=lambda row: (
                text("Reads slowly: {count} messages wait", count=count_text(row.backlog)) if slow(row) else ""
            ),
        ),
        Column(
            "colSubs",
            text("Subs"),
            lambda row: row.subscriptions,
            lambda row: count_text(row.subscriptions),
            46,
            right=True,
            ink=lambda row: plain(row.subscriptions),
        ),
        Column(
            "colIn",
            text("In"),
            lambda row: row.bytes_in,
            lambda row: bytes_text(row.bytes_in),
            76,
            right=True,
            hidden=True,
        ),
        Column(
            "colOut",
            text("Out"),
            lambda row: row.bytes_out,
            lambda row: bytes_text(row.bytes_out),
            76,
            right=True,
            hidden=True,
        ),
        Column(
            "colSeen",
            text("Last seen"),
            lambda row: row.last_seen,
            lambda row: local_clock_text(row.last_seen),
            82,
            right=True,
            hidden=True,
        ),
        Column(
            "colRequests",
            text("Requests"),
            lambda row: row.requests,
            lambda row: count_text(row.requests),
            82,
            right=True,
            hidden=True,
        ),
        Column(
            "colErrors",
            text("Errors"),
            lambda row: row.errors,
            lambda row: count_text(row.errors),
            64,
            right=True,
            ink=lambda row: "warn" if row.errors else "textMuted",
            hidden=True,
        ),
        Column(
            "colNotify",
            text("Notifications"),
            lambda row: row.wants_notify,
            lambda row: text("On") if row.wants_notify else text("Off"),
            96,
            hidden=True,
        ),
        Column(
            ACTIONS_COLUMN,
            "",
            lambda row: None,
            lambda row: "",
            34,
            ink=lambda row: "textSecondary",
            icon=lambda row: "ellipsis",
            tooltip=lambda row: text("Row actions"),
        ),
    ]
