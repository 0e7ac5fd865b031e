"""What a table forgets of a brand, found by looking at all that there is."""

from __future__ import annotations

from pipeline.state.brand import BrandMentions
from pipeline.state.packed_block import Kept
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR, MINUTE, first_kept


def drop_expired(brand: BrandMentions, watermark: int) -> tuple[list[Pane], dict[int, Kept]]:
    """Let go of all of a brand that is not kept at ``watermark``, folding days; return it.

    Old hours are trimmed.

    Returns:
        The panes, and packed hours by their index.
    """
    brand._horizon.move(watermark)
    minutes = [index for index in sorted(brand.minute) if index < first_kept(MINUTE, watermark)]
    gone: list[Kept | None] = [brand.drop_minute(index) for index in minutes]
    packed: dict[int, Kept] = {}
    for index in sorted(brand.hour):
        if index < first_kept(HOUR, watermark):
            held = brand.hour.pop(index)
            if isinstance(held, Pane):
                gone.append(held)
            else:
                packed[index] = held
        else:
            brand.trim_hour(index)
    brand.forget_hours()
    panes = [held for held in gone if isinstance(held, Pane)]
    return [*panes, *brand.fold_until(first_kept(DAY, watermark) - 1)], packed
