"""How long a fit takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def timed(fit: Callable[..., Made], *arguments: object) -> tuple[Made, float]:
    """What fit(*arguments) returns, and how many seconds it took."""
    start = time.perf_counter()
    made = fit(*arguments)
    return made, time.perf_counter() - start
