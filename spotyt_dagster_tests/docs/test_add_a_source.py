"""Does what docs/add_a_source.md says, with the code on that page, in a copy of the package."""

from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster_tests.docs.package_copy import copy_package, replace_once, run_python
from spotyt_dagster_tests.docs.pages import ROOT, blocks, code

PAGE = ROOT / "docs" / "add_a_source.md"
(CODE,) = blocks(PAGE, "python")
(PLACE,) = (span for span in code(PAGE) if span.endswith("/youtube_openings.py"))
(LISTED_IN,) = (span for span in code(PAGE) if span.endswith("/entities.py"))

CRAWL = """
import os, sys
from pathlib import Path
from spotyt_dagster.cli.commands import command_line
from spotyt_dagster.sample.tracks import write_sample_csv

write_sample_csv(Path("tracks.csv"), 7, 120)
os.environ |= {
    "SPOTYT_RAW": str(Path("tracks.csv").resolve()),
    "SPOTYT_STORAGE": str(Path("storage").resolve()),
    "SPOTYT_CRAWL_DB": f"sqlite:///{Path('crawl.sqlite').resolve()}",
    "SPOTYT_NOW": "2026-11-25T20:00:00+00:00",
    "DAGSTER_HOME": str(Path.cwd()),
}
Path("dagster.yaml").touch()
sys.argv = ["spotyt", "run", "--select", "group:tables"]
command_line()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a copy of the package with the entity type has crawled 120 tracks."""
    home = tmp_path_factory.mktemp("source")
    copy_package(home)
    assert not (home / PLACE).exists(), "it is in the product by now: show another type"
    (home / PLACE).write_text(CODE, encoding="utf-8")
    listed = home / LISTED_IN
    replace_once(listed, "import spotify, youtube\n", "import spotify, youtube, youtube_openings\n")
    assert "youtube_openings.OPENINGS," in code(PAGE)
    line = "    youtube.CHANNELS,\n"
    replace_once(listed, line, f"{line}    youtube_openings.OPENINGS,\n")
    run_python(CRAWL, home)
    return home


def test_its_asset_holds_what_youtube_says_of_each_channel(home: Path):
    tables = [pd.read_parquet(path) for path in home.glob("storage/crawl/youtube_openings/*")]
    table = pd.concat(tables)
    channels = pd.concat(map(pd.read_parquet, home.glob("storage/crawl/youtube_channels/*")))
    assert len(table) > 10
    assert set(table["channelId"]) == set(channels["channelId"])
    assert table["channelOpenedAt"].notna().sum() > 10
    assert table["channelOpenedAt"].dropna().between("2005-02-14", "2026-11-25").all()


def test_its_column_stands_beside_the_tracks(home: Path):
    tracks = pd.read_parquet(home / "storage/tables/crawled_tracks.parquet")
    known = tracks["channelId"].notna()
    assert known.sum() > 50
    assert tracks.loc[known, "channelOpenedAt"].notna().mean() > 0.9
    assert tracks.loc[~known, "channelOpenedAt"].isna().all()
