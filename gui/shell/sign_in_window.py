"""The sign-in window: four sources, one button. Practice is chosen first, so Enter is enough."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.model.controls import SignInRequest, SourceKind
from core.model.errors import UserFacingError
from gui.language.window_language import LANGUAGE_NAMES, WindowLanguage
from gui.preferences import Preferences
from gui.shell.sign_in_forms import LaterNote, PracticeForm
from gui.theme.theme import Theme
from gui.widgets.buttons import LINK, PRIMARY, QUIET, RING_ROOM, MenuButton, TextButton
from gui.widgets.disclosure import Disclosure
from gui.widgets.labels import IconLabel, TextLabel
from gui.widgets.source_tile import SourceTile

if TYPE_CHECKING:
    from gui.shell.endpoint_form import EndpointForm
    from gui.widgets.inline_message import InlineMessage

_WIDTH, _HEIGHT, _MAX_HEIGHT = 460, 622, 720
_TILES = (
    (SourceKind.PRACTICE, "srcPractice", "flask-conical", "Practice", "Simulated exchange"),
    (SourceKind.FUTUBULL, "srcFutubull", "user", "Futubull", "CN, HK accounts"),
    (SourceKind.MOOMOO, "srcMoomoo", "globe", "moomoo", "US, SG, AU, JP, CA, MY"),
    (SourceKind.REMOTE, "srcRemote", "server", "Remote OpenD", "Already running elsewhere"),
)
_BUTTON_WORDS = {
    SourceKind.PRACTICE: "Start practice",
    SourceKind.FUTUBULL: "Sign in",
    SourceKind.MOOMOO: "Sign in",
    SourceKind.REMOTE: "Connect",
}


class SignInWindow(QWidget):
    """`sign_in_wanted` carries a SignInRequest; the flow answers with `show_progress` and `show_error`."""

    sign_in_wanted = Signal(object)
    quit_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        language: WindowLanguage,
        preferences: Preferences,
        *,
        version: str,
        title: str,
        initial_speed: float,
        api_endpoint: tuple[str, int],
    ) -> None:
        super().__init__()
        self.setProperty("page", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(title)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint, False)
        self._theme = theme
        self._language = language
        self._preferences = preferences
        self._version = version
        self._busy = False
        self._error: Exception | None = None
        self._error_time = 0.0
        self._free_port = 0
        self._closing = False
        self._api_endpoint = api_endpoint
        self._endpoints: EndpointForm | None = None
        self._later: LaterNote | None = None
        self._message: InlineMessage | None = None
        self._built = False
        self._build(initial_speed)
        self._built = True
        self._set_tab_order()
        language.changed.connect(self.retranslate)
        self.retranslate()
        self.setFixedWidth(theme.px(_WIDTH))
        self._fit_height()

    # ---- what the flow asks and tells

    @property
    def source(self) -> SourceKind:
        """The chosen source."""
        return next(kind for kind, tile in self.tiles.items() if tile.isChecked())

    def request(self) -> SignInRequest | None:
        """What the form says now, or None while a field is wrong."""
        address, port = self._api_endpoint
        if self._endpoints is not None:
            address, chosen = self._endpoints.chosen_address, self._endpoints.chosen_port
            if chosen is None:
                return None
            port = chosen
        return SignInRequest(self.source, self.practice.speed, address, port)

    def show_progress(self, busy: bool) -> None:
        """While the gateway starts, the form cannot be changed."""
        self._busy = busy
        for widget in (*self.tiles.values(), self.practice):
            widget.setEnabled(not busy)
        if self._endpoints is not None:
            self._endpoints.set_busy(busy)
        self._show_source()
        if not busy and self.button.isEnabled():
            self.button.setFocus()

    def show_error(self, error: Exception) -> None:
        """Say what happened above the button, with the way out where there is one."""
        self._error = error
        self._error_time = time.time()
        self._draw_error()
        self._fit_height()

    def close_for_good(self) -> None:
        """Close without quitting the program."""
        self._closing = True
        self.close()

    # ---- events

    def retranslate(self) -> None:
        """Set all texts in the present language."""
        text = self._language.text
        self.subtitle.setText(text("A local gateway for OpenD clients"))
        for kind, _, _, name, line in _TILES:
            self.tiles[kind].set_texts(
                text(name), text(line), text("Account source, {name}, {line}", name=text(name), line=text(line))
            )
        if self._endpoints is not None:
            self._endpoints.retranslate()
        self.more.set_text(text("More: ports and addresses"))
        self.lang.setText(LANGUAGE_NAMES[self._language.language])
        self.lang.setAccessibleName(text("Language: {name}", name=self.lang.text()))
        self.help.setText(text("Help"))
        self.help.setAccessibleName(text("Help"))
        self.version.setText(self._version)
        self._endpoints_changed()
        self._show_source()
        self._draw_error()

    def showEvent(self, event: QShowEvent) -> None:
        """The button has the focus, so Enter starts at once."""
        super().showEvent(event)
        if self.button.isEnabled():
            self.button.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter anywhere presses the button."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.button.click()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing this window quits: nothing is served yet."""
        if not self._closing:
            self._closing = True
            self.quit_wanted.emit()
        super().closeEvent(event)

    # ---- parts

    # The first paint does not wait for parts that are hidden at first: they are made when they are first asked for.

    @property
    def endpoints(self) -> EndpointForm:
        """The form below More."""
        if self._endpoints is None:
            from gui.shell.endpoint_form import EndpointForm

            self._endpoints = EndpointForm(self._theme, self._language, self._api_endpoint)
            self._endpoints.hide()
            self._endpoints_place.addWidget(self._endpoints)
            self._endpoints.retranslate()
            self._endpoints.set_busy(self._busy)
            self._endpoints.changed.connect(self._endpoints_changed)
            self._set_tab_order()
        return self._endpoints

    @property
    def later(self) -> LaterNote:
        """What stands in place of the practice form while a source is chosen that comes later."""
        if self._later is None:
            self._later = LaterNote(self._theme, self._language)
            self.forms.addWidget(_at_top(self._later))
        return self._later

    @property
    def error(self) -> InlineMessage:
        """The sentence above the button."""
        if self._message is None:
            from gui.widgets.inline_message import InlineMessage

            self._message = InlineMessage(self._theme, ("usePort", "copyDetails"))
            self._message.setObjectName("signInError")
            self._message.link_clicked.connect(self._error_link)
            self._message_place.addWidget(self._message)
        return self._message

    def _build(self, initial_speed: float) -> None:
        theme, px = self._theme, self._theme.px
        # From the outside in: a widget that changes its parent is styled again, with all that is in it.
        window = QVBoxLayout(self)
        window.setContentsMargins(0, 0, 0, 0)
        window.setSpacing(0)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = body = QWidget()
        body.setProperty("page", "true")
        self.area.setWidget(body)
        window.addWidget(self.area, 1)
        window.addWidget(self._build_footer())
        # The button's focus ring needs room at both sides, so everything else is set in by that room.
        margin = px(28) - px(RING_ROOM)
        outer = QVBoxLayout(body)
        outer.setContentsMargins(margin, px(28), margin, px(8))
        outer.setSpacing(0)
        column = _set_in(outer, px(RING_ROOM))
        column.addLayout(self._build_head())
        column.addSpacing(px(18))
        column.addLayout(self._build_tiles())
        column.addSpacing(px(14))
        self.practice = PracticeForm(theme, self._language, initial_speed)
        self.forms = QStackedWidget()
        column.addWidget(self.forms)
        self.forms.addWidget(self.practice)
        self._message_place = QVBoxLayout()
        column.addLayout(self._message_place)
        column.addSpacing(px(18) - RING_ROOM)
        self.button = TextButton(theme, PRIMARY)
        self.button.setProperty("large", "true")
        self.button.clicked.connect(self._start)
        outer.addWidget(self.button)
        column = _set_in(outer, px(RING_ROOM))
        column.addSpacing(px(10) - RING_ROOM)
        self.hint = TextLabel("small", "muted")
        self.hint.setObjectName("hint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.hint)
        outer.addStretch(1)
        column = _set_in(outer, px(RING_ROOM))
        column.addSpacing(px(10))
        self.more = Disclosure(theme)
        self.more.setObjectName("more")
        self.more.toggled.connect(self._toggle_more)
        column.addWidget(self.more)
        self._endpoints_place = QVBoxLayout()
        column.addLayout(self._endpoints_place)
        column.addSpacing(px(4))

    def _build_head(self) -> QHBoxLayout:
        px = self._theme.px
        name = TextLabel("windowTitle")
        name.setText("Gatehouse")
        self.subtitle = TextLabel("small", "muted")
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(name)
        texts.addWidget(self.subtitle)
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addWidget(IconLabel(self._theme, "logo", "accent", 40))
        row.addLayout(texts)
        row.addStretch(1)
        return row

    def _build_tiles(self) -> QGridLayout:
        px = self._theme.px
        grid = QGridLayout()
        grid.setSpacing(px(8))
        group = QButtonGroup(self)
        self.tiles: dict[SourceKind, SourceTile] = {}
        for number, (kind, name, icon, _, _) in enumerate(_TILES):
            tile = SourceTile(self._theme, icon)
            tile.setObjectName(name)
            tile.setChecked(kind is SourceKind.PRACTICE)
            tile.toggled.connect(lambda on: self._source_changed() if on else None)
            group.addButton(tile)
            grid.addWidget(tile, number // 2, number % 2)
            grid.setColumnStretch(number % 2, 1)
            self.tiles[kind] = tile
            shortcut = QShortcut(QKeySequence(f"Alt+{number + 1}"), self)
            shortcut.activated.connect(lambda tile=tile: self._choose(tile))
        return grid

    def _build_footer(self) -> QFrame:
        px = self._theme.px
        footer = QFrame()
        footer.setObjectName("footer")
        footer.setFixedHeight(px(45))
        self.lang = MenuButton(self._theme, QUIET, "globe")
        self.lang.setObjectName("lang")
        self.lang.clicked.connect(self._open_languages)
        self.help = TextButton(self._theme, LINK)
        self.help.setObjectName("help")
        self.help.clicked.connect(self._open_help)
        self.version = TextLabel("body", "muted")
        self.version.setObjectName("version")
        row = QHBoxLayout(footer)
        row.setContentsMargins(px(9), 0, px(16), 0)
        row.setSpacing(px(8))
        row.addWidget(self.lang)
        row.addStretch(1)
        row.addWidget(self.help)
        row.addWidget(self.version)
        help_key = QShortcut(QKeySequence(QKeySequence.StandardKey.HelpContents), self)
        help_key.activated.connect(self._open_help)
        quit_key = QShortcut(QKeySequence("Ctrl+Q"), self)
        quit_key.activated.connect(self.close)
        return footer

    def _set_tab_order(self) -> None:
        order = [
            *self.tiles.values(),
            *self.practice.speed_choice.buttons,
            self.button,
            self.more,
            *((self._endpoints.address, self._endpoints.port) if self._endpoints is not None else ()),
            self.lang,
            self.help,
        ]
        for first, second in itertools.pairwise(order):
            self.setTabOrder(first, second)

    # ---- behaviour

    def _choose(self, tile: SourceTile) -> None:
        if tile.isEnabled():
            tile.setChecked(True)
            tile.setFocus()

    def _source_changed(self) -> None:
        if not self._built:
            return
        self._error = None
        self._draw_error()
        self._show_source()

    def _show_source(self) -> None:
        text, source = self._language.text, self.source
        is_practice = source is SourceKind.PRACTICE
        self.practice.retranslate(self._endpoint_texts()[1])
        if is_practice:
            self.forms.setCurrentIndex(0)
        else:
            self.later.show_source(source)
            self.forms.setCurrentIndex(1)
        self.button.setObjectName(
            {SourceKind.PRACTICE: "btnStart", SourceKind.REMOTE: "btnConnect"}.get(source, "btnSignIn")
        )
        self.button.setText(text("Starting…") if self._busy else text(_BUTTON_WORDS[source]))
        self.button.setAccessibleName(self.button.text())
        self.button.setEnabled(is_practice and not self._busy)
        reason = text("This source is not available in this version yet.")
        self.button.setToolTip("" if is_practice else reason)
        self.hint.setText(text("Nothing is sent to any broker.") if is_practice else reason)

    def _start(self) -> None:
        if self._endpoints is not None and not self._endpoints.validate():
            self.more.set_open(True)
            self.endpoints.port.setFocus()
            return
        self._error = None
        self._draw_error()
        request = self.request()
        if request is not None:
            self.sign_in_wanted.emit(request)

    def _endpoints_changed(self) -> None:
        if not self._built:
            return
        self.more.set_summary(":".join(self._endpoint_texts()))
        self._show_source()
        self._fit_height()

    def _endpoint_texts(self) -> tuple[str, str]:
        """Address and port as they are shown."""
        if self._endpoints is not None:
            return self._endpoints.chosen_address, self._endpoints.port_text
        address, port = self._api_endpoint
        return address, str(port) if port else self._language.text("Any free")

    def _toggle_more(self, is_open: bool) -> None:
        if is_open:
            self.endpoints.open_addresses()
        self.endpoints.setVisible(is_open)
        self._fit_height()
        if is_open:
            self.area.ensureWidgetVisible(self.endpoints)

    def _fit_height(self) -> None:
        px = self._theme.px
        layout = self._body.layout()
        need = self._body.sizeHint().height()
        if layout is not None:
            layout.activate()
            # Texts that wrap need more height than the hint for any width says.
            need = max(need, layout.totalHeightForWidth(px(_WIDTH)))
        need += px(45)
        self.setFixedHeight(max(px(_HEIGHT), min(px(_MAX_HEIGHT), need)))

    def _draw_error(self) -> None:
        error, text = self._error, self._language.text
        if error is None:
            if self._message is not None:
                self._message.clear()
            self._free_port = 0
            return
        from gui.language.problem_texts import problem_sentence  # most starts go well

        links = {"copyDetails": text("Copy details")}
        port = error.facts.get("free_port") if isinstance(error, UserFacingError) else None
        self._free_port = int(str(port)) if port is not None and str(port).isdigit() else 0
        if self._free_port:
            links["usePort"] = text("Use {port}", port=self._free_port)
        self.error.show_text("error", problem_sentence(error, self._language), links)

    def _error_link(self, key: str) -> None:
        if key == "usePort" and self._free_port:
            self.endpoints.set_port(self._free_port)
            self._start()
        elif key == "copyDetails" and self._error is not None:
            from gui.language.problem_texts import problem_details

            QGuiApplication.clipboard().setText(
                problem_details(self._error, "sign-in", self._version, self._error_time, self._language)
            )

    def _open_languages(self) -> None:
        from PySide6.QtWidgets import QMenu

        from gui.shell.choice_menus import fill_languages

        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill_languages(menu, self._language, self._preferences)
        menu.popup(self.lang.mapToGlobal(self.lang.rect().topLeft()))

    def _open_help(self) -> None:
        from gui.shell.information import help_dialog

        help_dialog(self._theme, self._language, self, ":".join(self._endpoint_texts())).open()


def _set_in(outer: QVBoxLayout, room: int) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setContentsMargins(room, 0, room, 0)
    column.setSpacing(0)
    outer.addLayout(column)
    return column


def _at_top(widget: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(widget)
    column.addStretch(1)
    return holder


def sign_in_source_texts() -> set[str]:
    """Every English source text of the tables in this file, for the check that translations are complete."""
    return {text for *_, name, line in _TILES for text in (name, line)} | set(_BUTTON_WORDS.values())
