"""Waiting for conditions instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    condition: Callable[[], T],
    timeout: float = 30.0,
    *,
    what: str = "",
    every: float = 0.05,
) -> T:
    """Poll ``condition`` until it returns something true, and return that.

    A failed assertion inside the condition counts as "not yet", so that it may compare and the last
    comparison is shown. Any other exception ends the wait.

    Args:
        condition: Called at least once, and once more after the time is over.
        timeout: Seconds until giving up.
        what: What is waited for, for the message; the last value seen is added.
        every: Seconds between two calls.

    Raises:
        AssertionError: The condition did not come true in time.
    """
    deadline = time.monotonic() + timeout
    while True:
        last_call = time.monotonic() >= deadline
        failed: AssertionError | None = None
        value: T | None = None
        try:
            value = condition()
        except AssertionError as error:
            failed = error
        if failed is None and value:
            return value
        if last_call:
            waited = what or getattr(condition, "__name__", "the condition")
            raise AssertionError(
                f"not within {timeout:g} s: {waited}; last: {failed or value!r}"
            ) from failed
        time.sleep(every)
