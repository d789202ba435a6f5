"""The cards on top: the trade lock of each firm, and the switch that refuses every order."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.model.trading import SecurityFirm
from core.model.trading_status import FirmLock, TradingOverview
from gui.language.figures import event_time_text
from gui.language.trading_words import firm_name
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.buttons import TextButton
from gui.widgets.labels import ElidedLabel, IconLabel, TwoFormLabel
from gui.widgets.restyle import set_style_property
from gui.widgets.switch import Switch

_COLUMNS = 3
# How the gateway calls who works at a window or a console, not through the API.
OPERATOR = "operator"


class _WideCard(QFrame):
    """Icon, two lines, and room for a control at the right."""

    def __init__(self, theme: Theme, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        px = theme.px
        self.setFixedHeight(px(56))
        self.icon = IconLabel(theme, icon, "textSecondary", 18)
        self.title = ElidedLabel("bodyStrong")
        self.line = TwoFormLabel("small", "secondary")
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addStretch(1)
        lines.addWidget(self.title)
        lines.addWidget(self.line)
        lines.addStretch(1)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(px(14), px(4), px(10), px(4))
        self.row.setSpacing(px(10))
        self.row.addWidget(self.icon)
        self.row.addLayout(lines, 1)


class FirmLockCard(_WideCard):
    """The lock of one firm. Its button locks at once, or asks for the password first."""

    lock_wanted = Signal()
    unlock_wanted = Signal()

    def __init__(self, theme: Theme, firm: SecurityFirm, parent: QWidget | None = None) -> None:
        super().__init__(theme, "lock", parent)
        self.setObjectName(f"lockCard_{firm.name}")
        self.btn_lock = TextButton(theme, icon="lock")
        self.btn_lock.setObjectName(f"btnLock_{firm.name}")
        self.btn_lock.clicked.connect(self.lock_wanted)
        self.btn_unlock = TextButton(theme, icon="lock-open")
        self.btn_unlock.setObjectName(f"btnUnlock_{firm.name}")
        self.btn_unlock.clicked.connect(self.unlock_wanted)
        for button in (self.btn_lock, self.btn_unlock):
            button.hide()
            self.row.addWidget(button)

    def draw(self, lock: FirmLock, moment: float, usable: bool, language: WindowLanguage) -> None:
        """Show the state; `usable` says whether locks can be changed now."""
        text = language.text
        name = text(firm_name(lock.firm, lock))
        self.title.setText(name)
        shown, short = text("Unlocked") if lock.unlocked else text("Locked"), ""
        if lock.unlocked and lock.at:
            client = text("operator") if lock.by == OPERATOR else lock.by or text("unnamed")
            facts = {"client": client, "time": event_time_text(lock.at, moment, language)}
            shown, short = text("Unlocked by {client} at {time}", **facts), text("By {client}, {time}", **facts)
        self.line.set_forms(shown, short)
        self.icon.set_icon(
            "lock-open" if lock.unlocked else "lock", "positive" if lock.unlocked else "textSecondary", shown
        )
        self.btn_lock.setText(text("Lock"))
        self.btn_lock.setAccessibleName(text("Lock trading at {firm}", firm=name))
        self.btn_unlock.setText(text("Unlock…"))
        self.btn_unlock.setAccessibleName(text("Unlock trading at {firm}", firm=name))
        had_focus = self.btn_lock.hasFocus() or self.btn_unlock.hasFocus()
        self.btn_lock.setVisible(lock.unlocked)
        self.btn_unlock.setVisible(not lock.unlocked)
        if had_focus:
            (self.btn_lock if lock.unlocked else self.btn_unlock).setFocus()
        for button in (self.btn_lock, self.btn_unlock):
            button.setEnabled(usable)
            button.setToolTip("" if usable else text("The link to the upstream is down."))


class LockAllCard(_WideCard):
    """The switch of the gateway's own lock, before every firm's."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "shield", parent)
        self.setObjectName("lockAllCard")
        self.switch = Switch(theme)
        self.switch.setObjectName("lockAll")
        self.row.addWidget(self.switch)

    def draw(self, on: bool, language: WindowLanguage) -> None:
        """Show whether every order is refused."""
        text = language.text
        self.title.setText(text("Lock everything"))
        if on:
            self.line.set_forms(text("Every order is refused, cancelling works"), text("Every order is refused"))
        else:
            self.line.set_forms(text("Refuses all orders, from every client"), text("Refuses all orders"))
        self.icon.set_icon("shield", "negative" if on else "textSecondary", text("On") if on else text("Off"))
        set_style_property(self, "tint", "error" if on else "")
        self.switch.show_state(on)
        self.switch.setAccessibleName(text("Lock everything"))
        self.switch.setAccessibleDescription(self.line.long)
        self.switch.setToolTip(f"{text('Lock everything')}  Ctrl+Shift+L")


class LockCards(QWidget):
    """One card per firm of the accounts, then Lock everything; three beside each other."""

    lock_wanted = Signal(object)
    unlock_wanted = Signal(object)
    lock_all_wanted = Signal(bool)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._language = language
        self.firms: dict[SecurityFirm, FirmLockCard] = {}
        self.all = LockAllCard(theme)
        self.all.switch.wanted.connect(self.lock_all_wanted)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(12))
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def tab_stops(self) -> list[QWidget]:
        """The buttons, left to right, then the switch."""
        stops: list[QWidget] = []
        for card in self.firms.values():
            stops += [card.btn_lock, card.btn_unlock]
        return [*stops, self.all.switch]

    def draw(self, trading: TradingOverview, moment: float, usable: bool) -> bool:
        """Show the locks; gives whether cards came or went."""
        firms = [lock.firm for lock in trading.locks]
        changed = firms != list(self.firms)
        if changed:
            self._rebuild(firms)
        for lock in trading.locks:
            self.firms[lock.firm].draw(lock, moment, usable, self._language)
        self.all.draw(trading.locked_everything, self._language)
        return changed

    def _rebuild(self, firms: list[SecurityFirm]) -> None:
        for card in self.firms.values():
            self._grid.removeWidget(card)
            card.deleteLater()
        self.firms = {firm: FirmLockCard(self._theme, firm) for firm in firms}
        for firm, card in self.firms.items():
            card.lock_wanted.connect(lambda firm=firm: self.lock_wanted.emit(firm))
            card.unlock_wanted.connect(lambda firm=firm: self.unlock_wanted.emit(firm))
        self._arrange()

    def _arrange(self) -> None:
        self._grid.removeWidget(self.all)
        for number, card in enumerate((*self.firms.values(), self.all)):
            self._grid.addWidget(card, number // _COLUMNS, number % _COLUMNS)
        for number in range(_COLUMNS):
            self._grid.setColumnStretch(number, 1)
