"""An address is understood in every form in which it is shared, and what is none stays as it is."""

import pandas as pd
import pytest

from spotyt_dagster.tables.addresses import in_kept_form

VIDEO, ARTIST, TRACK = "a-B_c4567z9", "0123456789abcdefABCDEF", "abcdefABCDEF0123456789"


def kept(column: str, address: str | None) -> str | None:
    return in_kept_form(pd.Series([address, None], name=column, dtype="str")).tolist()[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/watch?v={}",
        "http://www.youtube.com/watch?v={}",
        "https://youtube.com/watch?v={}",
        "https://m.youtube.com/watch?v={}&pp=ygUE",
        "https://music.youtube.com/watch?v={}&si=x_1",
        "https://www.youtube.com/watch?list=PL-1&v={}&t=3s#top",
        "https://WWW.YouTube.com/watch?app=desktop&v={}",
        "https://youtu.be/{}",
        "https://youtu.be/{}?si=AbC-1&t=42",
        "youtu.be/{}",
        "https://www.youtube.com/shorts/{}?feature=share",
        "https://www.youtube.com/embed/{}?rel=0",
        "https://www.youtube-nocookie.com/embed/{}",
        "https://www.youtube.com/live/{}?si=x",
        "https://www.youtube.com/v/{}",
    ],
)
def test_a_video(address):
    expected = f"https://www.youtube.com/watch?v={VIDEO}"
    assert kept("Url_youtube", address.format(VIDEO)) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://open.spotify.com/artist/{}",
        "https://open.spotify.com/artist/{}?si=abc",
        "https://open.spotify.com/intl-ko/artist/{}?si=1",
        "https://open.spotify.com/intl-pt-BR/artist/{}/",
        "https://open.spotify.com/embed/artist/{}?utm_source=generator",
        "open.spotify.com/artist/{}",
        "spotify:artist:{}",
    ],
)
def test_an_artist(address):
    expected = f"https://open.spotify.com/artist/{ARTIST}"
    assert kept("Url_spotify", address.format(ARTIST)) == expected


@pytest.mark.parametrize(
    "address",
    [
        "spotify:track:{}",
        "https://open.spotify.com/track/{}?si=x",
        "https://open.spotify.com/intl-de/track/{}",
    ],
)
def test_a_track(address):
    assert kept("Uri", address.format(TRACK)) == f"spotify:track:{TRACK}"


@pytest.mark.parametrize(
    ("column", "address"),
    [
        ("Url_youtube", f"https://www.youtube.com/watch?v={VIDEO}\n"),
        ("Url_youtube", f"https://www.youtube.com/watch?v={VIDEO}&x=\ny"),
        ("Url_youtube", f"https://www.youtube.com/watch?v={VIDEO}x"),
        ("Url_youtube", "https://www.youtube.com/@channel"),
        ("Url_youtube", f"https://www.youtube.com/playlist?list={VIDEO}"),
        ("Url_youtube", f"https://youtube.com.example/watch?v={VIDEO}"),
        ("Url_youtube", f"https://example.org/?u=https://youtu.be/{VIDEO}"),
        ("Url_youtube", VIDEO),
        ("Url_spotify", f"https://open.spotify.com/album/{ARTIST}"),
        ("Url_spotify", f"spotify:artist:{ARTIST}\n"),
        ("Uri", f"spotify:artist:{TRACK}"),
        ("Uri", f"spotify:track:{TRACK[:-1]}é"),
    ],
)
def test_what_is_no_such_address_is_left_for_the_schema_to_refuse(column, address):
    assert kept(column, address) == address


def test_a_missing_address_stays_missing():
    assert in_kept_form(pd.Series([None], name="Url_youtube", dtype="str")).isna().all()
