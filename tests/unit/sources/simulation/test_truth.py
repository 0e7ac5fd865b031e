"""The truth of a simulation: complete, and what replay of a clean feed comes to."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.events.instants import DAY
from pipeline.replay import Line, replay
from pipeline.settings import Settings
from pipeline.sources.simulation.feed import history
from pipeline.sources.simulation.mentions import Mentions
from pipeline.sources.simulation.occurrence import Word
from pipeline.sources.simulation.scenario import names, scenario
from pipeline.sources.simulation.truth import TrueBrand, Truth, encode, schema
from pipeline.sources.simulation.witness import Witness, contribution
from pipeline.wiring import admission_of

SCHEMA = Path(__file__).resolve().parents[4] / "schemas/truth.json"
UNTIL = 20_500 * DAY
WEEKS = 26


def truth(name: str, seed: int = 1, weeks: int = WEEKS, until: int = UNTIL) -> Truth:
    chosen = scenario(name)
    witness = Witness(name, chosen, seed, until)
    for _ in history(chosen, seed, weeks, until, witness):
        pass
    return witness.truth()


def test_the_schema_is_that_of_the_types() -> None:
    """To mend it: write ``json.dumps(schema(), indent=2)`` into the file."""
    assert json.loads(SCHEMA.read_text()) == schema()


@pytest.mark.parametrize("name", names())
def test_a_truth_has_every_day_of_every_brand(name: str) -> None:
    document = json.loads(encode(truth(name, weeks=5, until=UNTIL + DAY // 3)))
    jsonschema.validate(document, schema())
    assert list(document["brands"]) == [brand.id for brand in scenario(name).brands]
    for brand in document["brands"].values():
        assert len(brand["days"]) == 36
        assert brand["days"][0]["day"] == document["from"][:10]


@pytest.mark.parametrize("until", [UNTIL, UNTIL + DAY * 4 // 10])
def test_replay_of_a_clean_feed_gives_the_truth(until: int) -> None:
    clean = scenario("clean")
    witness = Witness("clean", clean, 3, until)
    lines = [
        Line(arrival.record.topic, arrival.record.value)
        for arrival in history(clean, 3, 10, until, witness)
    ]
    clock = FixedClock(until)
    admission = admission_of(Settings(), BrandBook(), clock)
    (published,) = replay(lines, BrandBook(), admission, clock, as_of=until).publications()
    true = witness.truth().brands["clean"].days
    for day in true:
        line = json.loads(published.ledger[day.day])
        assert line["earned"] == pytest.approx(1e6 * day.advocacy, abs=1)
        assert line["detraction"] == pytest.approx(1e6 * day.detraction, abs=1)
        assert line["closing"] == pytest.approx(1e6 * day.goodwill_net, abs=2)
    last = true[-28:]
    fields = published.fields
    assert float(fields["advocacy_28d"]) == pytest.approx(sum(day.advocacy for day in last))
    assert int(fields["mentions_28d"]) == sum(day.mentions for day in last)
    opened = sum(day.support.tickets for day in last if day.support)
    assert int(fields["tickets_opened_28d"]) == opened


def days_of(brand: TrueBrand, field: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([getattr(day, field) for day in brand.days], float)


def test_a_launch_activates_its_share_of_the_ambassadors() -> None:
    (launches,) = scenario("launch").brands[0].launches
    day = next(day for day in range(20_000, 20_100) if launches.days_since(day) == 0)
    shares = []
    for seed in range(4):
        witness = Witness("launch", scenario("launch"), seed, (day + 3) * DAY)
        for _ in history(scenario("launch"), seed, 13, (day + 3) * DAY, witness):
            pass
        true = witness.truth().brands
        assert true["ardent"].launches[-1].activation == launches.activation
        assert true["hyped"].launches[-1].activated == 0
        shares.append(true["ardent"].launches[-1].activated or 0.0)
    assert np.mean(shares) == pytest.approx(launches.activation, rel=0.1)
    assert np.std(shares) > 0


def test_what_campaigns_contribute_is_what_they_add() -> None:
    profile = scenario("campaign").brands[0]
    (campaigns,) = profile.campaigns
    first = next(day for day in range(20_000, 20_200) if campaigns.days_since(day) == 0)
    added = []
    for seed in range(30):
        mentions = Mentions(profile, seed)
        total = 0.0
        for since in range(28):
            said = mentions.campaigned(0, first + since)
            words = [each.truth for each in said if isinstance(each.truth, Word)]
            won = sum(word.p for word in words if word.speaker == "person")
            total += won * 2.0 ** (-(28 - since - 0.5) / 180)
        added.append(total)
    error = np.std(added) / np.sqrt(len(added))
    assert np.mean(added) == pytest.approx(contribution(campaigns, 28), abs=4 * error)
    assert contribution(scenario("campaign").brands[1].campaigns[0], 90) == 0


def test_incidents_are_seen_where_they_should_be_and_nowhere_else() -> None:
    target = truth("brigade").brands["target"]
    detraction, brigade = (days_of(target, f) for f in ("detraction", "brigade_detraction"))
    assert (brigade > 100).sum() == len(target.incidents) >= 5
    assert detraction[brigade > 0].mean() == pytest.approx(detraction[brigade == 0].mean(), rel=0.5)
    bots = days_of(truth("bots").brands["puppet"], "bot_mentions")
    assert bots.max() > 1_500
    fallen = truth("decline", weeks=52).brands["fallen"]
    share = days_of(fallen, "advocacy") / (
        days_of(fallen, "advocacy") + days_of(fallen, "detraction")
    )
    (incident,) = fallen.incidents
    within = np.array([incident.begin <= f"{day.day}T00" < incident.until for day in fallen.days])
    assert share[within].mean() == pytest.approx(0.5, abs=0.03)
    assert share[~within].mean() == pytest.approx(0.85, abs=0.03)


def test_overload_makes_customers_wait_longer_every_day() -> None:
    swamped = truth("overload", weeks=13, until=20_526 * DAY).brands["swamped"]
    (episode,) = swamped.incidents
    days = [day for day in swamped.days if episode.begin <= f"{day.day}T00" < episode.until]
    waits = [day.support.wait_seconds for day in days if day.support]
    replies = [day.support.first_reply_seconds_p50 or 0 for day in days if day.support]
    assert waits == sorted(waits)
    assert waits[-1] > 8 * 86_400
    assert replies[-1] == pytest.approx(waits[-1], rel=0.1)
