"""Writes a file whole or not at all, on a local disk or in an object store."""

import uuid
from pathlib import Path

from upath import UPath


def write_bytes(path: UPath, content: bytes) -> None:
    """Write `content` to `path`; a crash leaves the old file or the new one, never a part.

    Object stores put an object whole by themselves; a local file gets another name first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.protocol not in ("", "file"):
        path.write_bytes(content)
        return
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        unfinished.write_bytes(content)
        Path(str(unfinished)).replace(str(path))
    finally:
        unfinished.unlink(missing_ok=True)
