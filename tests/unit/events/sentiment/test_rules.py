"""What customers mean, not what words say: sentences for each rule of the lexicon scorer."""

from __future__ import annotations

import pytest

from pipeline.events.sentiment.scorer import polarity

UNITED = frozenset({"united", "United Airlines", "@united"})
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"


def of(text: str) -> float:
    return polarity(text, UNITED)


@pytest.mark.parametrize(
    "text",
    [
        "I love this app!",
        "Thanks @united!",
        "thank you so much for your help",
        "10/10 would recommend",
        "no complaints, really friendly staff",
        "not bad at all",
        "can't wait to try it",
        "Great service as always!",
        "The delay was fixed quickly, great job!",
        "Your support resolved my issue, thank you",
        "thanks for fixing that so fast",
        "sooo goooood",
        f"couldn{CURLY}t be happier",
        "could not have been more helpful",
        "they never let me down",
        "I cannot recommend it enough",
        "thanks for the help getting my cancelled flight rebooked",
        "please thank the crew for a lovely flight",
        "the pilot was friendly and landed 20 minutes early",
        "lovely crew :)",
        "😍😍",
        "so easy, I'll be back",
        "#BestCrewEver",
        "I &lt;3 this place",
        "nothing but praise for the team",
        "Lost my bag on Monday, they found it within an hour. Amazing people!",
        "Crew was awesome! Flight was delayed.",
        "no delays, no fees",
    ],
)
def test_praise(text: str) -> None:
    assert of(text) > 0.2


@pytest.mark.parametrize(
    "text",
    [
        # Opinions and facts.
        "worst airline ever",
        "cancelled again",
        "my parcel is lost :(",
        "😡",
        "flight AA12 is 2hrs late",
        "been on hold for 45 minutes",
        "third time this month my bag is missing",
        "where is my refund?",
        "why do I have to pay twice",
        "how hard is it to answer the phone",
        "please help me, my account is locked",
        "customer service was rude and dismissive",
        "#NeverAgain",
        "#unitedfail",
        "WORST. DAY. EVER.",
        "it took 4 hours",
        "it has been 3 weeks now",
        # Negation.
        "your driver is not polite",
        "they were never very helpful",
        "nobody is friendly here",
        "I am not happy with this",
        f"It{CURLY}s not working",
        "the app won't load",
        "the app wont load",
        "nobody answers",
        "No wifi, no food, no explanation",
        "not a single agent at the desk",
        "never had such bad service",
        "never again",
        "won't be back",
        "would not recommend",
        "don't waste your money",
        # Politeness in complaints.
        "Hi, could you please look at my order, it never arrived. Many thanks",
        "terrible, please fix this, thanks",
        "My bag is lost, please help. Thank you for your help.",
        "Thanks but my bag is still missing",
        # Sarcasm.
        "thanks for nothing @united",
        "great, another delay",
        "Great. My flight is cancelled.",
        "Cancelled again. Just brilliant.",
        "down again on payday, brilliant timing",
        "love waiting on hold for 2 hours",
        "Thanks for the delay",
        "thank you so much for losing my bag",
        "great job losing my luggage",
        "Wow, great service, I was ignored for an hour",
        "🙄 great job",
        "No seats, no air. Well done 👏",
        'Your "great" service left me stranded',
        "another delay, so happy #sarcasm",
        # A change of mind.
        "it worked until the battery died",
        "great crew but the flight was cancelled and my bag is lost",
    ],
)
def test_blame(text: str) -> None:
    assert of(text) < -0.2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\0",
        "!!!",
        "?",
        "United",
        "United Airlines flight to Denver",
        "good morning",
        "Happy Halloween",
        "Thanks, can you please check my order?",
        "when is the store open on sunday",
        "are you open on Good Friday?",
        "would love to fly with you one day",
        "I'd like to change my seat",
        "flight in 2 hours",
        "open for 5 days",
        "note:please bring your passport",
        "https://t.co/love www.great.org/best love.com/great",
        "write to awesome@great.com or @perfect",
        "注文はいつ届きますか",
    ],
)
def test_neutral(text: str) -> None:
    assert of(text) == 0.0


def test_what_is_weak_or_balanced_is_left_unscored() -> None:
    assert of("fee") == 0.0
    assert of("cheaper but slow, still fast") == 0.0
    assert abs(of("slow")) >= 0.15


def test_context_orders_texts() -> None:
    assert of("very good") > of("good") > of("slightly good") > 0
    assert of("AWFUL service") < of("awful service") < 0
    assert of("good!!!!!") == of("good!!!") > of("good!!") > of("good")
    assert of("was it good?") < of("it was good")
    assert of("would be great if it was good") < 0.2
    assert of("staff good but app bad") < 0 < of("app bad but staff good")
    assert of("cancelled again") < of("cancelled")
    assert of("great great great great") < 0.95
    assert of("it was late, superb") < of("although it was late, superb")
    assert of("thanks for the delay") < of("the delay")
    assert of("the flight is delayed 👏") == of("the flight is delayed")
    assert of("the flight was delayed but they rebooked me") > of("the flight was delayed")


def test_the_question_mark_of_a_phrase_ends_no_remark() -> None:
    assert of("you serious, love really? a") == 0.0
    assert of("you serious, love! really? a") < 0.0


def test_a_quotation_is_not_the_authors_own_voice() -> None:
    assert of('a "fantastic" day') == of("a day")
    assert of('they said "this was a fantastic day for everybody"') > 0.0
