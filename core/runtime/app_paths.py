"""Where things are kept: the resources that came with the program, and the profile's own folder."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from core.model.errors import UserFacingError

DEFAULT_PROFILE = "default"


class AppPaths(NamedTuple):
    """The folders of one profile. Made by `profile_paths`; `make` creates what is missing, private to the user."""

    profile: str
    data: Path
    temporary: bool = False

    @property
    def logs(self) -> Path:
        """Log files."""
        return self.data / "logs"

    @property
    def lock(self) -> Path:
        """Held while a gateway of this profile runs."""
        return self.data / "gatehouse.lock"

    @property
    def window_settings(self) -> Path:
        """Window state, theme and language."""
        return self.data / "window.ini"

    @property
    def practice_state(self) -> Path:
        """What the practice exchange remembers between runs."""
        return self.data / "practice.json"

    def make(self) -> None:
        """Create the folders with mode 0700."""
        for folder in (self.data, self.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def profile_paths(profile: str = DEFAULT_PROFILE, *, temporary_home: bool = False) -> AppPaths:
    """The folders of a profile; a temporary home is a new empty folder that the caller removes at the end."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", profile):
        raise UserFacingError(
            "bad_option", option="--profile", value=profile, allowed="1 to 40 letters, digits, - and _"
        )
    if temporary_home:
        return AppPaths(profile, Path(tempfile.mkdtemp(prefix="gatehouse-")), temporary=True)
    import platformdirs  # not loaded for a temporary home

    root = platformdirs.user_data_path("gatehouse", appauthor=False)
    return AppPaths(profile, root / "profiles" / profile)


def resources_folder() -> Path:
    """Icons, translations, tables and documents: beside the packages in a checkout, inside a built program."""
    bundled = getattr(sys, "_MEIPASS", None)
    if bundled is not None:
        return Path(bundled) / "resources"
    top = Path(__file__).resolve().parents[2]
    checkout = top / "resources"
    return checkout if checkout.is_dir() else top / "gatehouse_resources"
