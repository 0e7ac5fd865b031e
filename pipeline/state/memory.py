"""What was derived from state, kept until what it was derived from changes.

Metrics look at every brand every second, while little of its state changed. They stay pure: a
result is remembered together with its inputs, and equal inputs mean the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Memory:
    """The latest result of each computation."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, object]] = {}

    def remember(self, name: str, inputs: object, compute: Callable[[], T]) -> T:
        """Return ``compute()``, or what it returned last while ``inputs`` are equal to last time's.

        ``name`` stands for one computation; ``inputs`` must hold all that it depends on.
        """
        known = self._known.get(name)
        if known is not None and known[0] == inputs:
            return known[1]  # type: ignore[return-value]  # a name is always one computation
        result = compute()
        self._known[name] = (inputs, result)
        return result
