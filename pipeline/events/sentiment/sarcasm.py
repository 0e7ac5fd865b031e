"""Seeing through praise that is not meant and thanks that are mere manners.

Praise is sarcastic beside a failure that nobody put right, if

* it stands as an interjection before it ("great, another delay", "Awesome. My flight is late."),
* or alone after it ("Cancelled again. Just brilliant.", "down on payday, great timing"),
* or what follows is a word of repetition, of work or of habit ("great job losing my bag", "love
  waiting on hold"),
* or anything else in the text is marked as irony (🙄, #sarcasm).

Thanks beside a request or a complaint are manners, and thanks *for* a failure are sarcastic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from pipeline.events.sentiment import signs
from pipeline.events.sentiment.lexicon import listed
from pipeline.events.sentiment.signs import Kind

_REACH: Final = 14  # words from a praise to the failure that makes it sarcastic
_SARCASTIC: Final = -0.6
_SARCASTIC_COURTESY: Final = -0.4
_REMEDIED_FAILURE: Final = 0.3
_LONGEST_REMARK: Final = 8  # words of praise that stands alone
_GRAVE: Final = -0.3  # lighter failures do not make praise sarcastic

_INTERJECTIONS = frozenset({",", ".", "!", ";", "\n"})
_MARKS = _INTERJECTIONS | {"?", signs.END}
_REPEATING = listed("another again yet more now still once")
_HABITUAL = listed("love loving nothing gotta got you enjoy always")
_HABITS = listed("when how that being waiting sitting paying getting to it like")
_THINGS = listed("job work service customer timing start way touch of going")
_FILLERS = _THINGS | listed(
    """
        just so really oh wow well that's how very simply absolutely done played one guys thanks
        and again as always you lot all
    """
)
CONTEXT: Final = _INTERJECTIONS | _REPEATING | _HABITUAL | _HABITS | _THINGS | _FILLERS | {"for"}
"""Words that are looked at beside praise."""
_SUSPECT = frozenset({signs.WRY, signs.COURTESY, signs.IRONY, signs.EMOJI})
DOUBTFUL: Final = _SUSPECT | {signs.REMEDY, signs.SERVED}
"""Kinds of signs for which a text has to be looked at again."""


def see_through(
    words: Sequence[str],
    kinds: Sequence[Kind],
    weights: list[float],
    places: Sequence[int],
    *,
    asks: bool,
) -> None:
    """Correct the weights of a text for failures put right, sarcasm and mere manners."""
    remedied = signs.REMEDY in kinds or (signs.SERVED in kinds and not asks)
    if remedied:
        weights[:] = [
            weight * _REMEDIED_FAILURE if kind == signs.FAILURE else weight
            for weight, kind in zip(weights, kinds, strict=True)
        ]
    if _SUSPECT.isdisjoint(kinds):
        return
    grave = [
        i
        for i, weight in enumerate(weights)
        if weight <= _GRAVE and not (remedied and kinds[i] == signs.FAILURE)
    ]
    if not grave and not asks:
        return
    failures = [places[i] for i in grave if kinds[i] == signs.FAILURE]
    ironic = bool(grave) and signs.IRONY in kinds
    for i, kind in enumerate(kinds):
        if weights[i] <= 0.0:
            continue
        if kind == signs.WRY:
            if ironic or (failures and _is_wry(words, places[i], failures)):
                weights[i] *= _SARCASTIC
        elif kind == signs.COURTESY:
            if _is_for(words, places[i], failures):
                weights[i] = _SARCASTIC_COURTESY
            elif asks or grave:
                weights[i] = 0.0
        elif kind == signs.EMOJI and failures:
            weights[i] = 0.0


def _follows(failures: Sequence[int], place: int) -> bool:
    first = bisect_right(failures, place)
    return first < len(failures) and failures[first] - place <= _REACH


def _is_for(words: Sequence[str], place: int, failures: Sequence[int]) -> bool:
    """Tell whether thanks at a place are for a failure."""
    following = words[place + 1 : place + 5]
    return (
        _follows(failures, place)
        and "for" in following
        and signs.END not in following[: following.index("for")]
    )


def _is_wry(words: Sequence[str], place: int, failures: Sequence[int]) -> bool:
    """Tell whether praise stands where sarcastic praise stands."""
    start = _mark_before(words, place)
    end = place + 1
    while end - start <= _LONGEST_REMARK and words[end] not in _MARKS:
        end += 1
    if failures[0] < place and end - start <= _LONGEST_REMARK:
        remark = {word for word in words[start:end] if word[0].isalpha()}
        if remark - {words[place]} <= _FILLERS:
            return True
    if not _follows(failures, place):
        return False
    following = words[place + 1]  # a failure follows, so there is a next word
    if following in _INTERJECTIONS:
        return place - start <= 1
    return (
        following in _REPEATING
        or following in _THINGS
        or (words[place] in _HABITUAL and following in _HABITS)
    )


def _mark_before(words: Sequence[str], place: int) -> int:
    """Return where the words after the last mark begin; a bound to it where that is far."""
    start = place
    while start and place - start < _LONGEST_REMARK and words[start - 1] not in _MARKS:
        start -= 1
    return start
