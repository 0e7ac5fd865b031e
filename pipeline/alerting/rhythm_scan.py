"""What the other brands of many hours share, without the brand that asks (compiled).

See :mod:`pipeline.alerting.rhythm`. All that is compiled together stands in one file, see
:mod:`pipeline.compiled`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.alerting.baseline import Values
from pipeline.alerting.residuals import Side
from pipeline.alerting.rhythm import MIDDLE, NO_BIN, TOGETHER, WIDTH, Bins, Crowd, Flags
from pipeline.compiled import borrowed, entry

_MOST = 0.8
_OTHERS = 2
_SHRINK = 1


def shared(crowd: Crowd, own: Bins, side: Side) -> tuple[Values, Flags]:
    """Return what to take off a brand's residuals, hour by hour, and where all went down together.

    Args:
        crowd: All brands, this one among them.
        own: The bins that this brand fell into.
        side: Which way is bad, and can be excused.

    Returns:
        The rhythm in standard deviations, and at which hours most of the others, two at least, and
        this brand were beyond two of them: so much at once is nobody's own doing.
    """
    excused, together = np.empty(own.size), np.empty(own.size, np.bool_)
    bad = crowd.low if side.sign < 0 else crowd.high
    _look_around(
        *(crowd.histograms, crowd.counts, crowd.middle, bad),
        *(own, side.sign, excused, together),
    )
    return excused, together


@entry(
    "void(int64[:, ::1], int64[:], int64[:, :], int64[:], int64[::1], int64, float64[::1],"
    "bool_[::1])"
)
def _look_around(
    histograms: Any,
    counts: Any,
    middle: Any,
    bad: Any,
    own: Any,
    sign: Any,
    excused: Any,
    together: Any,
) -> None:
    histograms, counts, middle, bad = (
        borrowed(histograms),
        borrowed(counts),
        borrowed(middle),
        borrowed(bad),
    )
    own, excused, together = borrowed(own), borrowed(excused), borrowed(together)
    for hour in range(own.size):
        its = own[hour]
        said = its != NO_BIN
        # What this brand told may have been deleted since.
        inside = said and histograms[hour, its] > 0
        count = counts[hour] - inside
        # The lower and the upper median are the same bin but where the count is even. Without this
        # brand, the bins from its own on lie one place further down.
        lower, upper = middle[1, hour], middle[2, hour]
        if inside:
            lower = middle[2, hour] if middle[0, hour] >= its else middle[0, hour]
            upper = middle[3, hour] if middle[1, hour] >= its else middle[1, hour]
        median = ((lower + upper) / 2 - MIDDLE) * WIDTH * sign if count > 0 else 0.0
        excused[hour] = max(median, 0.0) * count / (count + _SHRINK) * sign
        is_bad = said and (its - MIDDLE) * WIDTH * sign >= TOGETHER
        as_bad = bad[hour] - (inside and is_bad)
        together[hour] = is_bad and count >= _OTHERS and as_bad >= _MOST * count
