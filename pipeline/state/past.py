"""What comes of a brand's panes before the current one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import add
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.state.days import Counts, Sums
from pipeline.state.packed import Held
from pipeline.state.pane import Pane
from pipeline.state.reading import Reading
from pipeline.state.said import Said, said_in, together
from pipeline.state.tiers import Window

NOT_LOOKED = -(1 << 62)
"""Before all panes."""


@dataclass(frozen=True, eq=False)
class DaySeries:
    """The days between ``folded`` and ``current``, ascending; those without a pane are left out.

    ``said`` in advocate-days (and their squares) and ``mentions``, an entry a day of ``days``.
    """

    folded: int
    current: int
    days: NDArray[np.int64]
    mentions: Counts
    said: Said
    held: tuple[Held, ...]

    @property
    def advocacy(self) -> Sums:
        """The advocacy of each day, in advocate-days."""
        return self.said.advocacy

    @property
    def detraction(self) -> Sums:
        """The detraction of each day, in advocate-days."""
        return self.said.detraction

    @cached_property
    def sampled(self) -> dict[int, Pane]:
        """The days of which not every author is known, by their entries."""
        return {
            entry: pane
            for entry, pane in enumerate(self.held)
            if isinstance(pane, Pane) and not pane.exact
        }

    def since(self, day: int) -> Said:
        """Return what was said on those of the days that are not before ``day``."""
        start = int(self.days.searchsorted(day))
        return Said(*[sums[start:] for sums in self.said])

    def between(self, folded: int, current: int) -> DaySeries:
        """Return those of the days that lie between two."""
        some = slice(*np.searchsorted(self.days, (folded + 1, current)).tolist())
        return DaySeries(
            folded,
            current,
            self.days[some],
            self.mentions[some],
            Said(*[sums[some] for sums in self.said]),
            self.held[some],
        )

    def and_then(self, days: Sequence[int], held: Sequence[Held], current: int) -> DaySeries:
        """Return these days and later ones, up to ``current``; ``held`` is what is kept of each."""
        said = zip(self.said, said_in(held), strict=True)
        return DaySeries(
            self.folded,
            current,
            np.append(self.days, np.array(days, np.int64)),
            np.append(self.mentions, np.array([each.mentions for each in held], np.int64)),
            Said(*[np.append(before, then) for before, then in said]),
            (*self.held, *held),
        )


NO_DAYS = DaySeries(
    NOT_LOOKED, NOT_LOOKED, np.zeros(0, np.int64), np.zeros(0, np.int64), said_in(()), ()
)


class Tally(NamedTuple):
    """Sums of the counters of some panes; see :class:`~pipeline.state.pane.Pane`."""

    mentions: int
    unscored: int
    retracted: int
    non_earned: int
    likes: int
    shares: int
    followers: int
    clicks: int


NOTHING = Tally(0, 0, 0, 0, 0, 0, 0, 0)
"""The counters of no panes."""


class Past:
    """The panes of a window before the current one, and what they come to.

    The same object until one of them changes; nothing may be asked of it after that.
    """

    def __init__(self, held: Sequence[Held], k: int) -> None:
        self._held = held
        self._k = k

    @cached_property
    def tally(self) -> Tally:
        """The sums of their counters."""
        return Tally(*map(sum, zip(NOTHING, *[each.counters for each in self._held], strict=True)))

    @cached_property
    def together(self) -> Reading:
        """All authors, as many as the tier's k."""
        return together(self._held, self._k)

    @cached_property
    def sampled(self) -> tuple[Reading, ...]:
        """The readings that do not know every author."""
        return tuple(
            [each.reading for each in self._held if isinstance(each, Pane) and not each.exact]
        )


class Seen(NamedTuple):
    """What there is of a window at one time.

    ``current`` is the index of its last pane and ``held`` what is kept of that, None where there is
    none; ``past`` are the panes before it.
    """

    over: Window
    current: int
    past: Past
    held: Held | None

    @property
    def mentions(self) -> int:
        """Mentions in the window."""
        held = self.held
        return self.past.tally.mentions + (0 if held is None else held.mentions)

    @property
    def tally(self) -> Tally:
        """The sums of all counters in the window."""
        held = self.held
        return self.past.tally if held is None else Tally(*map(add, self.past.tally, held.counters))
