"""What a table forgets of a brand, found by looking at all that there is."""

from __future__ import annotations

from pipeline.state.brand import BrandMentions
from pipeline.state.lone import Lone
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR, MINUTE, first_kept


def drop_expired(brand: BrandMentions, watermark: int) -> tuple[list[Pane], dict[int, Lone]]:
    """Let go of all of a brand that is not kept at ``watermark``, folding days; return it.

    Old hours are trimmed.

    Returns:
        The panes, and lone mentions by their hours.
    """
    brand._horizon.move(watermark)
    minutes = [index for index in sorted(brand.minute) if index < first_kept(MINUTE, watermark)]
    gone = [brand.drop_minute(index) for index in minutes]
    lone = {}
    for index in sorted({*brand.hour, *brand.lone}):
        if index < first_kept(HOUR, watermark):
            held = brand.drop_hour(index)
            if isinstance(held, Lone):
                lone[index] = held
            else:
                gone.append(held)
        else:
            brand.trim_hour(index)
    brand.forget_hours()
    return [*filter(None, gone), *brand.fold_until(first_kept(DAY, watermark) - 1)], lone
