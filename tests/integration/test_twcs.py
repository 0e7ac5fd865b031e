"""Real conversations from a file into Kafka, two workers on them, and a replay of the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline.events.sentiment.scorer import LexiconScorer
from tests.integration.command import printed
from tests.integration.rig import eventually
from tests.integration.rig.process import REPOSITORY
from tests.integration.stand import MakeStand, on_kafka
from tests.oracle.worlds import Event

FILE = REPOSITORY.parent / "shared/data/twcs_5000.csv"


def events_of(file: Path) -> list[Event]:
    """Return the events of an NDJSON file; lines end at line feeds only."""
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line]


@pytest.mark.skipif(not FILE.is_file(), reason="the sample of real conversations is not there")
@on_kafka
def test_redis_equals_the_oracle_and_replay(make_stand: MakeStand, tmp_path: Path) -> None:
    written = printed("import", "twcs", str(FILE), "--output", "twcs.ndjson", directory=tmp_path)
    events = events_of(tmp_path / "twcs.ndjson")
    assert len(events) == written["produced"] > 5000
    topics = Counter(event["topic"] for event in events)
    assert topics.keys() == {"social-mentions", "support-tickets"}

    stand = make_stand(events)
    for worker in (stand.worker(), stand.worker()):
        worker.wait_ready()
    settings = stand.workers[0].env
    imported = printed("import", "twcs", str(FILE), directory=tmp_path, settings=settings)
    assert imported == written
    stand.wait_committed(60.0)

    # What a text is worth is the product's to say; what becomes of it is counted anew.
    scorer = LexiconScorer()
    scores: dict[tuple[str, str], float] = {}

    def score(text: str, brand: str) -> float:
        if (text, brand) not in scores:
            scores[text, brand] = scorer.score(text, frozenset({brand}))
        return scores[text, brand]

    stand.assert_exact(30.0, score=score)
    eventually(
        lambda: all("influence_goodwill{" in each.get("/metrics")[1] for each in stand.workers),
        20,
        what="every worker shows what Redis has",
    )
    world = stand.expected(score=score)
    eventually(lambda: stand.records() == world.outcomes, 20, what="all are counted")
    replayed = stand.assert_equal_to_replay("twcs.ndjson")
    assert replayed["records"] == world.outcomes
    assert replayed["dead_letters"] == {}
    assert len(replayed["brands"]) > 50
