"""Build hook: make the descriptor set of the public OpenAPI before the package is assembled.

Runs for wheels and for editable installs. In a checkout a schema made from the same pinned version is kept;
`make schema` removes it first.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))


class SchemaBuildHook(BuildHookInterface[Any]):
    """Compiles core/api_messages/generated/ from the official package pinned in pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "sdist":
            return
        from compile_schema import DESCRIPTOR_SET, STAMP, compile_schema, source_label

        output = Path(self.root) / "core" / "api_messages" / "generated"
        stamp = output / STAMP
        if (
            (output / DESCRIPTOR_SET).exists()
            and stamp.exists()
            and stamp.read_text(encoding="utf-8") == source_label()
        ):
            return
        compile_schema(output)
