"""Ports and addresses of the sign-in window: the API server's can be set; the other services come later."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.choice_box import ChoiceBox
from gui.widgets.inline_message import InlineMessage
from gui.widgets.labels import TextLabel
from gui.widgets.restyle import set_style_property

LOCAL, ALL = "127.0.0.1", "0.0.0.0"  # noqa: S104
_LATER: Final = (("ws", "WebSocket", "33333"), ("telnet", "Telnet", ""))
_VALIDATE_DELAY_MS: Final = 250


class EndpointForm(QFrame):
    """`changed` comes when address or port were changed; `problem` is the sentence that stands under the port."""

    changed = Signal()

    def __init__(
        self, theme: Theme, language: WindowLanguage, endpoint: tuple[str, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._language = language
        # Port 0, a free one, is a choice of the command line; the field is then empty and may stay so.
        self._free_port = endpoint[1] == 0
        self._own_addresses: tuple[str, ...] | None = None
        px = theme.px
        self._titles: dict[str, TextLabel] = {}
        self.address = ChoiceBox(theme)
        self.address.setObjectName("apiAddr")
        self.address.addItem("", endpoint[0])
        self.address.currentIndexChanged.connect(lambda _: self._address_changed())
        self.port = QLineEdit("" if self._free_port else str(endpoint[1]))
        self.port.setObjectName("apiPort")
        self.port.setMaxLength(6)
        self.port.textEdited.connect(lambda _: self._port_edited())
        self.port.editingFinished.connect(self.validate)
        self.message = InlineMessage(theme)
        self._later: list[tuple[str, ChoiceBox, QLineEdit]] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(1, 1)
        self._add_row(grid, 0, "API server", self.address, self.port, px(74))
        for number, (key, title, port) in enumerate(_LATER, start=1):
            address, field = ChoiceBox(theme), QLineEdit(port)
            address.setObjectName(f"{key}Addr")
            address.addItem("", LOCAL)
            field.setObjectName(f"{key}Port")
            address.setEnabled(False)
            field.setEnabled(False)
            self._add_row(grid, number, title, address, field, px(74))
            self._later.append((title, address, field))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(12), px(14), px(12))
        column.setSpacing(0)
        column.addLayout(grid)
        column.addWidget(self.message)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_VALIDATE_DELAY_MS)
        self._timer.timeout.connect(self.validate)

    @property
    def chosen_address(self) -> str:
        """The address the API server shall listen on."""
        return str(self.address.currentData())

    @property
    def chosen_port(self) -> int | None:
        """The port, 0 for any free one, or None while the field is wrong."""
        text = self.port.text().strip()
        if not text:
            return 0 if self._free_port else None
        if not text.isascii() or not text.isdigit():
            return None
        number = int(text)
        return number if 1 <= number <= 65535 else None

    @property
    def port_text(self) -> str:
        """The port as it is shown; in words while any free one is wanted."""
        return self.port.text().strip() or self.port.placeholderText()

    def set_busy(self, busy: bool) -> None:
        """While the gateway starts, address and port cannot be changed."""
        self.address.setEnabled(not busy)
        self.port.setEnabled(not busy)

    def set_port(self, port: int) -> None:
        """Fill in another port."""
        self.port.setText(str(port))
        self.validate()

    def open_addresses(self) -> None:
        """List this computer's addresses; done when the form is opened, because most never open it."""
        if self._own_addresses is None:
            # Loaded here because few open the form, and the first paint should not wait for it.
            from PySide6.QtNetwork import QAbstractSocket, QNetworkInterface

            self._own_addresses = tuple(
                address.toString()
                for address in QNetworkInterface.allAddresses()
                if address.protocol() == QAbstractSocket.NetworkLayerProtocol.IPv4Protocol and not address.isLoopback()
            )
            for address in (LOCAL, ALL, *self._own_addresses):
                if self.address.findData(address) < 0:
                    self.address.addItem("", address)
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        for title, label in self._titles.items():
            label.setText(text(title))
        names = {LOCAL: text("127.0.0.1 (this computer)"), ALL: text("0.0.0.0 (all)")}
        for box in (self.address, *(address for _, address, _ in self._later)):
            for number in range(box.count()):
                box.setItemText(number, names.get(box.itemData(number), box.itemData(number)))
        self.address.setAccessibleName(text("API server address"))
        self.port.setAccessibleName(text("API server port"))
        self.port.setPlaceholderText(text("Any free") if self._free_port else "")
        for title, address, field in self._later:
            why = text("{service} comes in a later version.", service=text(title))
            field.setPlaceholderText(text("Off"))
            for widget, name in (
                (address, text("{service} address", service=text(title))),
                (field, text("{service} port", service=text(title))),
            ):
                widget.setAccessibleName(name)
                widget.setToolTip(why)
        if self.message.text:
            self.validate()
        self.changed.emit()

    def validate(self) -> bool:
        """Check the port now and show what is wrong; a hint about other computers does not block."""
        self._timer.stop()
        text = self._language.text
        valid = self.chosen_port is not None
        if not valid and not self.port.text().strip():
            self.message.show_text("error", text("Enter a port for the API server."))
        elif not valid:
            self.message.show_text("error", text("Ports go from 1 to 65535."))
        elif self.chosen_address != LOCAL:
            self.message.show_text("warn", text("Other computers can connect, but trading from them needs an RSA key."))
        else:
            self.message.clear()
        set_style_property(self.port, "invalid", "false" if valid else "true")
        self.port.setAccessibleDescription("" if valid else self.message.text)
        self.changed.emit()
        return valid

    def _add_row(
        self, grid: QGridLayout, number: int, title: str, address: ChoiceBox, port: QLineEdit, width: int
    ) -> None:
        label = TextLabel("body")
        label.setBuddy(address)
        port.setFixedWidth(width)
        grid.addWidget(label, number, 0)
        grid.addWidget(address, number, 1)
        grid.addWidget(port, number, 2)
        self._titles[title] = label

    def _port_edited(self) -> None:
        if self.message.text and self.chosen_port is not None:
            self.validate()  # an error goes away as soon as the value is right
        else:
            self._timer.start()
            self.changed.emit()

    def _address_changed(self) -> None:
        if self._own_addresses is not None:
            self.validate()
