"""`spotyt`: the pipeline from a terminal, on Dagster's own API.

Importing this package costs nothing: the commands take most of a second to import, and Ctrl-C
during that second shall end in one line too.
"""

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C, SIGTERM and a closed terminal end it in one line."""
    from spotyt_dagster.cli.signals import ending_on_signals

    ending_on_signals(_command_line)


def _command_line() -> None:
    from spotyt_dagster.cli.commands import command_line

    command_line()
