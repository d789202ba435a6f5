"""Icons: outline SVG files, recoloured with a token and rendered at the device pixel ratio."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

# More entries than all icons in all colours and sizes on screen; beyond it the oldest are made again when needed.
_CACHE_LIMIT = 512


class IconRenderer:
    """Renders `<folder>/<name>.svg`; `currentColor` and the stroke width are filled in."""

    def __init__(self, folder: Path, stroke: float) -> None:
        self._folder = folder
        self._stroke = stroke
        self._sources: dict[str, str] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}

    def pixmap(self, name: str, colour: str, size: int, ratio: float) -> QPixmap:
        """A square pixmap of `size` logical pixels in a `#RRGGBB` colour."""
        key = (name, colour, size, ratio)
        found = self._pixmaps.get(key)
        if found is not None:
            return found
        if len(self._pixmaps) >= _CACHE_LIMIT:
            del self._pixmaps[next(iter(self._pixmaps))]
        side = max(1, round(size * ratio))
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._renderer(name, colour).render(painter, QRectF(0, 0, side, side))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        self._pixmaps[key] = pixmap
        return pixmap

    def _renderer(self, name: str, colour: str) -> QSvgRenderer:
        source = self._sources.get(name)
        if source is None:
            source = (self._folder / f"{name}.svg").read_text(encoding="utf-8")
            if 'stroke="currentColor"' in source:
                source = re.sub(r'stroke-width="[\d.]+"', f'stroke-width="{self._stroke}"', source)
            self._sources[name] = source
        return QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
