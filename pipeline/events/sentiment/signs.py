"""Kinds of signs: what a word, an emoji or a mark does to the polarity of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

# Plain integers, because members of an enumeration cost twice the time here.
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
DUE: Final = 10  # what a brand owes; says nothing until it is lacking
DURATION: Final = 11  # a unit of time; says nothing until something took that long
FACT: Final = 12  # a phrase that tells a failure; what is before it does not turn it
SERVED: Final = 13  # what thanks are for; a remedy, if nothing is asked
# From here on, signs only change others.
PAUSE: Final = 14  # a comma
NEGATION: Final = 15  # a weight above 0: it also says that a thing is lacking
INTENSITY: Final = 16  # a factor
REPEAT: Final = 17  # again
CONTRAST: Final = 18  # but
CONCESSION: Final = 19  # although
UNREAL: Final = 20  # a wish or a condition
REQUEST: Final = 21

Sign = tuple[Kind, float]
Phrase = tuple[tuple[str, ...], Sign]
# What a word means by itself, if anything, and the phrases that it begins: by their second word,
# the words after that and what they mean, the longest first.
Entry = tuple[Sign | None, Mapping[str, Sequence[Phrase]]]
