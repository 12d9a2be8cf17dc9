"""Where numbers come from: read from the columns of a table, joined, and judged.

Every row of a table names its sources in the columns of `SOURCES`: one name, or a list of several.
How provenance is put into words for a reader is the business of reporting/.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

#: The columns that name sources, and the names that mean simulated numbers: tracks of the synthetic
#: data set, answers of the loopback server.
SOURCES = ("raw_source", "api")
SIMULATED = frozenset({"sample", "sandbox"})


@dataclass(frozen=True)
class Provenance:
    """The distinct sources of some rows, sorted.

    Attributes:
        raw_source: where the raw table came from: kaggle, file or sample.
        api: who answered the crawl: live or sandbox; "none" of rows that hold nothing crawled.
    """

    raw_source: tuple[str, ...] = ()
    api: tuple[str, ...] = ()

    @classmethod
    def of(cls, *tables: pd.DataFrame) -> "Provenance":
        """The sources that these tables name; a table may lack one of the columns.

        Example:
            >>> table = pd.DataFrame({"raw_source": ["kaggle"], "api": [["live", "sandbox"]]})
            >>> Provenance.of(table)
            Provenance(raw_source=('kaggle',), api=('live', 'sandbox'))
        """
        return cls(
            *(
                _distinct(cell for table in tables if name in table for cell in _cells(table[name]))
                for name in SOURCES
            )
        )

    def __or__(self, other: "Provenance") -> "Provenance":
        """The sources of both."""
        return Provenance(
            _distinct([self.raw_source, other.raw_source]), _distinct([self.api, other.api])
        )

    @property
    def is_simulated(self) -> bool:
        """Whether any of the numbers is simulated."""
        return not SIMULATED.isdisjoint((*self.raw_source, *self.api))


def _cells(column: pd.Series) -> Iterable[object]:
    return column.unique() if isinstance(column.dtype, pd.StringDtype) else column


def _distinct(cells: Iterable[object]) -> tuple[str, ...]:
    names: set[str] = set()
    for cell in cells:
        if isinstance(cell, str):
            names.add(cell)
        elif pd.api.types.is_list_like(cell):
            names.update(cell)  # pyright: ignore[reportArgumentType]
    return tuple(sorted(names - {""}))
