import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from spotyt_dagster.reporting.html.model_section import ModelSection
from spotyt_dagster.reporting.html.page import render_report
from spotyt_dagster.reporting.html.report_section import ReportData
from spotyt_dagster.reporting.html.sections.study import COMPARISON

EVIL = "<script>alert('Ke$ha')</script>"
NO_COMPARISON = pd.DataFrame()
VOID = {"meta", "img", "br", "hr", "link", "input"}


@dataclass
class Page(HTMLParser):
    """The rendered page: its tags in order, its text by id, and whether tags close in order."""

    html: str
    tags: list[tuple[str, dict]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    text: str = ""
    _open: list[tuple[str, str | None]] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()
        self.feed(self.html)
        self.close()
        assert self._open == [], "tags are left open"

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self._open.append((tag, attributes.get("id")))
            self.handle_data(" ")

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        if any(tag in ("style", "script") for tag, _ in self._open):
            return
        self.text += data
        for _, identifier in self._open:
            if identifier:
                self.texts[identifier] = self.texts.get(identifier, "") + data

    def attributes(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, attribute):
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]


def _sections(png):
    summary = "        OLS Regression Results\n======   ======\nR-squared:   0.387\n\nNotes:\n[1] a"
    coefficients = pd.DataFrame({"coef": [0.7191]}, index=pd.Index(["Stream"], name="term"))
    return [
        ModelSection(
            "regression/knn",
            "K nearest neighbours",
            f"Two lines.\n\n{summary}",
            {"predicted_against_actual": png},
            {"coefficients": coefficients},
        ),
        ModelSection("regression/xgboost", "XGBoost"),
        ModelSection("classification/tabpfn", "TabPFN"),
        ModelSection("clustering/kmeans", "K-means", figures={"elbow": png}),
    ]


@pytest.fixture(scope="session")
def render(make_leaderboard, png):
    def render(raw_source="kaggle", api="live", comparison=NO_COMPARISON, **summary):
        page = render_report(
            ReportData(
                make_leaderboard(raw_source, api), _sections(png), summary, {COMPARISON: comparison}
            )
        )
        return Page(page)

    return render


def test_a_page_on_real_numbers_warns_of_nothing(render):
    page = render()

    assert "simulated" not in page.texts
    assert "simulated" not in page.text.lower()


@pytest.mark.parametrize("origin", [("sample", "live"), ("kaggle", "sandbox"), ("file", "sandbox")])
def test_a_page_on_any_simulated_number_opens_with_a_banner(render, origin):
    page = render(*origin)

    assert page.texts["simulated"].strip().startswith("SIMULATED NUMBERS")
    assert re.search("synthetic|simulated them", page.texts["simulated"])
    assert page.text.index("SIMULATED NUMBERS") < page.text.index("Leaderboard")


def test_provenance_known_to_the_facts_alone_counts_too(make_leaderboard):
    empty = make_leaderboard().head(0)

    assert "SIMULATED" in Page(render_report(ReportData(empty, [], {"api": ("sandbox",)}))).text
    assert "SIMULATED" not in Page(render_report(ReportData(empty, [], {"api": ("live",)}))).text


def test_mixed_provenance_is_simulated(make_leaderboard):
    mixed = make_leaderboard(api=("live", "sandbox"))

    assert "SIMULATED" in Page(render_report(ReportData(mixed, [], {}))).text


def test_with_a_sandbox_only_the_models_that_used_it_are_marked(render):
    page = render("kaggle", "sandbox")

    assert "simulated" not in page.texts["regression-knn"]
    assert "partly simulated" in page.texts["regression-xgboost"]


def test_the_made_up_sample_is_called_so_in_the_provenance(render):
    assert "no such tracks exist" in render("sample", "sandbox").texts["provenance"]
    assert "YouTube Data API v3" in render().texts["provenance"]


def test_every_model_has_its_section_and_the_leaderboard_leads_to_it(render):
    page = render()
    ids = page.values("id")

    assert [attributes["id"] for attributes in page.attributes("article")] == [
        "clustering-kmeans", "regression-knn", "regression-xgboost", "classification-tabpfn",
    ]  # fmt: skip
    for key in ("regression/knn", "regression/xgboost", "classification/tabpfn"):
        assert key in page.texts[key.replace("/", "-")]
        assert f"#{key.replace('/', '-')}" in page.values("href")
    assert len(ids) == len(set(ids))


def test_all_links_within_the_page_lead_somewhere(render):
    page = render("sample", "sandbox")
    targets = {f"#{identifier}" for identifier in page.values("id")}

    assert {href for href in page.values("href") if href.startswith("#")} <= targets


def test_a_failed_model_shows_why(render):
    leaderboard = render().texts["leaderboard"]

    assert re.search(r"TabPFN\s+FileNotFoundError: not run: no weights", leaderboard)


def test_scores_stand_with_their_intervals(render):
    leaderboard = " ".join(render().texts["leaderboard"].split())

    assert "0.650 0.600 to 0.700" in leaderboard
    assert "Grouped by artist Study's protocol" in leaderboard


