"""Known or not: how a value that may be absent is published.

Formula: none; a number as decimal text, or in its place the state that says why there is none.
Unit: that of the number. Source: contract "Redis", what cannot be known is an absent field plus
``<field>_state``. Example::

    >>> known("goodwill", 2.5), known("goodwill_low", None)
    ({'goodwill': '2.5'}, {'goodwill_low_state': 'insufficient'})
"""

from __future__ import annotations

from functools import cache

from pipeline.metrics.fields import INSUFFICIENT, STATE_SUFFIX
from pipeline.metrics.number import decimal


def known(
    field: str, value: float | None, *, why: str = INSUFFICIENT, beside: str | None = None
) -> dict[str, str]:
    """Return a field as it is published.

    Args:
        field: Its name.
        value: Its value; None where it cannot be known.
        why: The state that then stands in its place.
        beside: The state that stands beside a value, if any.
    """
    if value is None:
        return {_state_of(field): why}
    fields = {field: decimal(value)}
    if beside is not None:
        fields[_state_of(field)] = beside
    return fields


@cache
def _state_of(field: str) -> str:
    """Return the name of a field's state, the same object each time; there are some fifty."""
    return f"{field}{STATE_SUFFIX}"
