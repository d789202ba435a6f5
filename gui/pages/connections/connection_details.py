"""The pane under the table: everything known about the selected connection, as label and value."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from core.model.status import ConnectionRow
from gui.language.figures import age_text, bytes_text, count_text, local_clock_text, rate_text
from gui.language.window_language import WindowLanguage
from gui.pages.connections.connection_columns import client_name, encryption_text, version_text
from gui.theme.theme import Theme
from gui.widgets.buttons import QUIET, TextButton
from gui.widgets.card import PanelFrame
from gui.widgets.labels import ElidedLabel, TextLabel

_FIELDS = 14


class ConnectionDetails(PanelFrame):
    """`close_wanted` asks to close the shown connection; `copied` says that the details are on the clipboard."""

    close_wanted = Signal()
    copied = Signal(str)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("connectionDetails")
        self._language = language
        self._shown: list[tuple[str, str]] = []
        px = theme.px
        self.title.setObjectName("tabDetails")
        self._client = TextLabel("body", weight=500)
        self._number = TextLabel("small", "muted")
        self.btn_copy = TextButton(theme, QUIET, "copy")
        self.btn_copy.setObjectName("btnCopyDetails")
        self.btn_copy.clicked.connect(self._copy)
        self.btn_close = TextButton(theme, QUIET, "x", "negative")
        self.btn_close.setObjectName("btnClose")
        self.btn_close.clicked.connect(self.close_wanted)
        for widget in (self._client, self._number, self.btn_copy, self.btn_close):
            self.heading.addWidget(widget)
        grid_holder = QWidget()
        grid = QGridLayout(grid_holder)
        grid.setContentsMargins(px(14), px(10), px(14), px(10))
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(6))
        self._fields: list[tuple[TextLabel, ElidedLabel]] = []
        rows = (_FIELDS + 1) // 2
        for number in range(_FIELDS):
            label, value = TextLabel("body", "secondary"), ElidedLabel("body")
            label.setMinimumWidth(px(120))
            side = 2 * (number // rows)
            grid.addWidget(label, number % rows, side)
            grid.addWidget(value, number % rows, side + 1)
            self._fields.append((label, value))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        grid.setRowStretch(rows, 1)
        area = QScrollArea()
        area.setWidget(grid_holder)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        grid_holder.setAutoFillBackground(False)
        self._nothing = TextLabel("body", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(area)
        inner = QVBoxLayout()
        inner.addWidget(holder)
        self.body.addLayout(inner, 1)
        self.setMinimumHeight(px(120))

    def draw(self, row: ConnectionRow | None, selected: int, moment: float) -> None:
        """Show one connection; with several selected only their number, with none what to do."""
        text = self._language.text
        self.title.setText(text("Details"))
        self.btn_copy.setText(text("Copy all"))
        self.btn_copy.setAccessibleName(text("Copy all details"))
        several = selected > 1
        self.btn_close.setText(
            text("Close {count} connections…", count=selected) if several else text("Close connection…")
        )
        self.btn_close.setAccessibleName(self.btn_close.text())
        self.btn_close.setVisible(selected > 0)
        self.btn_copy.setVisible(row is not None)
        self._client.setVisible(row is not None)
        self._number.setVisible(row is not None)
        self._stack.setCurrentIndex(0 if row is None else 1)
        if row is None:
            self._nothing.setText(
                text("{count} connections are selected.", count=selected)
                if several
                else text("Choose a connection to see its details.")
            )
            return
        self._client.setText(client_name(row, self._language))
        self._number.setText(f"#{row.connection_id}")
        self._shown = self._values(row, moment)
        for (label, value), (name, shown) in zip(self._fields, self._shown, strict=True):
            label.setText(name)
            value.setText(shown)

    def _values(self, row: ConnectionRow, moment: float) -> list[tuple[str, str]]:
        text, language = self._language.text, self._language
        return [
            (text("Client"), client_name(row, language)),
            (text("Connection ID"), str(row.connection_id)),
            (text("Language, SDK"), " ".join(part for part in (row.language, version_text(row)) if part)),
            (text("Address"), row.peer),
            (text("Connected since"), local_clock_text(row.since)),
            (text("Encryption"), encryption_text(row, language)),
            (text("Format"), row.body_format),
            (text("Requests"), f"{count_text(row.requests)} ({rate_text(row.requests_per_second)})"),
            (text("Errors"), count_text(row.errors)),
            (text("Pushes"), rate_text(row.pushes_per_second)),
            (text("Subscriptions"), count_text(row.subscriptions)),
            (text("Received, sent"), f"{bytes_text(row.bytes_in)}, {bytes_text(row.bytes_out)}"),
            (text("Last seen"), text("{time} ago", time=age_text(max(0.0, moment - row.last_seen), language))),
            (text("Notifications"), text("On") if row.wants_notify else text("Off")),
        ]

    def _copy(self) -> None:
        block = "\n".join(f"{name}: {value}" for name, value in self._shown)
        QGuiApplication.clipboard().setText(block)
        self.copied.emit(block)
