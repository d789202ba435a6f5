"""The small button that chooses in which currency the figures of an account are shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QFont, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QStyle, QStyleOptionToolButton, QStylePainter, QToolButton, QWidget

from core.model.trading import Currency
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme

_CHEVRON: Final = 11


class CurrencyChoice(QToolButton):
    """`chosen` carries a Currency. Hidden while there is nothing to choose."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fundsCurrency")
        self._theme = theme
        self._language = language
        self._currencies: tuple[Currency, ...] = ()
        self._shown: Currency | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open_menu)
        theme.changed.connect(self.update)
        self.hide()

    def draw(self, currency: Currency | None, currencies: tuple[Currency, ...]) -> None:
        """Show the present one of those that can be chosen."""
        self._shown, self._currencies = currency, currencies
        self.setVisible(currency is not None and len(currencies) > 1)
        if currency is not None:
            name = self._language.text("Show amounts in")
            self.setText(self._language.text(currency.name))
            self.setAccessibleName(f"{name} {self.text()}")
            self.setToolTip(name)
            self.updateGeometry()

    def open_menu(self) -> None:
        """Offer the currencies."""
        menu = QMenu(self)
        menu.setObjectName("currencyMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        for currency in self._currencies:
            action = menu.addAction(self._language.text(currency.name))
            action.setCheckable(True)
            action.setChecked(currency is self._shown)
            action.triggered.connect(lambda _=False, currency=currency: self.chosen.emit(currency))
            group.addAction(action)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def sizeHint(self) -> QSize:
        """Word and chevron, close together: the figure's label stands beside them."""
        px = self._theme.px
        return QSize(px(3) + self._word_width() + px(2) + px(_CHEVRON) + px(3), px(20))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button's ground, then the word with the chevron after it."""
        px, painter, option = self._theme.px, QStylePainter(self), QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setFont(self._font)
        painter.setPen(self._theme.colour("text"))
        word = QRect(px(3), 0, self._word_width(), self.height())
        painter.drawText(word, int(Qt.AlignmentFlag.AlignVCenter), self.text())
        top, ratio = (self.height() - px(_CHEVRON)) // 2, self.devicePixelRatioF()
        chevron = self._theme.pixmap("chevron-down", "textSecondary", _CHEVRON, ratio)
        painter.drawPixmap(word.right() + 1 + px(2), top, chevron)

    @property
    def _font(self) -> QFont:
        return self._theme.font("small", 500)

    def _word_width(self) -> int:
        return QFontMetrics(self._font).horizontalAdvance(self.text()) + 1
