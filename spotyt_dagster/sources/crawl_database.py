"""The crawl's database: its tables, and how it is opened.

What the rows mean to a crawl is `crawl_store.py`'s.
"""

import sqlite3
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from spotyt_dagster.exceptions import SettingsError, explained

metadata = sa.MetaData()

#: The account of what was counted before accounts were told apart: it binds every account.
ANY_ACCOUNT = "*"

#: One row a bucket, account and day. `reserved` counts calls begun (each may have cost a unit),
#: `answered` those that came back; the difference is in flight, or was lost in a crash.
units = sa.Table(
    "units_by_account",
    metadata,
    sa.Column("api", sa.String(16), primary_key=True),
    sa.Column("bucket", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(16), primary_key=True),
    sa.Column("quota_day", sa.Date, primary_key=True),
    sa.Column("reserved", sa.Integer, nullable=False, default=0),
    sa.Column("answered", sa.Integer, nullable=False, default=0),
)

#: A service wants no call of this account before then, whatever our own count says.
pauses = sa.Table(
    "pauses_by_account",
    metadata,
    sa.Column("api", sa.String(16), primary_key=True),
    sa.Column("bucket", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(16), primary_key=True),
    sa.Column("resumes_at", sa.String(40), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
)

#: The latest moment at which a call was answered: a clock that shows an earlier one is wrong.
latest_moments = sa.Table(
    "latest_moments",
    metadata,
    sa.Column("api", sa.String(16), primary_key=True),
    sa.Column("moment", sa.String(40), nullable=False),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("api", sa.String(16), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("entity_id", sa.String(64), primary_key=True),
    sa.Column("quota_day", sa.Date, primary_key=True),
    sa.Column("fetched_at", sa.String(40), nullable=False),
    sa.Column("payload", sa.Text),
    sa.Column("missing_reason", sa.String(64)),
)

#: One row a set of ids that was crawled: since when, and when the last crawl of them came to its
#: end (null while it has not).
crawls = sa.Table(
    "crawls",
    metadata,
    sa.Column("api", sa.String(16), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("ids_digest", sa.String(64), primary_key=True),
    sa.Column("began", sa.Date, nullable=False),
    sa.Column("finished", sa.Date),
)


#: The form of before accounts were told apart.
_earlier = sa.MetaData()
_earlier_quota = sa.Table(
    "quota",
    _earlier,
    *(sa.Column(name) for name in ("api", "bucket", "quota_day", "reserved", "answered")),
)
_earlier_pauses = sa.Table(
    "pauses",
    _earlier,
    *(sa.Column(name) for name in ("api", "bucket", "resumes_at", "reason")),
)


def open_engine(url: str) -> sa.Engine:
    """The database at an SQLAlchemy URL, its tables there; a SQLite file's folder is made.

    A database of an earlier form is brought to this one, with all that it has counted.

    Raises:
        SettingsError: it cannot be opened.
    """
    parsed = _parsed(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    # A server's query may bear passwords too (sslpassword).
    address = parsed if is_sqlite else parsed.set(query={})
    shown = f"SPOTYT_CRAWL_DB={address.render_as_string(hide_password=True)}"
    try:
        if is_sqlite:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        # A writer waits for the other process's transaction instead of failing at once.
        wait = {"timeout": 60} if is_sqlite and "timeout" not in parsed.query else {}
        engine = sa.create_engine(parsed, connect_args=wait)
        event.listen(engine, "handle_error", partial(_explain, shown))
        if is_sqlite:
            event.listen(engine, "connect", _sync_less)
        # Of processes that open a new file at once, SQLite lets one change the journal and fails
        # the others without waiting (seen in 2 of 150 tries with 4 processes).
        with lock_beside(engine, "open") or nullcontext(), engine.begin() as connection:
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            for table in metadata.sorted_tables:
                # create_all looks first and creates then; two processes at once both see nothing.
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
            _take_over(connection, _earlier_quota, units)
            _take_over(connection, _earlier_pauses, pauses)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise explained(error, shown) or SettingsError(
            f"{shown} cannot be opened ({type(error).__name__}). Give an SQLAlchemy URL "
            "such as sqlite:///data/crawl.db, whose folder may be written to."
        ) from error
    return engine


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
        parsed.get_dialect()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise SettingsError(
            f"SPOTYT_CRAWL_DB cannot be opened ({type(error).__name__}). Give an SQLAlchemy URL "
            "such as sqlite:///data/crawl.db, whose folder may be written to."
        ) from error
    in_memory = not parsed.database or ":memory:" in parsed.database
    if parsed.get_backend_name() == "sqlite" and (
        in_memory or parsed.query.get("mode") == "memory"
    ):
        raise SettingsError(
            f"SPOTYT_CRAWL_DB={url} lies in memory, so the units used and the answers paid for "
            "would be forgotten with every step. Give a file, such as sqlite:///data/crawl.db."
        )
    return parsed


def _explain(shown: str, context: sa.ExceptionContext) -> None:
    """Every later error of the database, wherever it is used, in the words of `explained`."""
    known = explained(context.sqlalchemy_exception or context.original_exception, shown)
    if known is not None:
        raise known


def lock_beside(engine: sa.Engine, name: str) -> FileLock | None:
    """A lock between processes, as a file beside a SQLite file; None for another database."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        return None
    return FileLock(f"{path}.{name}.lock")


def _take_over(connection: sa.Connection, earlier: sa.Table, table: sa.Table) -> None:
    if not sa.inspect(connection).has_table(earlier.name):
        return
    # There are some where an older version of the program was at work after a newer one.
    connection.execute(sa.delete(table).where(table.c.account == ANY_ACCOUNT))
    rows = sa.select(sa.literal(ANY_ACCOUNT), *earlier.c)
    connection.execute(sa.insert(table).from_select(["account", *earlier.c.keys()], rows))
    connection.execute(sa.schema.DropTable(earlier, if_exists=True))


def _sync_less(connection, _record) -> None:
    # A killed process loses nothing with NORMAL; only a power cut could undo the last calls.
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
