"""The theme: proved contrast, a complete style sheet, live changes, icons and fonts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QApplication, QLabel

from gui.theme.design_tokens import DARK, LIGHT, DesignTokens, contrast_ratio
from gui.theme.icons import IconRenderer
from gui.theme.style_sheet import make_style_sheet
from gui.theme.theme import Theme
from tests.gui.fake_gateway import RESOURCES

TOKENS = DesignTokens.load(RESOURCES / "themes" / "tokens.json")
GUI = Path(__file__).parents[2] / "gui"


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(RESOURCES, LIGHT)
    made.start()
    yield made
    made.set_choice(LIGHT)
    made.set_text_size(1.0)


@pytest.mark.parametrize("name", [LIGHT, DARK])
def test_every_pair_has_its_contrast(name: str) -> None:
    pairs = TOKENS.contrast_pairs(name)
    assert len(pairs) > 100
    for foreground, background, recorded, required in pairs:
        ratio = contrast_ratio(TOKENS.colour(name, foreground), TOKENS.colour(name, background))
        assert ratio == pytest.approx(recorded, abs=0.02), (foreground, background)
        assert ratio >= required, (foreground, background)


def test_contrast_of_black_and_white_is_the_largest() -> None:
    assert contrast_ratio("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast_ratio("#FFFFFF", "#FFFFFF") == pytest.approx(1.0)


@pytest.mark.parametrize("name", [LIGHT, DARK])
def test_style_sheet_has_nothing_left_to_fill_in(name: str) -> None:
    sheet = make_style_sheet(TOKENS.colours(name), TOKENS, 1.15)
    assert not re.search(r"@\w|<\d", sheet)
    assert TOKENS.colour(name, "accent") in sheet
    assert sheet.count("{") == sheet.count("}")


def test_no_colour_literal_outside_the_theme() -> None:
    literal = re.compile(r"#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b|QColor\(\s*\d|Qt\.GlobalColor\.(?!transparent)")
    offenders = [
        str(file.relative_to(GUI))
        for file in GUI.rglob("*.py")
        if "theme" not in file.parts and literal.search(file.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_theme_changes_live(theme: Theme, qapp: QApplication) -> None:
    changes: list[str] = []
    theme.changed.connect(lambda: changes.append(theme.name))
    theme.set_choice(DARK)
    assert changes == [DARK]
    assert theme.colour("background").name().upper() == TOKENS.colour(DARK, "background")
    assert TOKENS.colour(DARK, "surface") in qapp.styleSheet()
    theme.set_choice(DARK)
    assert changes == [DARK], "the same choice changes nothing"


def test_price_inks_follow_their_scheme_and_status_inks_do_not(theme: Theme) -> None:
    status = theme.colour_text("positive")
    green_up = theme.colour_text("market.up")
    theme.set_price_scheme("redUp")
    assert theme.colour_text("market.up") != green_up
    assert theme.colour_text("market.down") == green_up
    assert theme.colour_text("positive") == status


def test_text_size_scales_fonts_and_sizes(theme: Theme) -> None:
    assert (theme.px(30), theme.font("body").pixelSize()) == (30, 13)
    theme.set_text_size(1.3)
    assert (theme.px(30), theme.font("body").pixelSize()) == (39, 17)


def test_figures_keep_their_feature_under_the_style_sheet(theme: Theme) -> None:
    from gui.widgets.labels import TextLabel

    label = TextLabel("small", figures=True)
    label.ensurePolished()
    assert label.font().isFeatureSet(QFont.Tag("tnum"))
    assert label.font().pixelSize() == 12
    plain = QLabel()
    plain.ensurePolished()
    assert not plain.font().isFeatureSet(QFont.Tag("tnum"))


def test_icons_take_the_colour_and_the_ratio(qapp: QApplication) -> None:
    renderer = IconRenderer(RESOURCES / "icons", 1.75)
    pixmap = renderer.pixmap("circle-check", "#FF0000", 14, 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (28, 2.0)
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    inks = {
        image.pixelColor(x, y).getRgb()[:3]
        for x in range(28)
        for y in range(28)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert inks == {(255, 0, 0)}


def test_every_icon_file_can_be_drawn(qapp: QApplication) -> None:
    renderer = IconRenderer(RESOURCES / "icons", 1.75)
    files = sorted((RESOURCES / "icons").glob("*.svg"))
    assert len(files) > 25
    for file in files:
        image = renderer.pixmap(file.stem, "#000000", 24, 1.0).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), file.name


def test_every_icon_name_in_the_source_has_a_file() -> None:
    names = {file.stem for file in (RESOURCES / "icons").glob("*.svg")}
    wanted = re.compile(
        r'(?:IconLabel\(\w+(?:\.\w+)?, |IconButton\(\w+(?:\.\w+)?, |\.icon\(|StatusLook\(|icon=|pixmap\()"([a-z0-9-]+)"'
    )
    used = {name for file in GUI.rglob("*.py") for name in wanted.findall(file.read_text(encoding="utf-8"))}
    assert len(used) > 15
    assert used <= names
