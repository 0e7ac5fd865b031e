"""Brands built from what was said about them."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.events.admitted import AdmittedMention
from pipeline.state.brand import BrandMentions
from pipeline.state.pane import Pane
from pipeline.state.tiers import TIERS, kept


def mention(
    at: int, author: int = 1, p: float = 0.0, q: float = 0.0, **more: int
) -> AdmittedMention:
    """Return an accepted mention."""
    return AdmittedMention("acme", at, "x", 1, author, p, q, **more)  # type: ignore[arg-type]


def brand_of(mentions: Iterable[AdmittedMention]) -> BrandMentions:
    """Merge mentions into panes as a table does that reads them in this order."""
    brand = BrandMentions()
    watermark = 0
    for one in mentions:
        add(brand, one, watermark)
        watermark = max(watermark, one.at)
    return brand


def add(brand: BrandMentions, one: AdmittedMention, watermark: int = 0) -> None:
    """Merge one mention."""
    for tier in TIERS:
        index = one.at // tier.size
        if kept(tier, index, watermark):
            (brand.pane(tier, index) or brand.put(Pane(tier, index))).add(one)
    brand.changed(one.at)
    brand.carry.see(one.at)
