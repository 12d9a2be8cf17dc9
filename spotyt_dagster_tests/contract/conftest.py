"""A sandbox for third-party clients to talk to: the one that the sandbox's own tests use."""

from spotyt_dagster_tests.sandbox.conftest import clock, server, world

__all__ = ["clock", "server", "world"]
