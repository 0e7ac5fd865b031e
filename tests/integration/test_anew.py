"""Source topics that are made anew while the state of the ones before is still there."""

from __future__ import annotations

from pipeline.clock import WallClock
from pipeline.events.records import Topic
from pipeline.sinks.topics import TOTALS
from pipeline.sources.provision import provision
from tests.integration.rig import Worker
from tests.integration.stand import MakeStand, on_kafka
from tests.integration.test_exactness import events


@on_kafka
def test_offsets_of_a_topic_that_is_no_more_mean_nothing_in_the_next(make_stand: MakeStand) -> None:
    stand = make_stand(events(61, days=12))
    mentions = [event for event in stand.events if event["topic"] == Topic.MENTIONS]
    worker = stand.worker()
    worker.wait_ready()
    stand.produce(stand.events)
    stand.wait_committed()

    stand.delete(stand.prefix + Topic.MENTIONS)
    made = provision(stand.kafka, WallClock())
    assert [each.name for each in made if each.created] == [stand.prefix + Topic.MENTIONS]
    stand.produce(mentions[:50])
    assert worker.wait(60.0) == 1, "the log beneath it goes back"
    assert "it was made anew or has lost records" in _last_line(worker)

    # As long as the one before, so that no offset is out of range.
    stand.produce(mentions[50:])
    refused = stand.worker()
    assert refused.wait(40.0) == 1
    said = _last_line(refused)
    assert f"topic {stand.prefix}{Topic.MENTIONS} was made anew" in said

    changelog, totals = stand.changelog(Topic.MENTIONS), stand.prefix + TOTALS
    assert f"delete {changelog} and {totals}" in said
    stand.delete(changelog, totals)
    stand.worker()
    stand.wait_committed()
    stand.assert_exact()


def _last_line(worker: Worker) -> str:
    assert "Traceback" not in worker.output()
    return worker.output().splitlines()[-1]
