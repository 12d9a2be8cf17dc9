"""The report's sections, in the order in which they stand on the page; one file each."""

from spotyt_dagster.reporting.html.sections import how_to_read, leaderboard, models, study

SECTIONS = (
    leaderboard.SECTION,
    study.SECTION,
    *models.SECTIONS,
    how_to_read.SECTION,
)
