"""The accounts at the left, in groups by what kind of money they hold."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.model.trading import TradingEnvironment
from core.model.trading_status import AccountRow
from gui.language.figures import count_text
from gui.language.trading_words import (
    MARKET_WORDS,
    account_kind,
    account_title,
    account_type_word,
    masked,
)
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
_EntryRole: Final = Qt.ItemDataRole.UserRole
_GROUP_ORDER: Final = (TradingEnvironment.REAL, TradingEnvironment.SIMULATE)


class _Entry(NamedTuple):
    """A heading (no account) or an account with its four texts."""

    account: AccountRow | None
    title: str
    kind: str = ""
    number: str = ""
    aside: str = ""
    short_kind: str = ""


def account_entry_aside(account: AccountRow, language: WindowLanguage) -> str:
    """Where an account trades; of a simulated one its balance."""
    text = language.text
    if account.disabled:
        return text("Old account")
    if account.environment is TradingEnvironment.SIMULATE:
        return text("{currency} {amount}", currency=text(account.currency.name), amount=count_text(account.balance))
    between = "/" if language.is_chinese else ", "
    return between.join(text(MARKET_WORDS[market]) for market in account.markets if market in MARKET_WORDS)


class AccountModel(QAbstractListModel):
    """Headings and accounts in one list; headings cannot be chosen."""

    def __init__(self, language: WindowLanguage) -> None:
        super().__init__()
        self._language = language
        self._entries: list[_Entry] = []

    def show_accounts(self, accounts: tuple[AccountRow, ...], practice: bool) -> None:
        """Replace the list; when only figures changed the selection stays."""
        entries: list[_Entry] = []
        text = self._language.text
        for environment in _GROUP_ORDER:
            group = [account for account in accounts if account.environment is environment]
            if group:
                entries.append(_Entry(None, text(account_kind(group[0], practice).group)))
            entries += [
                _Entry(
                    account,
                    account_title(account, self._language),
                    text(account_type_word(account)),
                    masked(account.account_id),
                    account_entry_aside(account, self._language),
                    text("Sim.") if environment is TradingEnvironment.SIMULATE else "",
                )
                for account in group
            ]
        if [_identity(entry) for entry in entries] == [_identity(entry) for entry in self._entries]:
            self._entries = entries
            if entries:
                self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))
            return
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()

    def row_of(self, account_id: int) -> int:
        """The place of an account, -1 when it is not there."""
        return next(
            (n for n, entry in enumerate(self._entries) if entry.account and entry.account.account_id == account_id),
            -1,
        )

    def entry(self, index: AnyIndex) -> _Entry:
        """What stands at a place."""
        return self._entries[index.row()]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Headings and accounts."""
        return 0 if parent.isValid() else len(self._entries)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Headings are passed over."""
        if not index.isValid() or self.entry(index).account is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The title for search, everything for screen readers, the entry for the delegate."""
        if not index.isValid():
            return None
        entry = self.entry(index)
        if role == _EntryRole:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in entry[1:5] if part)
        if role == Qt.ItemDataRole.ToolTipRole and entry.account is not None:
            lines = (self._language.text(entry.account.label), f"{entry.kind}  {entry.aside}")
            return "\n".join(line for line in lines if line.strip())
        return None


def _identity(entry: _Entry) -> tuple[object, ...]:
    return (entry.account.account_id,) if entry.account else (None, entry.title)


