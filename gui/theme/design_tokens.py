"""Reads resources/themes/tokens.json: colours, sizes, type and the contrast pairs they were proved with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

LIGHT, DARK = "light", "dark"
_SERIES = "chart.series["


class TypeRole(NamedTuple):
    """One text style: pixel size at text size 1.0, weight 400 to 700, and whether it is monospaced."""

    size: int
    weight: int
    mono: bool = False


class DesignTokens:
    """The parsed token file. Colours are `#RRGGBB` texts, sizes are logical pixels."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @classmethod
    def load(cls, file: Path) -> DesignTokens:
        """Read a token file; a broken one raises, because nothing can be drawn without it."""
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def colours(self, theme: str) -> dict[str, str]:
        """All plain colours of `light` or `dark`, by token name."""
        return dict(self._data["color"][theme])

    def colour(self, theme: str, name: str) -> str:
        """A colour by its full name: `accent`, `chart.series[0]`, `chart.grid`, `syntax.key`, `market.redUp.up`."""
        if name.startswith(_SERIES):
            return str(self._data["chart"][theme]["series"][int(name.removeprefix(_SERIES).removesuffix("]"))])
        group, _, rest = name.partition(".")
        if not rest:
            return str(self._data["color"][theme][name])
        value: Any = self._data[group][theme]
        for part in rest.split("."):
            value = value[part]
        return str(value)

    @property
    def type_roles(self) -> dict[str, TypeRole]:
        """Text styles by role: caption, small, body, figure, ..."""
        return {
            role: TypeRole(row["size"], row["weight"], row.get("family") == "mono")
            for role, row in self._data["type"].items()
        }

    @property
    def ui_families(self) -> list[str]:
        """Font families for text, best first."""
        return list(self._data["font"]["ui"])

    @property
    def mono_families(self) -> list[str]:
        """Font families for addresses and code, best first."""
        return list(self._data["font"]["mono"])

    @property
    def icon_stroke(self) -> float:
        """Line width of icons on their 24-pixel grid."""
        return float(self._data["icon"]["stroke"])

    def area_opacity(self, theme: str) -> float:
        """Opacity, 0 to 1, of the area under a chart line."""
        return float(self._data["chart"][theme]["areaOpacity"])

    def contrast_pairs(self, theme: str) -> list[tuple[str, str, float, float]]:
        """Foreground, background, recorded ratio and required ratio of every pair that is used."""
        return [(row[0], row[1], row[2], row[3]) for row in self._data["contrast"]["pairs"][theme]]


def contrast_ratio(foreground: str, background: str) -> float:
    """WCAG 2.2 contrast of two `#RRGGBB` colours, 1.0 to 21.0."""
    lighter, darker = sorted((_luminance(foreground), _luminance(background)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
