"""The errors a person is meant to read, and what errors of the system and of databases mean to one.

Each bears one message that says what is wrong and how to fix it; the command line prints the
message alone and ends with exit code 2, a Dagster run fails with the message as its description.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from spotyt_dagster.masking import masked


class UserError(Exception):
    """Something outside the program is wrong and a person can fix it; the message says how.

    Secrets that it quotes (a service may repeat a key that it refuses) are masked.
    """

    def __init__(self, message: str):
        super().__init__(masked(message))


class SettingsError(UserError):
    """A setting is wrong, unknown or missing."""


class InvalidTableError(UserError):
    """The raw table is not the "Spotify and Youtube" table, or too much of it is damaged."""


class UnknownBatchError(UserError):
    """A crawl batch that `ingest/crawl_batches` does not list, or the Dagster instance not know."""


class SourceUnavailableError(UserError):
    """A file, an address or an API cannot be reached, or keeps failing."""


class ClockError(UserError):
    """The time of this machine, or the simulated one, cannot be right."""


class ApiAccessError(UserError):
    """An API refuses our key, our app or our account; asking again cannot help."""


class StorageError(UserError):
    """A folder, a file or a database cannot be read or written; what was there is as it was."""


_FULL = "the disk, or the share of it that is granted, is full. Free some space and run again"
_FORBIDDEN = "it may not be written to. Change its permissions, or choose another place"
_NOT_A_FOLDER = "a file stands where a folder has to be. Move it, or choose another place"

#: What the system's errors mean for a file, and what a person can do. Others are left as they are:
#: a file that is not there, for one, is known better where it is looked for.
_OF_FILES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EROFS: _FORBIDDEN,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOTDIR: _NOT_A_FOLDER,
    errno.EEXIST: _NOT_A_FOLDER,
    errno.ENAMETOOLONG: "a name in this path is longer than the system takes. Choose a shorter one",
    errno.EIO: "the disk reports an error. Check it, or choose another place",
    errno.EMFILE: "too many files are open. Raise the limit (`ulimit -n`) and run again",
}

#: The same for databases, by words of their messages, which are all that tells these apart.
_OF_DATABASES = {
    "is locked": "another process has locked it. Wait until that one is done, or end it",
    "readonly": _FORBIDDEN,
    "read-only": _FORBIDDEN,
    "is full": _FULL,
    "unable to open": "it cannot be opened. Give a file in a folder that may be written to",
    "not a database": "it is damaged, or no database. Put a copy in its place, or move it away",
    "malformed": "it is damaged. Put a copy in its place, or move it away to begin a new one",
    "disk i/o error": "the disk reports an error, or is full. Check it, or choose another place",
    "no such column": "it is of another version. Move it away to begin a new one",
    "connection": "it cannot be reached. Check that it runs, and its address, user and password",
}


#: Modules whose errors mean that an object store did not do as asked.
_STORES = ("botocore.", "aiobotocore.", "gcsfs.", "google.")


def explained(error: BaseException, database: str = "The database") -> UserError | None:
    """What an error that came from outside the program means to a person; None for any other.

    Looks through the chain of causes, as libraries wrap such errors in their own.

    Args:
        error: what was raised.
        database: what to call the database where a database is the cause; databases' errors do
            not say which file it is.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, UserError):
            return seen
        if isinstance(seen, OSError) and (known := _of_file(seen)):
            return known
        if known := _of_database(seen):
            return StorageError(f"{database}: {known}.")
        if type(seen).__module__.startswith(_STORES):
            return StorageError(
                f"SPOTYT_STORAGE cannot be used: {shortened(str(seen), _LONGEST_PATH)}. Check its "
                "address, the credentials for it, and the network."
            )
        if _is_short_of_room(seen):
            return StorageError(
                f"DuckDB cannot go on ({shortened(_first_line(seen), _LONGEST_PATH)}). Check what "
                "memory and disk space are left, and run again."
            )
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return None


@contextmanager
def naming(path: object, asset: str = "its asset") -> Iterator[None]:
    """An error of the system, or a damaged table, inside becomes a `StorageError` with the path.

    Args:
        path: what is read or written.
        asset: whose materialization makes the file anew.

    Raises:
        StorageError: the path cannot be read or written for a reason that a person can change.
    """
    from pyarrow import ArrowInvalid

    shown = shortened(str(path), _LONGEST_PATH)
    try:
        yield
    except ArrowInvalid as error:
        raise StorageError(
            f"{shown} is damaged ({_first_line(error)}): delete it and materialize {asset} again."
        ) from error
    except OSError as error:
        if error.errno not in _OF_FILES:
            raise
        # A folder above it that cannot be made is the place to look at.
        above = isinstance(error.filename, str) and str(path).startswith(f"{error.filename}/")
        cause = shortened(error.filename, _LONGEST_PATH) if above else shown
        raise StorageError(f"{cause}: {_OF_FILES[error.errno]}.") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _is_short_of_room(error: BaseException) -> bool:
    from duckdb import IOException, OutOfMemoryException

    return isinstance(error, IOException | OutOfMemoryException)


def _of_file(error: OSError) -> UserError | None:
    # A write through an open file names none; other kinds without a name are no file's.
    named = error.filename is not None or _OF_FILES.get(error.errno or 0) == _FULL
    if error.errno not in _OF_FILES or not named:
        return None
    path = (
        "A file"
        if error.filename is None
        else shortened(os.fsdecode(error.filename), _LONGEST_PATH)
    )
    return StorageError(f"{path}: {_OF_FILES[error.errno]}.")


def _of_database(error: BaseException) -> str | None:
    from sqlalchemy.exc import DBAPIError, IntegrityError

    if not isinstance(error, DBAPIError | sqlite3.Error) or isinstance(error, IntegrityError):
        return None
    words = str(getattr(error, "orig", None) or error).lower()
    return next((known for part, known in _OF_DATABASES.items() if part in words), None)


#: A quoted value longer than this is shortened: a cell of 8 MB made a message of 8 MB.
_LONGEST = 80
#: A path up to this length is shown whole: a person has to find the file.
_LONGEST_PATH = 240


def shortened(text: str, longest: int = _LONGEST) -> str:
    """A text to quote in a message, cut where it is long, with its length.

    >>> shortened("abcdef", longest=3)
    'abc… (6 characters)'
    """
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text):,} characters)"


def quoted(value: object) -> str:
    r"""A value as a message shows it: text in quotes with its line breaks written out, cut.

    >>> print(quoted("a name\n"), quoted(2.5))
    'a name\n' 2.5
    """
    return repr(shortened(value)) if isinstance(value, str) else shortened(str(value))
