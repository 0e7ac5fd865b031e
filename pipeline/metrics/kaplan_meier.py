"""Kaplan-Meier's estimate of how long something takes, with censoring and late entry.

Durations fall into buckets whose bounds grow by 1.01/0.99, each stood for by the value that is
within 1 % of all in it (the mapping of Masson, Rim and Lee, "DDSketch", VLDB 2019). The estimate
after bucket i is the product over buckets j up to i of 1 - d_j/n_j, with d_j ends and n_j subjects
at risk: those who entered before bucket j and are not gone before it (Kaplan and Meier 1958; late
entry as in Klein and Moeschberger, section 4.6). Subjects censored in a bucket are at risk in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RELATIVE_ERROR = 0.01
_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA = math.log(_GAMMA)


def bucket(durations: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bucket of each duration: 0 for 0 and less, 1 for one unit, and so on."""
    logs = np.log(np.maximum(durations, 1)) / _LOG_GAMMA
    return np.where(durations > 0, 1 + np.ceil(logs).astype(np.int64), 0)


def bucket_value(index: int) -> float:
    """Return the duration that stands for a bucket, within 1 % of every one in it."""
    if index == 0:
        return 0.0
    return float(2 * _GAMMA ** (index - 1) / (_GAMMA + 1))


@dataclass(frozen=True, slots=True)
class Survival:
    """An estimated survival function: ``values[i]`` is S after bucket ``i``; none: no subjects."""

    values: NDArray[np.float64]

    @property
    def is_empty(self) -> bool:
        """Whether nobody was at risk at any time."""
        return len(self.values) == 0

    def quantile(self, p: float) -> float | None:
        """Return the smallest bucket value with S ≤ 1 - p, in the unit of the durations.

        None where the estimate does not come down that far: the quantile lies beyond what was
        observed.
        """
        # Products of fractions miss 1 - p by rounding where they should meet it exactly.
        reached = self.values <= 1 - p + 1e-12
        return bucket_value(int(reached.argmax())) if reached.any() else None


def kaplan_meier(
    durations: NDArray[np.int64], ended: NDArray[np.bool_], entered: NDArray[np.int64]
) -> Survival:
    """Estimate the survival function.

    Args:
        durations: Age at which each subject ended or was last seen; integer units, say
            microseconds. Negative ones count as 0.
        ended: Whether it ended then (else it was censored).
        entered: Age from which the subject was under observation; 0 or less: from the start.
            Subjects that were gone at or before that age are left out.
    """
    seen = (entered <= 0) | (durations > entered)
    exits = bucket(durations[seen])
    if len(exits) == 0:
        return Survival(np.empty(0))
    ended, entered = ended[seen], entered[seen]
    size = int(exits.max()) + 1
    ends = np.bincount(exits[ended], minlength=size)
    gone = np.bincount(exits, minlength=size)
    late = entered > 0
    at_risk = np.count_nonzero(~late) - gone.cumsum() + gone
    if late.any():
        # An entry counts from the bucket after its own. Who enters and ends in one bucket is at
        # risk there: left out it could end without having been at risk.
        entries, their_exits = bucket(entered[late]), exits[late]
        at_risk += np.bincount(entries + 1, minlength=size + 1)[:size].cumsum()
        at_risk += np.bincount(their_exits[ended[late] & (entries == their_exits)], minlength=size)
    # Where nobody is at risk nobody ends.
    return Survival(np.cumprod(1 - ends / np.maximum(at_risk, 1)))
