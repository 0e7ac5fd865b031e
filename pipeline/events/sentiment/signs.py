"""Kinds of signs: what a word, an emoji or a mark does to the polarity of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

# Plain integers, because members of an enumeration cost twice the time here.
Kind = int
STOP: Final = 0  # ends a sentence that is no question
# Context turns these.
OPINION: Final = 1  # praise or blame
FAILURE: Final = 2  # a fact against the brand
REMEDY: Final = 3  # something was put right
WRY: Final = 4  # praise that may be sarcastic
SERVED: Final = 5  # what thanks are for; a remedy, if nothing is asked
# These are whole thoughts, or stand beside the sentence.
COURTESY: Final = 6  # thanks
PHRASE: Final = 7  # a whole thought, or a word already seen in its context
EMOJI: Final = 8
IRONY: Final = 9  # a sign that what is beside it is not meant
FACT: Final = 10  # a phrase that tells a failure
# These say nothing by themselves.
FUNCTION: Final = 11  # what a product or a service does: until it is negated
DUE: Final = 12  # what a brand owes: until it is lacking
DURATION: Final = 13  # a unit of time: until something took that long
# From here on, signs only change others.
PAUSE: Final = 14  # a comma
NEGATION: Final = 15  # a weight above 0: it also says that a thing is lacking
INTENSITY: Final = 16  # a factor
REPEAT: Final = 17  # again
CONTRAST: Final = 18  # but
CONCESSION: Final = 19  # although
UNREAL: Final = 20  # a wish or a condition
REQUEST: Final = 21
QUESTION: Final = 22  # ends a sentence that is one
# Places that are none.
FINISH: Final = 23  # ends a text
NOTHING: Final = 24  # the first word of phrases, and no sign by itself

END: Final = "\0"
"""The last of the words of a text, which is none: so each word has one after it."""

Sign = tuple[Kind, float]
Phrase = tuple[tuple[str, ...], Sign]
# What a word means by itself, if anything, and the phrases that it begins: by their second word,
# the words after that and what they mean, the longest first.
Entry = tuple[Sign | None, Mapping[str, Sequence[Phrase]]]
