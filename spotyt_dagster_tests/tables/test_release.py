"""Facts of release: what they read from names, and that they read nothing else."""

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.tables.release import (
    FACTS,
    RESTS_ON,
    TEXTS,
    artist_facts,
    others_name,
    with_release_facts,
)
from spotyt_dagster_tests.learning.feature_tables import baseline_table, tracks_table

OTHERS = ("Energy", "log10_Stream")
COUNTS = ("Views", "Likes", "Comments", "viewCount", "likeCount", "commentCount")


@pytest.fixture(scope="module")
def baseline() -> pd.DataFrame:
    return baseline_table()


@pytest.fixture(scope="module")
def tracks(baseline) -> pd.DataFrame:
    return tracks_table(baseline)


def one_track(**columns: object) -> pd.DataFrame:
    """A table of one track whose names say nothing, but for the given columns."""
    row = dict.fromkeys(TEXTS, "x") | {
        "row": 0, "video_id": "v", "Licensed": True, "Album_type": "album",
    }  # fmt: skip
    return pd.DataFrame([row | columns])


@pytest.mark.parametrize(
    ("columns", "facts"),
    [
        (
            {"Title": "Salmo - 90MIN (Official Live Performance) | Vevo X"},
            {"title_official": 1, "title_live": 1, "title_performance": 1, "title_bars": 1},
        ),
        ({"Title": "Alive"}, {"title_live": 0}),
        ({"Title": "Canción (VÍDEO OFICIAL) ft. Ñ"}, {"title_official": 1, "title_video": 1}),
        ({"Title": "LETRA/LYRICS", "Channel": "Zee Music Company"}, {"title_lyrics": 1}),
        ({"Title": "Ａｕｄｉｏ"}, {"title_audio": 1}),  # letters of full width
        ({"Title": "엔시티 드림 'Beatbox' MV"}, {"script_hangul": 5 / 14, "title_video": 1}),
        ({"Title": "Ни слова"}, {"script_cyrillic": 1, "script_accented": 0}),
        ({"Title": "残響散歌 のテ"}, {"script_han": 4 / 6, "script_kana": 2 / 6}),
        ({"Title": "दिल"}, {"script_indic": 1}),  # its second letter is a mark
        ({"Title": "१२"}, {"script_indic": 1}),
        ({"Title": "Élan × 2"}, {"script_accented": 1 / 4, "title_capitals": 1 / 4}),
        ({"Title": "123 !!"}, {"script_accented": 0, "title_capitals": 0, "title_words": 2}),
        ({"Title": "Live 1999"}, {"title_year": 1, "title_length": 9}),
        ({"Title": "Song 19991"}, {"title_year": 0, "title_song": 1}),
        (
            {"Track": "Dancin (feat. Luvli) - Krono Remix", "Title": "Aaron - Dancin [HD]"},
            {"title_names_track": 1, "title_remaster": 1, "track_feat": 1, "track_remix": 1},
        ),
        ({"Track": "(Intro)", "Title": "Intro"}, {"title_names_track": 1, "title_is_track": 1}),
        (
            {"Artist": "Beyoncé", "Channel": "BeyoncéVEVO", "Title": "Beyoncé – Halo"},
            {"channel_vevo": 1, "channel_is_artist": 1, "title_names_artist": 1},
        ),
        (
            {"Artist": "Emis Killa", "Channel": "Emis Killa - Topic"},
            {"channel_topic": 1, "channel_is_artist": 1, "channel_vevo": 0},
        ),
        (
            {"Artist": "Queen", "Channel": "Queen Official"},
            {"channel_official": 1, "channel_is_artist": 1},
        ),
        (
            {"Artist": "Bruno", "Channel": "Atlantic Records"},
            {"channel_label": 1, "channel_is_artist": 0, "channel_names_artist": 0},
        ),
        ({"Album_type": "single"}, {"is_single": 1, "is_compilation": 0}),
        ({"Album": "Rocky IV (Original Motion Picture Soundtrack)"}, {"album_soundtrack": 1}),
        ({"Licensed": pd.NA}, {"licensed": 0}),
        (
            {"Title": None, "Channel": None, "Album": None},
            {"title_length": 0, "title_names_artist": 0, "channel_is_artist": 0},
        ),
    ],
    ids=str,
)
def test_names_say_what_a_reader_sees_in_them(columns, facts) -> None:
    read = with_release_facts(one_track(**columns))
    assert read[list(facts)].iloc[0].to_dict() == pytest.approx(facts)