def test_pictures_are_inside_the_page_with_a_text_for_those_who_cannot_see_them(render, png):
    images = render().attributes("img")

    assert len(images) == 2
    for image in images:
        kind, encoded = image["src"].split(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(encoded) == png
    assert images[1]["alt"] == "K nearest neighbours: Predicted against actual"


def test_the_page_asks_no_other_machine_for_anything(render):
    page = render("sample", "sandbox")

    assert not {"link", "script", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert all(source.startswith("data:") for source in page.values("src"))
    assert all(href.startswith("#") for href in page.values("href"))
    assert "http" not in page.html.replace(EVIL, "")
    assert not re.search(r"url\(|@import", page.html)


def test_strangers_text_is_shown_and_never_run(make_leaderboard, png):
    frame = pd.DataFrame({"Artist": [EVIL], EVIL: ["<img src=x onerror=1>"]})
    leaderboard = make_leaderboard().assign(
        notes=[(EVIL,)] * 9, features=EVIL, detail=EVIL, target=EVIL
    )
    section = ModelSection("regression/knn", EVIL, EVIL, {EVIL: png}, {EVIL: frame})
    comparison = frame.assign(model=EVIL, metric=EVIL, why=EVIL)
    summary = {"raw": EVIL, "dropped": {EVIL: 1}}
    page = Page(
        render_report(ReportData(leaderboard, [section], summary, {COMPARISON: comparison}))
    )

    assert "script" not in {tag for tag, _ in page.tags}
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert page.text.count(EVIL) >= 10


def test_aligned_text_keeps_its_columns_and_prose_does_not_become_code(render):
    page = render()

    assert len(page.attributes("pre")) == 1
    assert "R-squared:   0.387" in page.texts["regression-knn"]


def test_a_table_of_lines_is_shown_as_aligned_text(make_leaderboard):
    summary = pd.DataFrame({"line": ["  OLS  Results", "R-squared:   0.387", f"   {EVIL}"]})
    section = ModelSection("regression/ols", "OLS", tables={"views_summary": summary})
    page = Page(render_report(ReportData(make_leaderboard(), [section], {})))

    assert len(page.attributes("pre")) == 1
    assert "  OLS  Results\nR-squared:   0.387\n" in page.texts["regression-ols"]
    assert "Views summary" in page.texts["regression-ols"]


def test_tables_show_their_row_names_and_say_how_much_is_left_out(make_leaderboard):
    long = pd.DataFrame({"value": range(100)}).rename_axis("cluster").iloc[::-1]
    section = ModelSection("clustering/kmeans", "K-means", tables={"profile": long})
    page = Page(render_report(ReportData(make_leaderboard(), [section], {})))

    shown = " ".join(page.texts["clustering-kmeans"].split())
    assert "Cluster Value 99 99 98 98" in shown
    assert "92 more rows are in the stored table" in shown


def test_all_metrics_of_a_model_are_in_its_section(render):
    section = " ".join(render().texts["regression-xgboost"].split())

    for figure in ("R² 0.800", "NRMSE 0.020", "R² 0.550"):
        assert figure in section


def test_facts_are_shown_in_the_given_order(render):
    page = render(
        raw_rows=20_718,
        crawl_coverage=0.9731,
        dropped_rows={"video_deleted": 112},
        made=datetime(2026, 11, 25, 10, 6, tzinfo=UTC),
    )
    head = " ".join(page.text[: page.text.index("Skip") + 2000].split())

    assert "Raw rows 20,718 Crawl coverage 97.3 % Dropped rows Video deleted 112 Made" in head
    assert "25 November 2026, 10:06 UTC" in head


def test_the_study_stands_beside_ours_with_the_reason(render):
    comparison = pd.DataFrame(
        [
            {
                "model": "knn",
                "metric": "r2",
                "study": 0.5071,
                "ours": 0.65,
                "why": "Its K was chosen on test rows.",
            }
        ]
    )
    page = render(comparison=comparison)

    assert "0.507" in page.texts["study"]
    assert "Its K was chosen on test rows." in page.texts["study"]
    assert "KNN R² 0.507 0.650" in " ".join(page.texts["study"].split())
    assert "study" not in render().texts


def test_the_reader_is_told_what_a_view_is_now(render):
    explained = " ".join(render().texts["how-to-read"].split())

    assert "Since 27 August 2026 YouTube counts a view at the start of playback" in explained
    assert "not comparable with the 2023 CSV" in explained


def test_the_page_can_be_used_by_keyboard_and_screen_reader(render):
    page = render("sample", "sandbox")

    assert page.tags[0] == ("html", {"lang": "en"})
    assert len(page.attributes("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    tables = page.attributes("table")
    assert len(page.attributes("caption")) == len(tables)
    regions = [attributes for _, attributes in page.tags if attributes.get("role") == "region"]
    assert len(regions) == len(tables)
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in regions)
    assert all("scope" in attributes for attributes in page.attributes("th"))


def test_an_empty_leaderboard_still_makes_a_page(make_leaderboard):
    page = Page(render_report(ReportData(make_leaderboard().head(0), [], {})))

    assert "No model has run yet." in page.text


def test_the_same_inputs_make_the_same_page(render):
    assert render("sample", "sandbox").html == render("sample", "sandbox").html
