"""What signs do to one another: the weights of a text's signs in their context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pipeline.events.sentiment import signs
from pipeline.events.sentiment.lexicon import listed
from pipeline.events.sentiment.signs import Kind
from pipeline.events.sentiment.vocabulary import ENTRIES

_FAR: Final = -99
_NEGATION_REACH: Final = 4  # words
_LACK_REACH: Final = 2
_INTENSITY_REACH: Final = 2
_UNREAL_REACH: Final = 8
_NEGATED_PRAISE: Final = -0.7
_NEGATED_BLAME: Final = -0.4
_NOT_FUNCTIONING: Final = -0.45
_LASTING: Final = -0.35
_BEFORE_CONTRAST: Final = 0.4
_AFTER_CONTRAST: Final = 1.2
_MOST_CONTRASTS: Final = 4  # that count; each looks at all that was said before
_CONCEDED: Final = 0.4
_UNREAL_PRAISE: Final = 0.2
_ASKED_PRAISE: Final = 0.3
_REPEATED_SIGN: Final = 0.3
_REPEATED_FAILURE: Final = 1.3
_CAPITALS: Final = 1.25
_SHORT_WORD: Final = 2  # letters; capitals mean nothing in I, OK, TV
_SHOUTED_WITHIN: Final = 512  # characters; a bound, since each sign is looked for in them

# Context does not turn these: they are whole thoughts, or signs beside the sentence.
_SELF_CONTAINED = frozenset({signs.PHRASE, signs.FACT, signs.EMOJI, signs.IRONY, signs.COURTESY})
_CLOCK_UNITS = listed("hour hours hr hrs minute minutes min mins")
_COUNTS = listed(
    "an a one two three four five six seven eight nine ten twelve several many few couple"
)
_BEFORE_LASTING = listed(
    "after another took taken takes taking waited waiting been spent already nearly"
)
_AFTER_LASTING = listed(
    "late later delay delayed delays wait waiting behind now without counting overdue"
)


class Weighed:
    """A text while it is weighed, and the signs in it that carry weight.

    ``kinds``, ``weights``, ``places`` (indices of words) and ``starts`` (of the first word after
    the mark before) are of one length.

    Attributes:
        asks: Something is asked or requested.
        exclaimed: How many exclamation marks there are.
        ends: Indices of commas and of the marks at which sentences end.
    """

    __slots__ = (
        "_begin", "_conceded", "_contrasts", "_factor", "_intensified", "_lacking", "_negated",
        "_repeated", "_seen", "_sentence", "_unreal", "asks", "ends", "exclaimed", "kinds",
        "places", "starts", "weights", "words",
    )  # fmt: skip

    def __init__(self, text: str, words: Sequence[str]) -> None:
        self._begin = text[:_SHOUTED_WITHIN]
        self.words = words
        self.kinds: list[Kind] = []
        self.weights: list[float] = []
        self.places: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.asks = False
        self.exclaimed = 0
        self._seen: set[str] = set()
        self._lacking = self._negated = self._intensified = self._unreal = self._repeated = _FAR
        self._factor = 1.0
        self._contrasts = 0
        self._conceded = False
        self._sentence = 0

    def end_sentence(self, mark: str, index: int) -> None:
        """Close a sentence; praise in a question is hardly praise."""
        if mark == "!":
            self.exclaimed += 1
        elif mark == "?":
            self.asks = True
            for i in range(self._sentence, len(self.weights)):
                if self.weights[i] > 0.0 and self.kinds[i] != signs.EMOJI:
                    self.weights[i] *= _ASKED_PRAISE
                if self.kinds[i] == signs.REMEDY:
                    self.kinds[i] = signs.PHRASE
        self._lacking = self._negated = self._intensified = self._unreal = self._repeated = _FAR
        self._conceded = False
        self._sentence = len(self.weights)
        self.ends.append(index)

    def modify(self, kind: Kind, weight: float, index: int) -> None:
        """Take in a sign that carries no weight but changes that of others."""
        if kind == signs.NEGATION:
            self._negated = index
            if weight:
                self._lacking = index
        elif kind == signs.INTENSITY:
            self._factor = self._factor * weight if index - self._intensified <= 1 else weight
            self._intensified = index
        elif kind == signs.PAUSE:
            self._lacking = self._negated = self._intensified = _FAR
            self._conceded = False
            self.ends.append(index)
        elif kind == signs.REPEAT:
            self._repeated = index
            for i in range(len(self.weights) - 1, self._sentence - 1, -1):
                if index - self.places[i] > _INTENSITY_REACH:
                    break
                if self.kinds[i] == signs.FAILURE:
                    self.weights[i] *= _REPEATED_FAILURE
        elif kind == signs.CONTRAST:
            if self._contrasts < _MOST_CONTRASTS:
                self.weights = [weight * _BEFORE_CONTRAST for weight in self.weights]
            self._contrasts += 1
            self._negated = self._unreal = _FAR
        elif kind == signs.CONCESSION:
            self._conceded = True
        else:  # a wish or a request: what is wanted is not there
            self.asks = self.asks or kind == signs.REQUEST
            self._unreal = index

    def add(self, kind: Kind, weight: float, index: int) -> None:
        """Weigh a sign in the context so far."""
        if kind in _LATENT:
            weight = self._wake(kind, index)
            if not weight:
                return
            kind = signs.FACT
        elif kind not in _SELF_CONTAINED:
            if index - self._negated <= _NEGATION_REACH:
                weight *= _NEGATED_PRAISE if weight > 0.0 else _NEGATED_BLAME
                kind = signs.PHRASE
            elif weight > 0.0 and index - self._unreal <= _UNREAL_REACH:
                weight *= _UNREAL_PRAISE
                kind = signs.PHRASE
        if kind == signs.FACT:
            kind = signs.FAILURE
        if index - self._intensified <= _INTENSITY_REACH:
            weight *= self._factor
        if kind == signs.FAILURE and index - self._repeated <= _INTENSITY_REACH:
            weight *= _REPEATED_FAILURE
        if self._conceded:
            weight *= _CONCEDED
        word = self.words[index]
        if self._is_shouted(word):
            weight *= _CAPITALS
        if word in self._seen:
            weight *= _REPEATED_SIGN
        self._seen.add(word)
        self.kinds.append(kind)
        self.weights.append(weight * _AFTER_CONTRAST if self._contrasts else weight)
        self.places.append(index)
        self.starts.append(self.ends[-1] + 1 if self.ends else 0)

    def _is_shouted(self, word: str) -> bool:
        upper = word.upper()
        # Looking first is quicker, and most texts hold no word in capitals.
        if len(word) <= _SHORT_WORD or upper == word or upper not in self._begin:
            return False
        return re.search(rf"(?<!\w){re.escape(upper)}(?!\w)", self._begin) is not None

    def _wake(self, kind: Kind, index: int) -> float:
        """Return the weight of a sign that says nothing by itself: 0.0 where it still does not."""
        if kind == signs.FUNCTION:
            return _NOT_FUNCTIONING if index - self._negated <= _NEGATION_REACH else 0.0
        if kind == signs.DUE:
            return _NOT_FUNCTIONING if index - self._lacking <= _LACK_REACH else 0.0
        words = self.words
        count = words[index - 1] if index else ""
        if not (count in _COUNTS or count[:1].isdigit()):
            return 0.0
        before = words[index - 2] if index > 1 else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        if (
            before in _BEFORE_LASTING
            or after in _AFTER_LASTING
            or (before == "for" and words[index] in _CLOCK_UNITS)
        ):
            return _LASTING
        return 0.0


_LATENT = frozenset({signs.FUNCTION, signs.DUE, signs.DURATION})


def weigh(written: str, words: Sequence[str]) -> Weighed:
    """Weigh the signs of a text, given as it was written and by its words."""
    text = Weighed(written, words)
    known = ENTRIES.get
    after = 0
    last = len(words) - 1
    for index, word in enumerate(words):
        entry = known(word)
        if entry is None or index < after:
            continue
        sign, phrases = entry
        end = index
        if phrases and index < last:
            for rest, phrase_sign in phrases.get(words[index + 1], ()):
                stop = index + 2 + len(rest)
                if not rest or tuple(words[index + 2 : stop]) == rest:
                    if sign is not None and sign[0] == signs.REQUEST and phrase_sign[1] < 0.0:
                        text.asks = True
                    sign, after, end = phrase_sign, stop, stop - 1
                    break
        if sign is None:
            continue  # the first word of a phrase whose other words did not follow
        kind, weight = sign
        if kind == signs.STOP:
            text.end_sentence(word, index)
        elif kind >= signs.PAUSE:
            text.modify(kind, weight, end)
        elif weight or kind in _LATENT:
            text.add(kind, weight, index)
    return text
