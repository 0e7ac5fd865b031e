"""A text as words and signs.

>>> split("good!! 3hrs late, can't log in :(")
['good', '!', '!', '3', 'hrs', 'late', ',', 'cant', 'log', 'in', ':(']
"""

from __future__ import annotations

import re

from pipeline.events.sentiment import lexicon

_NUMBER = r"\d+(?:[.:/]\d+)*"
_REST = r"\w*+(?:['-]\w++)*+"
WORD = rf"[^\W\d]{_REST}"


def _emoticon(form: str) -> str:
    # One that ends with a letter is none if a word goes on: "note:please".
    return re.escape(form) + (r"(?!\w)" if form[-1].isalnum() else "")


_EMOTICONS = "|".join(
    _emoticon(sign)
    for sign in sorted(lexicon.EMOJI, reverse=True)
    if len(sign) > 1 and not sign[0].isalnum()
)
# Ranges, because single characters beyond the basic plane are looked through one by one; signs in
# them that are not known are passed over.
_SINGLE = r",.!?\n\u2600-\u27bf\u2b50\U0001f300-\U0001faff"
# For speed, a blank is taken in front (one: runs of them must not cost their square), Latin letters
# are tried first, and the emoticons' first letters are looked at together.
_TOKEN = re.compile(
    rf" ?([a-z]{_REST}|[{_SINGLE}]|(?=[:;=<>(^])(?:{_EMOTICONS}|;)|{_NUMBER}|{WORD})"
)


def split(lowered: str) -> list[str]:
    """Return the words and signs of a text in lower case as the vocabulary has them.

    That is, n't without its apostrophe, which many leave out.
    """
    if "n't" in lowered:
        lowered = lowered.replace("n't", "nt")
    words: list[str] = _TOKEN.findall(lowered)
    return words
