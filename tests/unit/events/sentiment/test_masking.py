"""A name is neither praise nor blame, and which name it is makes no difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.sentiment.masking import marked, mask
from pipeline.events.sentiment.scorer import polarity
from pipeline.events.sentiment.signs import END
from tests.sentiment.labelled import SERVICE_TEXTS, Columns, read


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Best Buy", {"best-buy"}),
        ("Best Buy", {"bestbuy"}),
        ("BEST BUY's store", {"Best-Buy"}),
        ("I went to happy", {"Happy"}),
        ("at Love Great Awesome Inc.", {"Love Great Awesome Inc."}),
        ("fail whale", {"fail"}),
        ("Amazing", {"@amazing"}),
        ("#happy", {"happy"}),
    ],
)
def test_a_name_is_neither_praise_nor_blame(text: str, names: set[str]) -> None:
    assert polarity(text, frozenset()) != 0.0
    assert polarity(text, frozenset(names)) == 0.0


def test_a_mask_leaves_the_rest_of_the_text() -> None:
    assert polarity("Best Buy is the best", frozenset({"best buy"})) > 0.3
    assert polarity("Best Buyers", frozenset({"best buy"})) > 0.3
    joy = frozenset({"joyful"})
    assert polarity("joyful happy", joy) == polarity("happy", frozenset())


def test_a_name_does_not_part_what_belongs_together() -> None:
    names = frozenset({"Acme", "acme air"})
    whole = polarity("thanks for nothing", names)
    assert whole < 0.0
    assert polarity("thanks Acme for nothing", names) == whole
    assert polarity("thanks @acme for nothing", names) == whole
    assert polarity("thanks ACME Air for nothing", names) == whole


NAMES = (
    "United", "Best Buy", "Delight", "Toys R Us", "AT&T", "O2", "Fail", "7-Eleven", "Happy Parcel",
    "No Problem", "Not", "Yahoo!", "C&A", "Très Bon", "good2go", "Sucks Inc.", "BADGER", "LATER",
)  # fmt: skip
TEMPLATES = (
    "{} is great",
    "I am not happy with {} today",
    "thanks {} for nothing",
    "{} cancelled my flight, great",
    "love {}, hate the queue",
    "why is {} always late?",
    "never had a problem with {}",
    "{} is bad and late",
    "{}'s app keeps crashing",
    "so glad I chose {} and not {}",
    "Great, {}. Another delay.",
    "{}",
)

MASKED = frozenset(NAMES) | {"Acme"}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", NAMES)
def test_which_name_it_is_makes_no_difference(template: str, name: str) -> None:
    scored = polarity(template.replace("{}", name), MASKED)
    assert scored == polarity(template.replace("{}", "Acme"), MASKED)


TEXTS = [text.text for text in read(SERVICE_TEXTS, Columns())]


@given(
    st.sampled_from(TEXTS),
    st.integers(min_value=0, max_value=30),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
)
def test_wherever_a_name_stands_another_would_do(
    text: str, place: int, name: str, other: str
) -> None:
    words = text.split(" ")
    place = min(place, len(words))

    def called(name: str) -> float:
        return polarity(" ".join([*words[:place], name, *words[place:]]), MASKED)

    assert called(name) == called(other)


def test_replacing_keeps_everything_else() -> None:
    names = mask(frozenset({"Acme", "Acme Air"}))
    text = "Dear Acme Air, @acme: see https://t.co/x, mail a@b.com. ACME's #acme rocks"
    assert names.replace(text, "@user") == (
        "Dear @user, @user: see @user mail @user @user #@user rocks"
    )
    assert mask(frozenset()).replace("as it was", "@user") == "as it was"


MARKS = (
    "&amp;", "\u2019", "@x", "x://", "http", ".co", "www.", "#x", '"x"', "\u201cx\u201d", ".", "x",
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(MARKS) | st.text(max_size=2)).map("".join), max_size=9))
def test_only_what_is_marked_has_to_be_stripped(texts: list[str]) -> None:
    texts = [text.replace(END, "") for text in texts]
    found = marked(texts)
    assert found == sorted(set(found))
    bare = mask(frozenset())
    others = [text for number, text in enumerate(texts) if number not in found]
    assert [bare.strip_marks(text) for text in others] == others


def test_plain_texts_are_not_marked() -> None:
    assert marked(["", "late again... it's 3.5 hours!", "\xe9\ud83d \U0001f600 wow", "a:b/c"]) == []
    assert marked(["", "x", "@x", "", "a b.co", "x"]) == [2, 4]
