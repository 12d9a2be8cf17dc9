"""Hashed random numbers: uniform draws that are a function of an id, a purpose and a seed.

Whatever the sandbox simulates (growth, gone videos, faults) is drawn here and never from a
generator's state, so that an answer cannot depend on which call came first.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

#: blake2b gives at most 64 bytes, which is eight numbers of 64 bits.
MOST_NAMES = 8


def uniforms(
    ids: Iterable[str], kind: str, names: Sequence[str], seed: int
) -> dict[str, np.ndarray]:
    """Uniform numbers in (0, 1) for each id.

    Args:
        ids: n keys.
        kind: what the ids are (at most 16 bytes); the same id of another kind gets other numbers.
        names: at most `MOST_NAMES` names of the numbers wanted for each id.
        seed: 0 to 2**64 - 1.

    Returns:
        By name, an array of shape (n,) and dtype float64.

    Raises:
        ValueError: too many names, or `kind` too long (from blake2b).
    """
    if len(names) > MOST_NAMES:
        raise ValueError(f"{len(names)} numbers an id were asked for; one hash gives {MOST_NAMES}")
    root = blake2b(digest_size=8 * len(names), key=seed.to_bytes(8, "big"), person=kind.encode())
    digests = bytearray()
    for key in ids:
        hashed = root.copy()
        hashed.update(key.encode())
        digests += hashed.digest()
    integers = np.frombuffer(bytes(digests), dtype=">u8").reshape(-1, len(names))
    # 53 bits fill a float64; half a step keeps out 0, whose normal score is infinite.
    uniform = ((integers >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return {name: uniform[:, column] for column, name in enumerate(names)}
