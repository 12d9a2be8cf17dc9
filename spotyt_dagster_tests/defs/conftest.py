import dagster as dg
import pytest

from spotyt_dagster.settings import Settings
from spotyt_dagster_tests.defs.pipeline import Pipeline


@pytest.fixture
def pipeline(settings: Settings, instance: dg.DagsterInstance) -> Pipeline:
    return Pipeline(settings, instance)


@pytest.fixture
def ingested(pipeline: Pipeline) -> Pipeline:
    assert pipeline.run("ingest").success
    return pipeline
