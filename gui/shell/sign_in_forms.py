"""Between the tiles and the button of the sign-in window: the practice form, or a note that a source comes later."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.model.controls import SourceKind
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.labels import IconLabel, TextLabel
from gui.widgets.segmented_control import SegmentedControl

_SPEEDS: dict[float, str] = {1: "Real time", 5: "5×", 20: "20×", 0: "As fast as possible"}
_PRACTICE_FACTS = (
    "Simulated HK, US and mainland China quotes",
    "Ticks, order books and K-lines at any hour",
    "Your scripts connect to port {port} and need no change",
)
SOURCE_NAMES = {
    SourceKind.PRACTICE: "Practice",
    SourceKind.FUTUBULL: "Futubull",
    SourceKind.MOOMOO: "moomoo",
    SourceKind.REMOTE: "Remote OpenD",
}
_LATER_TEXTS = {
    SourceKind.FUTUBULL: "Signing in to Futubull through the official OpenD comes in a later version.",
    SourceKind.MOOMOO: "Signing in to moomoo through the official OpenD comes in a later version.",
    SourceKind.REMOTE: "Connecting to an OpenD that runs elsewhere comes in a later version.",
}


class PracticeForm(QWidget):
    """The facts about practice and the market speed."""

    def __init__(
        self, theme: Theme, language: WindowLanguage, initial_speed: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._language = language
        px = theme.px
        self.note = QFrame()
        self.note.setObjectName("practiceNote")
        self.note.setProperty("card", "true")
        self._heading = TextLabel("bodyStrong")
        self._facts: list[TextLabel] = []
        rows = QVBoxLayout(self.note)
        rows.setContentsMargins(px(14), px(14), px(14), px(16))
        rows.setSpacing(px(10))
        rows.addWidget(self._heading)
        for _ in _PRACTICE_FACTS:
            row = QHBoxLayout()
            row.setSpacing(px(9))
            row.addWidget(IconLabel(theme, "check", "positive", 14))
            fact = TextLabel("body", "secondary")
            self._facts.append(fact)
            row.addWidget(fact, 1)
            rows.addLayout(row)
        self._speed_label = TextLabel("small", "secondary", 500)
        # A speed given at the start that is none of the four is offered as a fifth.
        self._speeds = dict(_SPEEDS)
        if initial_speed not in self._speeds:
            self._speeds[initial_speed] = f"{initial_speed:g}×"
        self.speed_choice = SegmentedControl([f"{speed:g}" for speed in self._speeds], fill=True)
        self.speed_choice.setObjectName("practiceSpeed")
        self.speed_choice.choose(f"{initial_speed:g}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.note)
        column.addSpacing(px(13))
        column.addWidget(self._speed_label)
        column.addSpacing(px(5))
        column.addWidget(self.speed_choice)

    @property
    def speed(self) -> float:
        """1, 5, 20, 0 for as fast as possible, or the speed the program was started with."""
        return float(self.speed_choice.current)

    def retranslate(self, port: str) -> None:
        """Set all texts; `port` is where scripts connect."""
        text = self._language.text
        self._heading.setText(text("Start with no account"))
        for label, fact in zip(self._facts, _PRACTICE_FACTS, strict=True):
            label.setText(text(fact, port=port))
        self._speed_label.setText(text("Market speed"))
        for speed, word in self._speeds.items():
            self.speed_choice.set_text(f"{speed:g}", text(word))
        self.speed_choice.set_name(text("Market speed"))


class LaterNote(QFrame):
    """Says that a source comes later and what works today."""

    def __init__(self, theme: Theme, language: WindowLanguage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("laterNote")
        self.setProperty("card", "true")
        self._language = language
        px = theme.px
        self._heading = TextLabel("bodyStrong")
        self._sentence = TextLabel("body", "secondary")
        self._sentence.setWordWrap(True)
        self._advice = TextLabel("body", "secondary")
        self._advice.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(IconLabel(theme, "clock", "info", 16))
        head.addWidget(self._heading, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(13), px(14), px(14))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addWidget(self._sentence)
        column.addWidget(self._advice)

    def show_source(self, source: SourceKind) -> None:
        """Set the texts for a source that cannot be used yet."""
        text = self._language.text
        if source in _LATER_TEXTS:
            self._heading.setText(text("{source} comes later", source=text(SOURCE_NAMES[source])))
            self._sentence.setText(text(_LATER_TEXTS[source]))
            self._advice.setText(text("Choose Practice to start now: it needs no account and no network."))


def form_source_texts() -> set[str]:
    """Every English source text of the tables in this file, for the check that translations are complete."""
    return {*_SPEEDS.values(), *_PRACTICE_FACTS, *SOURCE_NAMES.values(), *_LATER_TEXTS.values()}
