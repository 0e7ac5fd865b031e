"""Which mentions of a batch are duplicates.

An id is known while the minute in which it was accepted is kept; then a mention with it is a
duplicate, changes nothing and does not move the watermark. Most batches hold no id twice and none
that is known, and that is seen at a glance. Otherwise those few are judged one after another.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.events.hashing import Hashes
from pipeline.events.instant_columns import Flags, Instants
from pipeline.state.recent_ids import RecentIds
from pipeline.state.row import NO_WATERMARK
from pipeline.state.tiers import MINUTE, kept


def duplicates(
    keys: Hashes,
    at: Instants,
    watermark: int,
    recent: RecentIds,
    remembers: Callable[[int, Flags], bool],
) -> Flags:
    """Mark the duplicates among mentions, in the order of their records.

    Args:
        keys: What tells their ids apart, brands included.
        at: Their event times, microseconds.
        watermark: The partition's before the first of them.
        recent: The ids that are known.
        remembers: Tells, of an entry that is accepted and the duplicates before it, whether its
            minute still has room for its id.
    """
    duplicate = np.zeros(keys.size, np.bool_)
    several = recent.known_or_repeated(keys)
    if not several.any():
        return duplicate
    # Only what is said of ids that come more than once matters.
    entries = np.flatnonzero(several)
    known = set(keys[entries[recent.known(keys[entries])]].tolist())
    accepted: dict[int, int] = {}
    suspects: list[tuple[int, int]] = []
    for entry, key in zip(entries.tolist(), keys[entries].tolist(), strict=True):
        if key in accepted or key in known:
            suspects.append((entry, key))
        else:
            accepted[key] = entry
    sure = at.copy()
    sure[[entry for entry, _ in suspects]] = NO_WATERMARK
    passed = np.maximum.accumulate(sure)
    for entry, key in suspects:
        own = int(at[entry])
        now = max(watermark, int(passed[entry]), own)
        if not kept(MINUTE, own // MINUTE.size, now):
            watermark = max(watermark, own)
            continue
        before = accepted.get(key)
        if before is None:
            first = recent.minute(key)
        elif remembers(before, duplicate):
            first = int(at[before]) // MINUTE.size
        else:
            first = None
        if first is not None and kept(MINUTE, first, now):
            duplicate[entry] = True
        else:
            accepted[key] = entry
            watermark = max(watermark, own)
    return duplicate
