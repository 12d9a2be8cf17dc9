"""The errors a person is meant to read.

Each bears one message that says what is wrong and how to mend it; the command line prints the
message alone and ends with exit code 2, a Dagster run fails with the message as its description.
"""


class UserError(Exception):
    """Something outside the program is wrong and a person can mend it; the message says how."""


class SettingError(UserError):
    """A setting is wrong, unknown or missing."""


class WrongTable(UserError):
    """The raw table is not the "Spotify and Youtube" table, or too much of it is damaged."""


class UnknownBatch(UserError):
    """A crawl batch that `ingest/crawl_batches` does not list, or the Dagster instance not know."""


class SourceUnavailable(UserError):
    """A file, an address or an API cannot be reached, or keeps failing."""


class ApiRefused(UserError):
    """An API refuses our key, our app or our account; asking again cannot help."""


#: A quoted value longer than this is shortened: a cell of 8 MB made a message of 8 MB.
_LONGEST = 80


def shortened(text: str) -> str:
    """A text to quote in a message, cut where it is long, with its length."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text):,} characters)"


def quoted(value: object) -> str:
    """A value as a message shows it: text in quotes with its line breaks written out, cut."""
    return repr(shortened(value)) if isinstance(value, str) else shortened(str(value))
