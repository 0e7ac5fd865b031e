"""What batches made of packed panes since the last cut, as it came: what the next one writes.

Which value of a pane is its newest, and what has expired meanwhile, is seen when they are written,
of all at once.
"""

from __future__ import annotations

import numpy as np

from pipeline.compiled import PADDING
from pipeline.events.text_scan import distinct
from pipeline.state.entries import NO_COLUMNS, Columns
from pipeline.state.packed import Made
from pipeline.state.pane_keys import key_columns
from pipeline.state.tiers import HOUR, Tier, first_kept


class Fresh:
    """Packed panes that no cut has written."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: list[tuple[Tier, Made]] = []

    def add(self, tier: Tier, made: Made) -> None:
        """Have panes written."""
        self._made.append((tier, made))

    def clear(self) -> None:
        """Have nothing written of what was added."""
        self._made.clear()

    def take(self, watermark: int, first_hour: int) -> Columns:
        """Return keys and values of those that are kept at a watermark, each pane once.

        Hours are kept from the first one on. In the order in which they changed first.
        """
        keys, key_places, keys_end = [], [], 0
        values, value_places, values_end = [], [], 0
        for tier, made in self._made:
            its = np.stack((made.ends[:-1], made.ends[1:]))
            first = first_hour if tier is HOUR else first_kept(tier, watermark)
            wanted = (made.index >= first) & (its[0] < its[1])
            values.append(made.values)
            value_places.append(its[:, wanted] + values_end)
            values_end += len(made.values)
            raw, bounds = key_columns(made.names, made.brand[wanted], made.index[wanted], tier)
            keys.append(raw)
            key_places.append(np.stack((bounds[:-1], bounds[1:])) + keys_end)
            keys_end += raw.size
        self._made.clear()
        if not keys:
            return NO_COLUMNS
        raw = np.concatenate((*keys, np.zeros(PADDING, np.uint8)))
        texts = np.concatenate(key_places, axis=1)
        firsts, codes = distinct(raw, texts)
        newest = np.empty(firsts.size, np.int64)
        # Of several that belong into one place the last stays there.
        newest[codes] = np.arange(codes.size)
        return Columns(
            raw,
            texts.take(newest, 1),
            np.frombuffer(b"".join(values), np.uint8),
            np.concatenate(value_places, axis=1).take(newest, 1),
        )
