"""Measures the statistics that `spotyt_dagster.sample` is generated from; not part of the wheel."""
