"""Makes every picture and looks whether something is on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.screenshots.take_screenshots import LANGUAGES, SCALES, SCREENS, THEMES, file_name, take_all


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("screenshots")
    take_all(folder)
    return folder


def inks(image: QImage) -> set[int]:
    """The colours on a coarse grid over the picture."""
    return {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scale", SCALES)
def test_pictures_have_their_size_and_are_not_blank(pictures: Path, screen: str, scale: int) -> None:
    for language in LANGUAGES:
        for theme in THEMES:
            name = file_name(screen, language, theme, scale)
            image = QImage(str(pictures / name))
            width, height = SCREENS[screen]
            assert image.width() == width * scale // 100, name
            assert image.height() >= height * scale // 100, name
            assert len(inks(image)) > 40, name


@pytest.mark.parametrize("screen", SCREENS)
def test_languages_and_themes_look_different(pictures: Path, screen: str) -> None:
    images = {
        (language, theme): QImage(str(pictures / file_name(screen, language, theme, 100)))
        for language in LANGUAGES
        for theme in THEMES
    }
    assert images["en", "light"] != images["zh", "light"]
    assert images["en", "light"].pixelColor(2, 2).lightness() > 200
    assert images["en", "dark"].pixelColor(2, 2).lightness() < 60
