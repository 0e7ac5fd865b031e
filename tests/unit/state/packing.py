"""Packed panes for tests."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.events.admitted import AdmittedMention
from pipeline.state.packed import Packed
from pipeline.state.pane import Pane
from pipeline.state.tiers import HOUR


def packed(index: int, mentions: Iterable[AdmittedMention], applied: int = 0) -> Packed:
    """Return a packed hour."""
    pane = Pane(HOUR, index)
    for mention in mentions:
        pane.add(mention)
    return Packed(pane.encode(applied), pane.mentions)
