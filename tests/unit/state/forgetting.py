"""What a table forgets of a brand, found by looking at all that there is."""

from __future__ import annotations

from pipeline.state.brand import BrandMentions
from pipeline.state.packed_block import Kept
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR, MINUTE, first_kept

NEVER = 1 << 40
"""An hour that none is before of which alerts have not decided."""


def drop_expired(
    brand: BrandMentions, watermark: int, undecided: int = NEVER
) -> tuple[list[Pane], dict[int, Kept]]:
    """Let go of all of a brand that is not kept at ``watermark``, folding days; return it.

    Old hours are trimmed. Those that alerts look at that have not decided an hour are kept: of the
    26 weeks before the watermark all from 57 days before that hour on.

    Returns:
        The panes, and packed hours by their index.
    """
    oldest = (watermark - 26 * 7 * DAY.size) // HOUR.size
    first = max(oldest, min(first_kept(HOUR, watermark), undecided - 57 * 24))
    brand._horizon.move(watermark, first)
    minutes = [index for index in sorted(brand.minute) if index < first_kept(MINUTE, watermark)]
    gone: list[Kept | None] = [brand.drop_minute(index) for index in minutes]
    packed: dict[int, Kept] = {}
    for index in sorted(brand.hour):
        if index < first:
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
