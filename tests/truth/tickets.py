"""Brands remembered as tickets, fed event by event."""

from __future__ import annotations

import numpy as np

from pipeline.events.admitted import AdmittedTicketEvent
from pipeline.state.tickets import TicketBook
from tests.truth.findings import Numbers


def book_of(
    t: int, opened: Numbers, solved: Numbers, removed: Numbers, work: Numbers
) -> TicketBook:
    """Return what is remembered at ``t`` of tickets that are solved or merged, whatever is first.

    Args:
        t: Events after it have not come yet, microseconds.
        opened: When each ticket is opened, microseconds.
        solved: When it is solved, unless it was removed before.
        removed: When it is merged, infinity for never.
        work: The handle time of each in seconds, booked when it is solved.
    """
    book = TicketBook("acme")
    ends = np.minimum(solved, removed)
    for number, (at, end, merged, seconds) in enumerate(
        zip(opened.tolist(), ends.tolist(), (removed < solved).tolist(), work.tolist(), strict=True)
    ):
        name = str(number)
        book.apply(_event(name, 0, at, "opened"), 2 * number, 0)
        if end <= t:
            if merged:
                end_event = _event(name, 1, end, "merged", merged_into="another")
            else:
                end_event = _event(name, 1, end, "solved", handle_seconds=seconds)
            book.apply(end_event, 2 * number + 1, 0)
    return book


def _event(ticket: str, number: int, at: float, kind: str, **more: object) -> AdmittedTicketEvent:
    return AdmittedTicketEvent("acme", int(at), ticket, number, kind, **more)  # type: ignore[arg-type]
