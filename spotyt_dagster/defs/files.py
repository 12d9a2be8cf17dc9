"""Writes a file whole or not at all, on a local disk or in an object store."""

import time
import uuid
from pathlib import Path

from upath import UPath

from spotyt_dagster.exceptions import naming

#: An unfinished file this old (s) was left by a process that was killed; no write takes so long.
ABANDONED_AFTER = 3_600


def write_bytes(path: UPath, content: bytes) -> None:
    """Write `content` to `path`; a crash leaves the old file or the new one, never a part.

    Object stores put an object whole by themselves; a local file gets another name first.

    Raises:
        StorageError: it cannot be written: the disk is full or read-only, a name is too long.
    """
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.protocol not in ("", "file"):
            path.write_bytes(content)
            return
        _remove_abandoned(path)
        unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
        try:
            unfinished.write_bytes(content)
            Path(str(unfinished)).replace(str(path))
        finally:
            unfinished.unlink(missing_ok=True)


def _remove_abandoned(path: UPath) -> None:
    for unfinished in path.parent.glob(f".{path.name}.*.tmp"):
        if time.time() - unfinished.stat().st_mtime > ABANDONED_AFTER:
            unfinished.unlink(missing_ok=True)
