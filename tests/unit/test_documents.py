"""What is written agrees with what is: generated pages, the README's script, the changelog."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_generated_pages_are_up_to_date() -> None:
    ended = subprocess.run(
        [sys.executable, "packaging/generate_docs.py", "--check"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout


def test_packaging_is_no_package() -> None:
    assert not (REPOSITORY / "packaging" / "__init__.py").exists()


def test_readme_names_the_two_commands_and_its_pictures_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme
    for part in readme.split("](")[1:]:
        target = part.split(")")[0]
        if not target.startswith(("http", "#")):
            assert (REPOSITORY / target).exists(), target


def test_readme_script_is_the_sample_that_make_demo_runs() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    [script] = [block.split("```")[0] for block in readme.split("```python\n")[1:]]
    assert script == (REPOSITORY / "resources" / "samples" / "quotes.py").read_text(encoding="utf-8")
