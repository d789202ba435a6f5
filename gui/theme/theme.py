"""The theme in use (light, dark or as the system says): colours, fonts, icons and sizes. It can change live."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from gui.theme.design_tokens import DARK, LIGHT, DesignTokens
from gui.theme.fonts import make_font, register_bundled_fonts
from gui.theme.icons import IconRenderer
from gui.theme.palette import make_palette
from gui.theme.style_sheet import make_style_sheet

SYSTEM = "system"
# For the command line of QApplication: the one style that style sheets draw alike on every system. Set later, Qt would
# make the system's own style first and PySide6 all of QStyle's enumerations: 5 to 10 ms of a start.
STYLE_ARGUMENTS = ("-style", "Fusion")
THEME_CHOICES = (SYSTEM, LIGHT, DARK)
TEXT_SIZES = (0.9, 1.0, 1.15, 1.3)
GREEN_UP, RED_UP, BLUE_UP = "greenUp", "redUp", "blueUp"


class Theme(QObject):
    """One per program. Widgets draw from it and redraw themselves on `changed`.

    The QApplication is made with STYLE_ARGUMENTS.
    """

    changed = Signal()

    def __init__(self, resources: Path, choice: str = SYSTEM, text_size: float = 1.0) -> None:
        super().__init__()
        self._resources = resources
        self._choice = choice if choice in THEME_CHOICES else SYSTEM
        self._text_size = min(TEXT_SIZES, key=lambda size: abs(size - text_size))
        self._price_scheme = GREEN_UP
        self._tokens = DesignTokens.load(resources / "themes" / "tokens.json")
        self._icons = IconRenderer(resources / "icons", self._tokens.icon_stroke)
        self._colours = self._tokens.colours(LIGHT)
        self._name = LIGHT
        self._high_contrast = False
        self._applied = False
        self._shown_text_size = 0.0

    def start(self) -> None:
        """Register fonts, put the style on the application and follow the system from now on."""
        application = _application()
        register_bundled_fonts(self._resources / "fonts")
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        if hasattr(hints, "accessibility"):
            hints.accessibility().contrastPreferenceChanged.connect(self._system_changed)
        self._apply()

    @property
    def choice(self) -> str:
        """`system`, `light` or `dark`."""
        return self._choice

    @property
    def name(self) -> str:
        """The theme shown now: `light` or `dark`."""
        return self._name

    @property
    def text_size(self) -> float:
        """Factor on all type sizes and on rows and controls: 0.9, 1.0, 1.15 or 1.3."""
        return self._text_size

    @property
    def tokens(self) -> DesignTokens:
        """The token file behind the theme."""
        return self._tokens

    def set_choice(self, choice: str) -> None:
        """Show `light`, `dark` or what the system says, at once."""
        if choice != self._choice and choice in THEME_CHOICES:
            self._choice = choice
            self._apply()

    def set_text_size(self, text_size: float) -> None:
        """Change the factor. Windows take fixed sizes when they are built, so they are built anew afterwards."""
        if text_size != self._text_size and text_size in TEXT_SIZES:
            self._text_size = text_size
            self._apply()

    def set_price_scheme(self, scheme: str) -> None:
        """Ink of rising and falling prices: greenUp, redUp or blueUp. Status colours stay as they are."""
        if scheme != self._price_scheme:
            self._price_scheme = scheme
            self.changed.emit()

    def colour(self, name: str) -> QColor:
        """A colour by token name; `market.up` and `market.down` follow the price scheme."""
        return QColor(self.colour_text(name))

    def colour_text(self, name: str) -> str:
        """The same as `#RRGGBB`, for rich text."""
        if name in ("market.up", "market.down"):
            name = f"market.{self._price_scheme}.{name.removeprefix('market.')}"
        plain = self._colours.get(name)
        return plain if plain is not None else self._tokens.colour(self._name, name)

    def area_colour(self, name: str) -> QColor:
        """The translucent fill under a chart line of that colour."""
        colour = self.colour(name)
        colour.setAlphaF(self._tokens.area_opacity(self._name))
        return colour

    def px(self, size: float) -> int:
        """Logical pixels of a design size at the present text size."""
        return round(size * self._text_size)

    def font(self, role: str, weight: int | None = None, *, figures: bool = False) -> QFont:
        """The font of a type role of the tokens, with another weight if given, with tabular figures if wanted."""
        font = make_font(self._tokens, self._tokens.type_roles[role], self._text_size, figures=figures)
        if weight is not None:
            font.setWeight(QFont.Weight(weight))
        return font

    def pixmap(self, name: str, colour: str = "textSecondary", size: int = 14, ratio: float | None = None) -> QPixmap:
        """An icon file in a token's colour; `size` is the design size."""
        return self._icons.pixmap(name, self.colour_text(colour), self.px(size), ratio or _device_ratio())

    def icon(self, name: str, colour: str = "textSecondary", size: int = 14, gap: int = 0) -> QIcon:
        """The same as an icon with its greyed form; `gap` is empty room at its right, before a button's text."""
        icon = QIcon(self._with_gap(self.pixmap(name, colour, size), gap))
        icon.addPixmap(self._with_gap(self.pixmap(name, "textDisabled", size), gap), QIcon.Mode.Disabled)
        return icon

    def _with_gap(self, pixmap: QPixmap, gap: int) -> QPixmap:
        if not gap:
            return pixmap
        ratio = pixmap.devicePixelRatio()
        wide = QPixmap(pixmap.width() + round(self.px(gap) * ratio), pixmap.height())
        wide.setDevicePixelRatio(ratio)
        wide.fill(Qt.GlobalColor.transparent)
        painter = QPainter(wide)
        painter.drawPixmap(0, 0, pixmap)
        painter.end()
        return wide

    def window_icon(self) -> QIcon:
        """The program's logo at the sizes desktops ask for."""
        icon = QIcon()
        for size in (16, 24, 32, 48, 64, 128, 256):
            icon.addPixmap(self._icons.pixmap("logo", self._tokens.colour(LIGHT, "accent"), size, 1.0))
        return icon

    def _system_changed(self, *_: object) -> None:
        self._apply()

    def _apply(self) -> None:
        application = _application()
        hints = application.styleHints()
        name = self._choice
        if name == SYSTEM:
            name = DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT
        high_contrast = (
            hasattr(hints, "accessibility")
            and hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
        )
        state = (name, high_contrast, self._text_size)
        if self._applied and state == (self._name, self._high_contrast, self._shown_text_size):
            return
        self._applied = True
        self._name, self._high_contrast, self._shown_text_size = state
        self._colours = self._tokens.colours(name)
        if high_contrast:
            for border in ("border", "borderSubtle", "borderControl"):
                self._colours[border] = self._colours["borderStrong"]
            self._colours["textMuted"] = self._colours["textSecondary"] = self._colours["text"]
        application.setPalette(make_palette(self._colours))
        application.setFont(self.font("body"))
        application.setStyleSheet(make_style_sheet(self._colours, self._tokens, self._text_size))
        self.changed.emit()


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication), "the theme needs a QApplication"
    return application


def _device_ratio() -> float:
    return max(1.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens()), 1.0)
