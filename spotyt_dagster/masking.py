"""Our secrets, in whatever form others quote them, replaced in what people read and logs keep.

Whoever comes by a secret says so with `keep_secret`; every message for people (`errors.UserError`)
and every line of our loggers passes `masked`. That a message needs no secret in the first place is
its author's business: this is the net below, for what services and libraries quote.
"""

import base64
import html
import json
import logging
import re
from collections.abc import Iterator
from traceback import format_exception
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

MASK = "***"

#: Shorter ones are not looked for: they would be found inside other words.
SHORTEST = 8

#: What a query's parameter is called whose value is a secret: sig, X-Amz-Signature, access_token.
_SECRET_NAME = re.compile("sig|token|key|pass|pwd|secret|cred|auth", re.IGNORECASE)

_ESCAPED = re.compile("%[0-9A-F]{2}")


class _Known:
    """The forms of all secrets of this process, as one pattern."""

    def __init__(self) -> None:
        self.forms: set[str] = set()
        self.pattern: re.Pattern[str] | None = None


_known = _Known()


def keep_secret(secret: str | None) -> None:
    """Have a secret replaced from now on, in this process."""
    bare = (secret or "").strip()
    if len(bare) < SHORTEST or bare in _known.forms:
        return
    _known.forms |= set(_forms(bare))
    longest_first = sorted(_known.forms, key=len, reverse=True)
    _known.pattern = re.compile("|".join(map(re.escape, longest_first)))


def keep_secrets_of(address: str | None) -> None:
    """The same for the password and the signature that an address bears, if it is one."""
    for secret in _secrets_of(address or ""):
        keep_secret(secret)


def bears_secrets(address: str) -> bool:
    """Whether an address may bear secrets: it has a user or a query, whatever their names.

    >>> bears_secrets("https://example.org/tracks.csv?X-Amz-Signature=abc")
    True
    >>> bears_secrets("https://example.org/tracks.csv")
    False
    """
    parts = _parts(address)
    return parts is not None and bool(parts.username or parts.password or parts.query)


def masked(text: str) -> str:
    """A text with `MASK` for every secret that this process knows.

    >>> keep_secret("an-example-key")
    >>> masked("https://example.org/?key=an-example-key")
    'https://example.org/?key=***'
    """
    pattern = _known.pattern
    return text if pattern is None else pattern.sub(MASK, text)


def quotes_a_secret(error: BaseException) -> bool:
    """Whether an error, or one that led to it, quotes a secret."""
    text = "".join(format_exception(error))
    return masked(text) != text


def masked_logger(name: str) -> logging.Logger:
    """The logger of this name, whose records bear no secret on whatever way they go."""
    logger = logging.getLogger(name)
    if not any(isinstance(one, _Mask) for one in logger.filters):
        logger.addFilter(_Mask())
    return logger


class _Mask(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, masked."""
        record.msg, record.args = masked(record.getMessage()), None
        if record.exc_info:
            record.exc_text = masked(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


def _secrets_of(address: str) -> Iterator[str]:
    parts = _parts(address)
    if parts is None:
        return
    if parts.password:
        yield unquote(parts.password)
    elif parts.username:
        yield unquote(parts.username)  # https://TOKEN@host/
    for name, value in parse_qsl(parts.query):
        if _SECRET_NAME.search(name):
            yield value


def _parts(address: str):
    try:
        return urlsplit(address) if "://" in address else None
    except ValueError:  # brackets that hold no IPv6 address
        return None


def _forms(secret: str) -> Iterator[str]:
    """A secret as JSON, HTML, Python, a URL and base64 show it."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield html.escape(secret)
    yield repr(secret)[1:-1]
    for quoted in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield quoted
        yield _ESCAPED.sub(lambda found: found[0].lower(), quoted)
    for before in range(3):
        yield from _in_base64(secret.encode(), before)


def _in_base64(secret: bytes, before: int) -> Iterator[str]:
    """The characters that a secret has in base64 after `before` bytes of something else.

    A character stands for six bits, so that the first and the last may not be the secret's alone.
    """
    first, end = -(-8 * before // 6), 8 * (before + len(secret)) // 6
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(bytes(before) + secret).decode()[first:end]
