"""What every test gets: no screen, no real home folder, and a log warning nobody expected fails the test."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def expected_warnings() -> Iterator[list[str]]:
    """Log warnings of our packages fail the test unless a part of their text was appended to this list."""
    handler = _Warnings()
    loggers = [logging.getLogger(name) for name in ("core", "gui")]
    for logger in loggers:
        logger.addHandler(handler)
    expected: list[str] = []
    yield expected
    for logger in loggers:
        logger.removeHandler(handler)
    surprises = [
        record.getMessage() for record in handler.records if not any(part in record.getMessage() for part in expected)
    ]
    assert not surprises, f"unexpected log warnings: {surprises}"


@pytest.fixture
def resources() -> Path:
    """The resources folder of the checkout."""
    return REPOSITORY / "resources"


@pytest.fixture
def shared() -> Path:
    """Reference material beside the checkout; tests that need it are skipped where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference material is not beside this checkout")
    return folder
