"""Only official videos stay, each with the ids that the crawl asks for."""

import pandas as pd
import pytest

from spotyt_dagster.sources.kaggle import read_tracks
from spotyt_dagster.tables.official import official_tracks
from spotyt_dagster_tests.tables.conftest import take


def test_official_rows_stay_in_order_with_all_their_columns(give, raw):
    official = take(official_tracks(give(raw.sample(frac=1, random_state=1))))
    kept = raw[raw["official_video"].fillna(False)]
    assert official["row"].tolist() == kept["row"].tolist()
    assert list(official.columns) == [*raw.columns, "video_id", "artist_id"]
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
    assert list(none.columns) == [*raw.columns, "video_id", "artist_id"]


@pytest.mark.real_data
def test_the_real_file_has_15_723_official_rows(real_csv):
    official = official_tracks(read_tracks(real_csv, 1)[0])
    assert len(official) == 15_723
    assert official["video_id"].nunique() == 14_025
    assert official["artist_id"].nunique() == 2_025
    assert official["Channel"].nunique() == 3_678
