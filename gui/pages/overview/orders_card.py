"""The card of today's orders: how many, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.model.trading_status import StatusCount, TradingOverview
from gui.language.figures import count_text
from gui.language.trading_words import CANCELLED, FILLED, OPEN, REJECTED, status_group
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.card import Card
from gui.widgets.labels import TextLabel
from gui.widgets.stacked_bar import BarPart, StackedBar

# Groups in the order of the bar, each with its colour. What has no group has an unknown result.
GROUP_COLOURS: Final = {
    FILLED: "chart.series[0]",
    OPEN: "chart.series[2]",
    CANCELLED: "chart.series[7]",
    REJECTED: "chart.series[1]",
    "": "warn",
}


class _Swatch(QWidget):
    """A small square in the colour of a part of the bar."""

    def __init__(self, theme: Theme, colour: str) -> None:
        super().__init__()
        self._theme, self._colour = theme, colour
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self._theme.px(8), self._theme.px(8))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._colour))
        painter.drawRoundedRect(QRectF(self.rect()), 2, 2)


class OrdersCard(Card):
    """Orders of real and practice-real accounts; those of simulated accounts are only counted beside them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "wallet", opens=True, parent=parent)
        self.setObjectName("cardOrders")
        px = theme.px
        self.simulated = TextLabel("small", "muted")
        self.heading.addWidget(self.simulated)
        self.figure = TextLabel("figure", figures=True)
        self._none = TextLabel("body", "muted")
        self.bar = StackedBar(theme)
        row = QHBoxLayout()
        row.addWidget(self.figure)
        row.addWidget(self._none)
        row.addStretch(1)
        legend = QHBoxLayout()
        legend.setSpacing(px(4))
        self._legend: dict[str, tuple[_Swatch, TextLabel]] = {}
        for group, colour in GROUP_COLOURS.items():
            swatch, word = _Swatch(theme, colour), TextLabel("small", "secondary", figures=True)
            legend.addWidget(swatch)
            legend.addWidget(word)
            legend.addStretch(1)
            self._legend[group] = (swatch, word)
        self.body.addSpacing(px(3))
        self.body.addLayout(row)
        self.body.addSpacing(px(6))
        self.body.addWidget(self.bar)
        self.body.addStretch(1)
        self.body.addLayout(legend)

    @property
    def legend(self) -> list[str]:
        """The words under the bar that are shown."""
        return [word.text() for _, word in self._legend.values() if not word.isHidden()]

    def draw(self, trading: TradingOverview, language: WindowLanguage) -> None:
        """Show today's orders."""
        text = language.text
        counts = _by_group(trading.real_orders)
        total, simulated = sum(counts.values()), sum(row.count for row in trading.simulated_orders)
        self.title.setText(text("Orders today"))
        aside = text("+ {count} simulated", count=count_text(simulated)) if simulated else ""
        self.simulated.setText(aside)
        self.setToolTip(aside)
        self.figure.setText(count_text(total) if total else "")
        self.figure.setVisible(total > 0)
        self._none.setText(text("No orders today") if trading.accounts else text("No accounts"))
        self._none.setVisible(total == 0)
        self.bar.show_parts([BarPart(counts[group], colour) for group, colour in GROUP_COLOURS.items()])
        words = {
            FILLED: text("Filled {count}", count=count_text(counts[FILLED])),
            OPEN: text("Open {count}", count=count_text(counts[OPEN])),
            CANCELLED: text("Cancelled {count}", count=count_text(counts[CANCELLED])),
            REJECTED: text("Rejected {count}", count=count_text(counts[REJECTED])),
            "": text("Unknown {count}", count=count_text(counts[""])),
        }
        shown = []
        for group, (swatch, word) in self._legend.items():
            visible = total > 0 and (group != "" or counts[group] > 0)
            word.setText(words[group])
            word.setVisible(visible)
            swatch.setVisible(visible)
            shown += [words[group]] if visible else []
        said = [text("Orders today"), count_text(total) if total else self._none.text(), *shown, aside]
        self.bar.setAccessibleName(", ".join(shown))
        self.setAccessibleName(
            text("{what}. Opens Trading.", what=", ".join(part for part in said if part)),
        )


def _by_group(rows: Sequence[StatusCount]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[status_group(row.status)] += row.count
    return counts
