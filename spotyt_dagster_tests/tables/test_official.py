"""Only official videos stay, each with the ids that the crawl asks for."""

import pandas as pd
import pytest

from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.tables.official import official_tracks, video_doubts
from spotyt_dagster_tests.tables.conftest import take

ADDED = ["video_id", "artist_id", "shares_video", "names_match"]


def rows_of(raw: pd.DataFrame, **columns: list) -> pd.DataFrame:
    """As many official rows of the raw table as the columns have values, with these values."""
    rows = len(next(iter(columns.values())))
    return raw[raw["official_video"].fillna(False)].head(rows).assign(**columns)


def test_official_rows_stay_in_order_with_all_their_columns(give, raw):
    official = take(official_tracks(give(raw.sample(frac=1, random_state=1))))
    kept = raw[raw["official_video"].fillna(False)]
    assert official["row"].tolist() == kept["row"].tolist()
    assert list(official.columns) == [*raw.columns, *ADDED]
    assert 0.6 < len(official) / len(raw) < 0.9


def test_rows_without_an_answer_to_official_go_too(give, raw):
    unknown = raw.assign(official_video=raw["official_video"].where(raw["row"] % 2 == 0))
    official = take(official_tracks(give(unknown)))
    assert all(row % 2 == 0 for row in official["row"])
    assert official["official_video"].all()


def test_ids_are_the_ends_of_the_addresses(give, raw):
    official = take(official_tracks(give(raw)))
    assert ("https://www.youtube.com/watch?v=" + official["video_id"]).equals(
        official["Url_youtube"]
    )
    assert ("https://open.spotify.com/artist/" + official["artist_id"]).equals(
        official["Url_spotify"]
    )


def test_both_backends_agree(raw, official):
    pd.testing.assert_frame_equal(take(official), take(official_tracks(raw)))


def test_no_official_row_gives_an_empty_table_with_the_columns(give, raw):
    none = take(official_tracks(give(raw.assign(official_video=False).astype(raw.dtypes))))
    assert none.empty
    assert list(none.columns) == [*raw.columns, *ADDED]


def test_rows_of_one_video_share_it_whichever_artist_they_are_of(give, raw):
    one, other = (f"https://www.youtube.com/watch?v={letter * 11}" for letter in "ab")
    rows = rows_of(raw, Url_youtube=[one, other, one, one])
    assert take(official_tracks(give(rows)))["shares_video"].tolist() == [True, False, True, True]
    # a row that is not official is not crawled, and shares nothing
    rows["official_video"] = pd.array([True, True, False, False], dtype="boolean")
    assert take(official_tracks(give(rows)))["shares_video"].tolist() == [False, False]


@pytest.mark.parametrize(
    ("artist", "track", "title", "channel", "match"),
    [
        ("Gorillaz", "Feel Good Inc.", "Gorillaz - Feel Good Inc. (Official Video)", "x", True),
        ("Gorillaz", "Feel Good Inc.", "FEEL GOOD INC", "x", True),
        ("AC/DC", "T.N.T.", "Live in Paris", "acdc", True),
        ("Gorillaz", "Stressed Out (feat. Tyler)", "stressed out", None, True),
        ("Gorillaz", "Pony - Remastered 2011", "Pony", "x", True),
        ("Gorillaz", "(Nothing But) Flowers", "(Nothing But) Flowers", "x", True),
        ("方大同", "愛愛愛", "Khalil Fong 愛愛愛 MV", "x", True),
        ("Mötley Crüe", "Wild Side", "MÖTLEY CRÜE live", "x", True),
        ("Gorillaz", "Feel Good Inc.", "Cooking with rice", "Kitchen", False),
        ("방탄소년단", "작은 것들을 위한 시", "Cooking with rice", "Kitchen", False),
        ("Gorillaz", "(Nothing But) Flowers", "Cooking with rice", "Kitchen", False),
        ("Gorillaz", "Feel Good Inc.", None, None, False),
    ],
)
def test_a_video_that_names_neither_track_nor_artist_does_not_match(
    give, raw, artist, track, title, channel, match
):
    rows = rows_of(raw, Artist=[artist], Track=[track], Title=[title], Channel=[channel])
    rows = rows.astype(raw.dtypes)
    assert take(official_tracks(give(rows)))["names_match"].tolist() == [match]


def test_doubtful_videos_are_counted(raw):
    url = "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    rows = rows_of(raw, Url_youtube=[url, url], Title=["no", "such"], Channel=["x", "y"])
    official = official_tracks(pd.concat([rows, raw.drop(rows.index)]))
    before = video_doubts(official_tracks(raw.drop(rows.index)))
    assert video_doubts(official) == {
        "rows that share a video": before["rows that share a video"] + 2,
        "rows whose video names neither track nor artist": before[
            "rows whose video names neither track nor artist"
        ]
        + 2,
    }


@pytest.mark.real_data
def test_the_real_file_has_the_known_doubtful_videos(real_csv):
    official = official_tracks(read_tracks(real_csv, 1)[0])
    shared, unnamed = video_doubts(official).values()
    assert shared == 2_971
    assert shared / len(official) == pytest.approx(0.189, abs=5e-4)
    assert unnamed / len(official) == pytest.approx(0.011, abs=5e-4)
    complete = official.drop(columns="Description").dropna()
    assert complete["video_id"].duplicated(keep=False).mean() == pytest.approx(0.188, abs=5e-4)


@pytest.mark.real_data
def test_the_real_file_has_15_723_official_rows(real_csv):
    official = official_tracks(read_tracks(real_csv, 1)[0])
    assert len(official) == 15_723
    assert official["video_id"].nunique() == 14_025
    assert official["artist_id"].nunique() == 2_025
    assert official["Channel"].nunique() == 3_678
