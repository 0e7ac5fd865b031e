"""Who of a brand's earned audience speaks in a window of three days, and who is new.

Formula: E = authors with p > 0 in the 84 days before the window; ``active`` = those of them with
p > 0 in the window; ``joined`` = authors with p > 0 in the window who are not in E. Unit: authors.
Source: definition "Activation at a launch". Days are samples of authors with one hash for each
author everywhere: counted below the smallest threshold of all days and divided by it, all three are
unbiased, and the share of E that is active is that of one and the same sample. Example: 1 and 2
spoke before, 2 and 3 speak now::

    >>> def day(*authors):
    ...     return Reading(np.array(authors, np.uint64), np.ones((2, len(authors))), None)
    >>> window([day(1), day(1, 2)], [day(2), day(2, 3)])
    Window(audience=2.0, active=1.0, joined=1.0)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.state.reading import HASH_SPACE, Reading
from pipeline.state.strongest import Hashes

WINDOW_DAYS = 3
AUDIENCE_DAYS = 84
MATCHED_WEEKS = 8
"""A launch is compared with the windows that start so many weeks before it, and each week since."""

FINAL_AFTER = WINDOW_DAYS + 2
"""Days after its start at which what a window shows is final."""


class Window(NamedTuple):
    """Estimated numbers of authors; exact where all authors of all days are known."""

    audience: float
    active: float
    joined: float


def matched(start: int) -> list[int]:
    """Return the start days of the windows that a launch on day ``start`` is compared with."""
    return [start - 7 * week for week in range(1, MATCHED_WEEKS + 1)]


def window(before: Sequence[Reading], during: Sequence[Reading]) -> Window:
    """Count the audience of the days ``before`` and what it does on the days of the window."""
    limits = [day.limit for day in (*before, *during) if day.limit is not None]
    limit = min(limits, default=None)
    audience = _advocates(before, limit)
    speaking = _advocates(during, limit)
    active = np.intersect1d(audience, speaking, assume_unique=True).size
    theta = 1.0 if limit is None else limit / HASH_SPACE
    return Window(audience.size / theta, active / theta, (speaking.size - active) / theta)


def _advocates(days: Iterable[Reading], limit: int | None) -> Hashes:
    """Return the hashes below ``limit`` of those who spoke for the brand on any day."""
    parts = [day.hashes[day.p > 0] for day in days if day.hashes.size]
    if not parts:
        return np.empty(0, np.uint64)
    hashes = np.unique(np.concatenate(parts))
    return hashes if limit is None else hashes[: np.searchsorted(hashes, np.uint64(limit))]
