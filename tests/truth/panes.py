"""Brands remembered as panes, made of the authors' words themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.sample import words_of
from pipeline.state.tiers import Tier
from tests.truth.findings import Numbers

Hashes = NDArray[np.uint64]


def put(
    brand: BrandMentions, tier: Tier, index: int, hashes: Hashes, p: Numbers, q: Numbers
) -> None:
    """Add a pane to a brand: what these authors said, each at the strongest.

    Each author counts as one mention.
    """
    pane = Pane(tier, index)
    pane.sample.add_all(words_of(hashes, np.stack([p, q])))
    pane.mentions = hashes.size
    brand.whole(tier)[index] = pane
    brand.carry.see(index * tier.size)