def test_who_shares_what_is_counted() -> None:
    table = pd.concat(
        [
            one_track(row=0, Artist="A", Channel="Label", video_id="duet"),
            one_track(row=1, Artist="B", Channel="Label", video_id="duet"),
            one_track(row=2, Artist="B", Channel="Label", video_id="solo"),
            one_track(row=3, Artist="B", Channel="B", video_id="another"),
        ],
        ignore_index=True,
    )
    read = (10 ** with_release_facts(table).filter(like="log10_") - 1).round(9)
    assert read["log10_video_tracks"].tolist() == [2, 2, 1, 1]
    assert read["log10_video_artists"].tolist() == [2, 2, 1, 1]
    assert read["log10_channel_tracks"].tolist() == [3, 3, 3, 1]
    assert read["log10_channel_artists"].tolist() == [2, 2, 2, 1]
    assert read["log10_channel_videos"].tolist() == [2, 2, 2, 1]
    assert read["log10_artist_tracks"].tolist() == [1, 3, 3, 3]
    assert read["log10_artist_channels"].tolist() == [1, 2, 2, 2]


def test_every_fact_says_what_it_rests_on(baseline) -> None:
    """Read in a table of its own, a track has the same facts where they rest on it alone, another
    where they count its table, and none of an artist's other tracks."""
    facts = (*FACTS, *artist_facts(OTHERS))
    assert len({fact.name for fact in facts}) == len(facts)
    assert all(fact.meaning and fact.rests_on in RESTS_ON for fact in facts)
    together = with_release_facts(baseline, OTHERS)
    alone = pd.concat(
        [with_release_facts(baseline.iloc[[row]], OTHERS) for row in range(0, len(baseline), 61)]
    )
    for fact in facts:
        read, again = together.loc[alone.index, fact.name], alone[fact.name]
        if fact.rests_on == "track":
            pd.testing.assert_series_equal(read, again)
        elif fact.rests_on == "table":
            assert again.eq(again.iloc[0]).all(), fact.name
        else:
            assert again.isna().all(), fact.name
            assert read.notna().all(), fact.name


def test_no_fact_reads_a_count_of_a_video(tracks) -> None:
    """Neither of 2023 nor of today: with counts in another order, every fact is the same."""
    rng = np.random.default_rng(1)
    order = rng.permutation(len(tracks))
    changed = [name for name in tracks if name.removeprefix("log10_") in COUNTS]
    changed += ["youtube_leaning", "delta_view", "view_growth", "log10_view_growth"]
    mixed = tracks.assign(**{name: tracks[name].to_numpy()[order] for name in changed})
    names = [fact.name for fact in (*FACTS, *artist_facts(OTHERS))]
    pd.testing.assert_frame_equal(
        with_release_facts(tracks, OTHERS)[names], with_release_facts(mixed, OTHERS)[names]
    )


def test_an_artists_context_is_of_its_other_tracks_alone(baseline) -> None:
    track, *others = baseline.index[baseline["Artist"] == "Artist 3"]
    changed = baseline.copy()
    changed.loc[track, "Energy"] = 7.0
    changed.loc[track, "Title"] = "한국어 (Official Video)"
    changed.loc[track, "Licensed"] = not baseline.loc[track, "Licensed"]
    names = [fact.name for fact in artist_facts(OTHERS)]
    before, after = (with_release_facts(table, OTHERS)[names] for table in (baseline, changed))
    np.testing.assert_allclose(before.loc[track], after.loc[track], rtol=1e-12, atol=1e-15)
    for name in ("Energy", "script_hangul", "licensed"):
        column = others_name(name)
        assert (before.loc[others, column] != after.loc[others, column]).all()
    strangers = baseline.index[baseline["Artist"] != "Artist 3"]
    pd.testing.assert_frame_equal(before.loc[strangers], after.loc[strangers])


def test_a_mean_of_other_tracks_is_of_those_that_are_known() -> None:
    table = pd.concat([one_track(row=row) for row in range(4)], ignore_index=True)
    table["Energy"] = [0.2, np.nan, 0.6, 0.7]
    means = with_release_facts(table, ["Energy"])["others_Energy"]
    np.testing.assert_allclose(means, [0.65, 0.5, 0.45, 0.4])
    pair = table.head(2)
    assert with_release_facts(pair, ["Energy"])["others_Energy"].isna().tolist() == [True, False]


def test_names_that_are_all_missing_stay_missing(baseline) -> None:
    read = with_release_facts(baseline.assign(Title=None))
    assert read["Title"].isna().all()
    some = with_release_facts(baseline.assign(Title=baseline["Title"].where(baseline.index > 5)))
    assert (some["Title"].head(5) == "").all()
