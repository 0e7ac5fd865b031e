"""Scoring once what is shared many times, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

Names = frozenset[str]
Score = Callable[[Sequence[str], Sequence[Names]], list[float]]

MEMORY: Final = 16_384
"""Results kept by default: some 6 MB of texts of 150 characters, at most 40 MB."""

_LONGEST: Final = 512  # characters; longer texts hardly repeat


class Memo:
    """Remembers the results of a pure scoring function by (text, names).

    Once half of ``memory`` were asked for, those that were asked for before them are
    forgotten. Results of texts over 512 characters are never kept.
    """

    def __init__(self, score: Score, memory: int) -> None:
        self._score = score
        self._half = memory // 2
        self._recent: dict[tuple[str, Names], float] = {}
        self._earlier: dict[tuple[str, Names], float] = {}

    def ask(self, texts: Sequence[str], masked: Sequence[Names]) -> list[float]:
        """Return the results for some texts, of which only those not known are scored."""
        if not self._half:
            return self._score(texts, masked)
        asked = list(zip(texts, masked, strict=True))
        found = list(map(self._recent.get, asked))
        missing = [number for number, result in enumerate(found) if result is None]
        if self._earlier and missing:
            for number in missing:
                result = found[number] = self._earlier.get(asked[number])
                if result is not None:
                    self._keep(asked[number], result)
            missing = [number for number in missing if found[number] is None]
        if missing:
            fresh = self._score([texts[n] for n in missing], [masked[n] for n in missing])
            for number, result in zip(missing, fresh, strict=True):
                found[number] = result
                if len(texts[number]) <= _LONGEST:
                    self._keep(asked[number], result)
        return found  # type: ignore[return-value]  # none is missing any more

    def _keep(self, asked: tuple[str, Names], result: float) -> None:
        if len(self._recent) >= self._half:
            self._earlier, self._recent = self._recent, {}
        self._recent[asked] = result
