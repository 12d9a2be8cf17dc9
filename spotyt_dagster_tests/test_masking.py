"""A secret is masked in every form in which a service, a library or a log may quote it."""

import base64
import html
import json
import logging
from urllib.parse import quote, quote_plus

import pytest

from spotyt_dagster.exceptions import ApiAccessError, SourceUnavailableError
from spotyt_dagster.masking import (
    MASK,
    bears_secrets,
    keep_secret,
    keep_secrets_of,
    masked,
    masked_logger,
    quotes_a_secret,
)

SECRET = "pl4nted/+&\"'secret ü"


@pytest.fixture(autouse=True)
def _kept() -> None:
    keep_secret(SECRET)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        html.escape(SECRET),
        repr(SECRET)[1:-1],
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
    ],
)
def test_every_form_is_masked_in_the_midst_of_a_text(form):
    assert masked(f"before {form} after") == f"before {MASK} after"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("around", [("", ""), ("client:", ""), ("ab", "c"), ("abc", "de")])
def test_base64_is_masked_whatever_stands_around_the_secret(encode, around):
    before, after = around
    coded = encode(f"{before}{SECRET}{after}".encode()).decode()
    shown = masked(f"Basic {coded}")
    assert MASK in shown
    # What is left of it stands for the bytes around and a few bits.
    left = shown.removeprefix("Basic ").replace(MASK, "")
    assert len(left) <= len(encode(f"{before}{after}".encode())) + 4


def test_texts_without_secrets_and_words_that_are_short_are_left_alone():
    keep_secret("short")
    keep_secret(None)
    keep_secret("  ")
    assert masked("a short text without any") == "a short text without any"


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("postgresql://me:p%40ssw0rd-of-db@host/db", "p@ssw0rd-of-db"),
        ("https://token-as-user@host/raw.csv", "token-as-user"),
        ("https://host/raw.csv?X-Amz-Signature=0123abcd0123abcd", "0123abcd0123abcd"),
        ("https://host/raw.csv?a=b&sig=c2lnbmF0dXJl%2B%3D", "c2lnbmF0dXJl+="),
    ],
)
def test_the_secrets_of_an_address_are_known(address, secret):
    keep_secrets_of(address)
    assert masked(f"could not open {address}").count(MASK) == 1
    assert masked(f"denied: {secret}") == f"denied: {MASK}"
    assert bears_secrets(address)


@pytest.mark.parametrize(
    "address", ["sample", "data/x.csv?sig=not-an-address", "https://host/raw.csv", "http://[bad"]
)
def test_what_bears_no_secret_is_known_to_bear_none(address):
    keep_secrets_of(address)
    assert not bears_secrets(address)
    assert masked(address) == address


def test_a_message_for_people_is_masked_where_it_is_made():
    assert str(ApiAccessError(f"Consumer 'api_key:{SECRET}' is suspended")) == (
        f"Consumer 'api_key:{MASK}' is suspended"
    )


def test_a_line_of_a_log_is_masked_with_its_arguments_and_its_error(caplog):
    log = masked_logger(__name__)
    assert masked_logger(__name__).filters == log.filters
    with caplog.at_level(logging.INFO):
        log.info("trying %s again", SECRET)
        try:
            raise ValueError(SECRET)
        except ValueError:
            log.exception("failed")
    assert f"trying {MASK} again" in caplog.text
    assert f"ValueError: {MASK}" in caplog.text
    assert SECRET not in caplog.text


def test_an_error_quotes_a_secret_if_any_that_led_to_it_does():
    def raised(cause: Exception) -> Exception:
        try:
            raise SourceUnavailableError("cannot be reached") from cause
        except SourceUnavailableError as error:
            return error

    assert quotes_a_secret(raised(KeyError(SECRET)))
    assert not quotes_a_secret(raised(KeyError("harmless")))
