"""Compile the official .proto files into what the program loads: one descriptor set, and stubs for editors and mypy.

Called by the build hook (packaging/hatch_build.py), which runs where the pinned official package and grpcio-tools are
installed. Nothing of the official package is copied into our sources: the output folder is ignored by git.

    python packaging/compile_schema.py OUTPUT_FOLDER
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

OFFICIAL_PACKAGE = "futu-api"
DESCRIPTOR_SET = "openapi.desc"
STAMP = "SOURCE"


def proto_folder() -> Path:
    """Find the folder of .proto files without importing the SDK (its import starts threads and writes logs)."""
    spec = importlib.util.find_spec("futu")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{OFFICIAL_PACKAGE} is not installed in this environment; it carries the .proto files")
    return Path(next(iter(spec.submodule_search_locations))) / "common" / "pb"


def compile_schema(output: Path) -> None:
    """Write the descriptor set, one stub per .proto file, and `names.pyi` that lists them under their plain names."""
    import grpc_tools
    from grpc_tools import protoc

    source = proto_folder()
    protos = sorted(source.glob("*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("*.pyi"):
        old.unlink()
    status = protoc.main(
        [
            "protoc",
            f"--proto_path={source}",
            f"--proto_path={well_known}",
            f"--descriptor_set_out={output / DESCRIPTOR_SET}",
            f"--pyi_out={output}",
            *[proto.name for proto in protos],
        ]
    )
    if status:
        raise SystemExit(f"protoc failed with status {status}")
    for stub in output.glob("*_pb2.pyi"):
        text = stub.read_text(encoding="utf-8")
        # protoc writes flat imports; ours live in a package.
        text = re.sub(r"^import (\w+_pb2) as", r"from core.api_messages.generated import \1 as", text, flags=re.M)
        stub.write_text(text, encoding="utf-8")
    stems = [proto.stem for proto in protos]
    names = [f"from core.api_messages.generated import {stem}_pb2 as {stem}" for stem in stems]
    exported = ", ".join(f'"{stem}"' for stem in stems)
    (output / "names.pyi").write_text("\n".join([*names, f"__all__ = [{exported}]", ""]), encoding="utf-8")
    (output / "__init__.pyi").write_text("", encoding="utf-8")
    (output / STAMP).write_text(source_label(), encoding="utf-8")
    print(f"compiled {len(protos)} files of {source_label()} into {output / DESCRIPTOR_SET}")


def source_label() -> str:
    """Name and version of the package the schema comes from."""
    return f"{OFFICIAL_PACKAGE} {importlib.metadata.version(OFFICIAL_PACKAGE)}"


if __name__ == "__main__":
    compile_schema(Path(sys.argv[1]))
