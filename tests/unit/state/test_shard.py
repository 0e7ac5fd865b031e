"""What a partition number does across its topics: it settles launches as time passes them."""

from __future__ import annotations

from pipeline.events.admitted import AdmittedActivity, AdmittedMention
from pipeline.state.audience import FINAL_AFTER, matched
from pipeline.state.carry import BrandCarry
from pipeline.state.pane_keys import carry_key
from pipeline.state.shard import Shard
from pipeline.state.tiers import DAY

LAUNCH = 20_000


def speak(shard: Shard, day: int, offset: int) -> None:
    """Have an author of the day speak for the brand."""
    at = day * DAY.size
    shard.mentions.apply(offset, AdmittedMention("acme", at, "x", offset, day, 1.0, 0.0))
    shard.mentions.row.watermark = max(shard.mentions.row.watermark, at)
    shard.mentions.row.applied = offset


def launch(shard: Shard, day: int, offset: int) -> None:
    event = AdmittedActivity("acme", day * DAY.size, offset, "launch", f"n{offset}")
    shard.activity.apply(offset, event)
    shard.activity.row.applied = offset


def settled(shard: Shard) -> list[int]:
    """Settle, flush, and return the windows that the carry row holds that was written."""
    shard.settle()
    values = dict(shard.mentions.cut(1).values)
    value = values.get(carry_key("acme"))
    return [] if value is None else sorted(BrandCarry.decode(value).windows)


def test_windows_are_written_when_the_mentions_have_passed_them() -> None:
    shard = Shard(0)
    launch(shard, LAUNCH, 1)
    for offset, day in enumerate(range(LAUNCH - 60, LAUNCH + FINAL_AFTER)):
        speak(shard, day, offset)
    assert settled(shard) == []
    speak(shard, LAUNCH + FINAL_AFTER, 200)
    assert settled(shard) == sorted([LAUNCH, *matched(LAUNCH)])
    assert settled(shard) == [], "nothing has changed"


def test_a_launch_that_becomes_known_late_is_settled_at_once() -> None:
    shard = Shard(0)
    for offset, day in enumerate(range(LAUNCH - 60, LAUNCH + 30)):
        speak(shard, day, offset)
    assert settled(shard) == []
    launch(shard, LAUNCH, 1)
    assert settled(shard) == sorted([LAUNCH, *matched(LAUNCH)])


def test_a_brand_without_mentions_has_nothing_to_settle() -> None:
    shard = Shard(0)
    launch(shard, LAUNCH, 1)
    assert settled(shard) == []
    assert shard.brand("acme").first_seen == LAUNCH * DAY.size
