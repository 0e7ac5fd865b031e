"""Reopen ratio: how many solutions did not hold.

Formula: of the solves after t - 35 d and up to t - 7 d, the share whose ticket was reopened within
7 d; each of them has had its seven days. A ticket that was reopened and solved again has two; a
solve of a ticket that is solved already only moves the solve. Unit: 0..1. Source: definition
"Reopen ratio". Example: two solves ten days ago, one of them reopened the day after::

    >>> solved, reopened = np.array([-10 * DAY, -10 * DAY]), np.array([-9 * DAY, NEVER])
    >>> reopen_ratio(solved, reopened, t=0)
    0.5
"""

from __future__ import annotations

import numpy as np

from pipeline.events.instants import DAY
from pipeline.state.ticket_columns import NEVER, Column

HELD_FOR = 7 * DAY
"""A solve that is undone later than this was one."""
WINDOW = 28 * DAY


def reopen_ratio(solved: Column, reopened: Column, t: int) -> float | None:
    """Return the ratio at ``t``; None where nothing was solved in the window.

    Args:
        solved: When each solve was, microseconds.
        reopened: When each was undone, or ``NEVER``.
        t: Evaluation time, microseconds.
    """
    end = t - HELD_FOR
    judged = (solved > end - WINDOW) & (solved <= end)
    solves = int(judged.sum())
    if solves == 0:
        return None
    undone = judged & (reopened != NEVER) & (reopened - solved <= HELD_FOR)
    return int(undone.sum()) / solves


def changes_at(solved: Column) -> Column:
    """Return every instant from which on other solves are judged than before."""
    solved = solved[solved != NEVER]
    return np.concatenate((solved + HELD_FOR, solved + (HELD_FOR + WINDOW)))
