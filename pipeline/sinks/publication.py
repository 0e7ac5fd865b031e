"""What is published of one brand: the value that passes from evaluation to the sinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    # By name only: whoever just reads Redis needs nothing of what a result is computed from.
    from pipeline.metrics.activity_results import Result

Offsets = tuple[int, int, int]
"""Applied offsets of mentions, tickets and activity in one partition; -1 where none was applied."""


class Publication(msgspec.Struct, frozen=True):
    """A brand's whole published state at one evaluation time; absolute, never a difference.

    ``incarnation`` is the number kept with the topics and raised when they are made anew; with
    ``offsets`` it orders publications, so that a worker that lost the partition cannot win.
    ``as_of`` is the evaluation time in microseconds since the epoch. ``fields`` are the snapshot's,
    ``version`` excepted, as decimal strings; ``ledger`` maps ``YYYY-MM-DD`` to a line of JSON;
    ``alerts`` holds the fields of each alert by its kind; ``launches`` and ``campaigns`` are in
    order of their start. The mappings must not be changed once they are handed over.
    """

    brand: str
    partition: int
    incarnation: int
    offsets: Offsets
    as_of: int
    fields: Mapping[str, str]
    ledger: Mapping[str, str] = {}
    launches: Sequence[Result] = ()
    campaigns: Sequence[Result] = ()
    alerts: Mapping[str, Mapping[str, str]] = {}
