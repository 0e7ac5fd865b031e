"""What known words do to one another: the sum of the weights of a text in their context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

# Kinds of signs. Plain integers, because members of an enumeration cost twice the time here.
Kind = int
STOP: Final = 0  # ends a sentence
OPINION: Final = 1  # praise or blame
FAILURE: Final = 2  # a fact against the brand
REMEDY: Final = 3  # something was put right
WRY: Final = 4  # praise that may be sarcastic
COURTESY: Final = 5  # thanks
PHRASE: Final = 6  # a whole thought, or a word already seen in its context
EMOJI: Final = 7
IRONY: Final = 8  # a sign that what is beside it is not meant
FUNCTION: Final = 9  # what a product or a service does; says nothing until negated
# From here on, signs only change others.
PAUSE: Final = 10  # a comma
NEGATION: Final = 11
INTENSITY: Final = 12  # a factor
REPEAT: Final = 13  # again
CONTRAST: Final = 14  # but
CONCESSION: Final = 15  # although
UNREAL: Final = 16  # a wish or a condition
REQUEST: Final = 17

Sign = tuple[Kind, float]
Phrase = tuple[tuple[str, ...], Sign]
# What a word means by itself, if anything, and the phrases that it begins: by their second word,
# the words after that and what they mean, the longest first.
Entry = tuple[Sign | None, Mapping[str, Sequence[Phrase]]]

_FAR = -99
_NEGATION_REACH = 4  # words
_INTENSITY_REACH = 2
_UNREAL_REACH = 8
_WRY_REACH = 12  # words from a praise to the failure that makes it sarcastic
_NEGATED_PRAISE = -0.7
_NEGATED_BLAME = -0.4
_NOT_FUNCTIONING = -0.45
_BEFORE_CONTRAST = 0.4
_AFTER_CONTRAST = 1.2
_CONCEDED = 0.4
_UNREAL_PRAISE = 0.2
_ASKED_PRAISE = 0.3
_REPEATED_SIGN = 0.3
_REPEATED_FAILURE = 1.3
_CAPITALS = 1.25
_EXCLAIMED = 0.1  # a mark
_REMEDIED_FAILURE = 0.3
_SARCASTIC = -0.6
_SHORT_WORD = 2  # letters; capitals mean nothing in I, OK, TV
_MOST_EXCLAIMED = 3  # marks that count
_SARCASTIC_COURTESY = -0.4

_INTERJECTIONS = frozenset({",", ".", "!", ";", "\n"})
_REPEATING = frozenset({"another", "again", "yet", "more", "now", "still", "once"})
_HABITUAL = frozenset({"love", "loving", "nothing", "gotta", "got", "you", "enjoy", "always"})
_HABITS = frozenset(
    {"when", "how", "that", "being", "waiting", "sitting", "paying", "getting", "to", "it", "like"}
)
_THINGS = frozenset({"job", "work", "service", "customer"})
# Context does not turn these: they are whole thoughts, or signs beside the sentence.
_SELF_CONTAINED = frozenset({PHRASE, EMOJI, IRONY, COURTESY})
_SARCASM_POSSIBLE = frozenset({WRY, COURTESY, IRONY})


class _Text:
    """A text while it is weighed: the context so far, and the signs that carry weight."""

    __slots__ = (
        "asks", "conceded", "exclaimed", "factor", "intensified", "kinds", "later", "negated",
        "places", "repeated", "seen", "sentence", "tokens", "unreal", "weights", "words",
    )  # fmt: skip

    def __init__(self, tokens: Sequence[str], words: Sequence[str]) -> None:
        self.tokens = tokens
        self.words = words
        self.kinds: list[Kind] = []
        self.weights: list[float] = []
        self.places: list[int] = []
        self.seen: set[str] = set()
        self.negated = self.intensified = self.unreal = self.repeated = _FAR
        self.factor = self.later = 1.0
        self.conceded = self.asks = False
        self.exclaimed = 0
        self.sentence = 0

    def end_sentence(self, mark: str) -> None:
        """Close a sentence; praise in a question is hardly praise."""
        self.exclaimed += mark.count("!")
        if "?" in mark:
            self.asks = True
            for i in range(self.sentence, len(self.weights)):
                if self.weights[i] > 0.0 and self.kinds[i] != EMOJI:
                    self.weights[i] *= _ASKED_PRAISE
                if self.kinds[i] == REMEDY:
                    self.kinds[i] = PHRASE
        self.negated = self.intensified = self.unreal = self.repeated = _FAR
        self.conceded = False
        self.sentence = len(self.weights)

    def modify(self, kind: Kind, weight: float, index: int) -> None:
        """Take in a sign that carries no weight but changes that of others."""
        if kind == NEGATION:
            self.negated = index
        elif kind == INTENSITY:
            self.factor = self.factor * weight if index - self.intensified <= 1 else weight
            self.intensified = index
        elif kind == PAUSE:
            self.negated = self.intensified = _FAR
            self.conceded = False
        elif kind == REPEAT:
            self.repeated = index
            for i in range(self.sentence, len(self.weights)):
                if self.kinds[i] == FAILURE and index - self.places[i] <= _INTENSITY_REACH:
                    self.weights[i] *= _REPEATED_FAILURE
        elif kind == CONTRAST:
            self.weights = [weight * _BEFORE_CONTRAST for weight in self.weights]
            self.later = _AFTER_CONTRAST
            self.negated = self.unreal = _FAR
        elif kind == CONCESSION:
            self.conceded = True
        else:  # a wish or a request: what is wanted is not there
            self.asks = self.asks or kind == REQUEST
            self.unreal = index

    def add(self, kind: Kind, weight: float, index: int) -> None:
        """Weigh a sign in the context so far."""
        if kind == FUNCTION:
            if index - self.negated > _NEGATION_REACH:
                return
            kind, weight = FAILURE, _NOT_FUNCTIONING
        elif kind not in _SELF_CONTAINED:
            if index - self.negated <= _NEGATION_REACH:
                weight *= _NEGATED_PRAISE if weight > 0.0 else _NEGATED_BLAME
                kind = PHRASE
            elif weight > 0.0 and index - self.unreal <= _UNREAL_REACH:
                weight *= _UNREAL_PRAISE
                kind = PHRASE
        if index - self.intensified <= _INTENSITY_REACH:
            weight *= self.factor
        if kind == FAILURE and index - self.repeated <= _INTENSITY_REACH:
            weight *= _REPEATED_FAILURE
        if self.conceded:
            weight *= _CONCEDED
        token = self.tokens[index]
        if len(token) > _SHORT_WORD and token.isupper():
            weight *= _CAPITALS
        word = self.words[index]
        if word in self.seen:
            weight *= _REPEATED_SIGN
        self.seen.add(word)
        self.kinds.append(kind)
        self.weights.append(weight * self.later)
        self.places.append(index)


def weigh(
    tokens: Sequence[str],
    words: Sequence[str],
    hits: Sequence[int],
    entries: Mapping[str, Entry],
) -> float:
    """Return the sum of the weights of a text in context: above 0 praise, below 0 blame.

    ``tokens`` are the words and signs as written, ``words`` the same in lower case, ``hits`` the
    indices of those that matter: keys of ``entries``, and runs of question and exclamation marks.
    """
    text = _Text(tokens, words)
    after = 0
    last = len(words) - 1
    for index in hits:
        if index < after:
            continue
        word = words[index]
        entry = entries.get(word)
        if entry is None:
            text.end_sentence(word)
            continue
        sign, phrases = entry
        if phrases and index < last:
            for rest, phrase_sign in phrases.get(words[index + 1], ()):
                end = index + 2 + len(rest)
                if not rest or tuple(words[index + 2 : end]) == rest:
                    sign, after = phrase_sign, end
                    break
        if sign is None:
            continue  # the first word of a phrase whose other words did not follow
        kind, weight = sign
        if kind == STOP:
            text.end_sentence(word)
        elif kind >= PAUSE:
            text.modify(kind, weight, index)
        elif weight or kind == FUNCTION:
            text.add(kind, weight, index)
    if not text.weights:
        return 0.0
    return _settle(text) * (1.0 + _EXCLAIMED * min(text.exclaimed, _MOST_EXCLAIMED))


def _settle(text: _Text) -> float:
    """Return the sum, corrected for failures put right, sarcasm and mere courtesy."""
    kinds = text.kinds
    if REMEDY in kinds:
        text.weights = [
            weight * _REMEDIED_FAILURE if kind == FAILURE else weight
            for kind, weight in zip(kinds, text.weights, strict=True)
        ]
    if not _SARCASM_POSSIBLE.isdisjoint(kinds):
        _see_through(text)
    return sum(text.weights)


def _see_through(text: _Text) -> None:
    """Correct sarcastic praise and mere courtesy.

    Praise is sarcastic when a sign of irony is in the text, or when a failure follows and the
    praise stands as an interjection or is followed by a word of repetition or habit; not where
    something was put right. Thanks beside a request or a complaint are manners.
    """
    kinds, weights, places, words = text.kinds, text.weights, text.places, text.words
    remedied = REMEDY in kinds
    failures = [
        place
        for kind, weight, place in zip(kinds, weights, places, strict=True)
        if kind == FAILURE and weight < 0.0 and not remedied
    ]
    blamed = any(
        weight < 0.0 and not (remedied and kind == FAILURE)
        for kind, weight in zip(kinds, weights, strict=True)
    )
    ironic = blamed and IRONY in kinds
    for i, kind in enumerate(kinds):
        weight, place = weights[i], places[i]
        if weight <= 0.0:
            continue
        failing = any(0 < failure - place <= _WRY_REACH for failure in failures)
        if kind == WRY and (ironic or (failing and _is_wry(words, place))):
            weights[i] = _SARCASTIC * weight
        elif kind == COURTESY:
            if failing and "for" in words[place + 1 : place + 3]:
                weights[i] = _SARCASTIC_COURTESY
            elif text.asks or blamed:
                weights[i] = 0.0


def _is_wry(words: Sequence[str], place: int) -> bool:
    """Tell whether the praise at ``place`` stands where sarcastic praise stands."""
    following = words[place + 1]  # a failure follows, so there is a next word
    return (
        following in _INTERJECTIONS
        or following[0] == "!"
        or following in _REPEATING
        or following in _THINGS
        or (words[place] in _HABITUAL and following in _HABITS)
    )