class _AccountDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        heading = index.data(_EntryRole).account is None
        return QSize(self._theme.px(120), self._theme.px(30 if heading else 49))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme, px = self._theme, self._theme.px
        entry: _Entry = index.data(_EntryRole)
        rect = QRect(option.rect)
        box = rect.adjusted(px(14), 0, -px(12), 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.account is None:
            painter.setFont(theme.font("small", 500))
            painter.setPen(theme.colour("textMuted"))
            bottom = int(Qt.AlignmentFlag.AlignVCenter)
            shown = painter.fontMetrics().elidedText(entry.title, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box.adjusted(0, px(6), 0, 0), bottom, shown)
            painter.restore()
            return
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, theme.colour("selection" if self._view.hasFocus() else "selectionInactive"))
            painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), theme.colour("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.colour("hover"))
        painter.setPen(theme.colour("borderSubtle"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        muted = entry.account.disabled
        upper = QRect(box.left(), rect.top() + px(6), box.width(), px(19))
        lower = QRect(box.left(), upper.bottom() + 1, box.width(), px(17))
        self._line(
            painter,
            upper,
            (entry.title, "body", 500, "textMuted" if muted else "text"),
            (self._kind(entry, upper.width()), "small", 400, "textMuted" if muted else "textSecondary"),
        )
        self._line(
            painter,
            lower,
            (entry.number, "small", 400, "textMuted" if muted else "textSecondary"),
            (entry.aside, "small", 400, "textMuted" if muted else "textSecondary"),
        )
        painter.restore()

    def _kind(self, entry: _Entry, room: int) -> str:
        """The kind, in short where it does not fit beside the title."""
        title = QFontMetrics(self._theme.font("body", 500)).horizontalAdvance(entry.title)
        kind = QFontMetrics(self._theme.font("small")).horizontalAdvance(entry.kind)
        fits = title + kind + self._theme.px(8) <= room
        return entry.kind if fits or entry.account is None or entry.account.disabled else entry.short_kind

    def _line(
        self, painter: QPainter, box: QRect, left: tuple[str, str, int, str], right: tuple[str, str, int, str]
    ) -> None:
        """Draw two texts; the left one is whole, the right one takes what is left."""
        theme, middle = self._theme, Qt.AlignmentFlag.AlignVCenter
        text, role, weight, ink = left
        painter.setFont(theme.font(role, weight, figures=True))
        painter.setPen(theme.colour(ink))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(middle), shown)
        used = painter.fontMetrics().horizontalAdvance(shown) + theme.px(8)
        text, role, weight, ink = right
        painter.setFont(theme.font(role, weight, figures=True))
        painter.setPen(theme.colour(ink))
        rest = box.adjusted(used, 0, 0, 0)
        if rest.width() > 0:
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, int(middle | Qt.AlignmentFlag.AlignRight), shown)


class AccountList(QFrame):
    """`chosen` carries the number of the account. Its menu copies that number, and resets practice accounts."""

    chosen = Signal(object)
    reset_wanted = Signal(object)
    copied = Signal(str)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._theme = theme
        self._language = language
        self._practice = False
        self.setFixedWidth(theme.px(214))
        self.model = AccountModel(language)
        self.view = QListView()
        self.view.setObjectName("accounts")
        self.view.setModel(self.model)
        self.view.setItemDelegate(_AccountDelegate(theme, self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setMouseTracking(True)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self.open_menu)
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        theme.changed.connect(self.view.viewport().update)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(self.view)
        self.view.installEventFilter(self)

    def draw(self, accounts: tuple[AccountRow, ...], practice: bool, selected: int) -> None:
        """Show the accounts with one chosen."""
        self._practice = practice
        self.view.setAccessibleName(self._language.text("Accounts"))
        self.model.show_accounts(accounts, practice)
        row = self.model.row_of(selected)
        if row >= 0 and self.view.currentIndex().row() != row:
            flags = QItemSelectionModel.SelectionFlag
            self.view.selectionModel().setCurrentIndex(self.model.index(row), flags.ClearAndSelect)

    def open_menu(self, position: QPoint) -> None:
        """Open the menu of the account at a place of the view."""
        index = self.view.indexAt(position)
        if not index.isValid() or (account := self.model.entry(index).account) is None:
            return
        text = self._language.text
        menu = QMenu(self)
        menu.setObjectName("tradingAccountMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._theme.icon("copy"), text("Copy account ID"), lambda: self._copy(account))
        if self._practice:
            menu.addSeparator()
            reset = menu.addAction(
                self._theme.icon("rotate-ccw", "negative"),
                text("Reset practice account…"),
                lambda: self.reset_wanted.emit(account),
            )
            reset.setEnabled(not account.disabled)
        menu.popup(self.view.viewport().mapToGlobal(position))

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """The frame is the focus ring."""
        if event.type() in (event.Type.FocusIn, event.Type.FocusOut):
            self.update()
        return False

    def paintEvent(self, event: Any) -> None:
        """Draw the card, and the ring while the list has the focus."""
        super().paintEvent(event)
        if self.view.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)

    def _current_changed(self, index: QModelIndex) -> None:
        if index.isValid() and (account := self.model.entry(index).account) is not None:
            self.chosen.emit(account.account_id)

    def _copy(self, account: AccountRow) -> None:
        QGuiApplication.clipboard().setText(str(account.account_id))
        self.copied.emit("")
