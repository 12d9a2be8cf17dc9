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
