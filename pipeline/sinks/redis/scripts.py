"""The Lua scripts and how a publication becomes their keys and arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pipeline.alerting.kinds import Kind
from pipeline.events.instants import HOUR, SECOND
from pipeline.sinks.publication import Offsets, Publication
from pipeline.sinks.redis.acknowledged import Change
from pipeline.sinks.redis.keys import Keys, encoded

if TYPE_CHECKING:
    from pipeline.metrics.activity_results import Result

HISTORY_FIELDS: Final = (
    "as_of",
    "influence_index",
    "goodwill",
    "goodwill_low",
    "goodwill_high",
    "goodwill_net",
    "advocacy_24h",
    "detraction_24h",
    "advocates_24h",
    "mentions_24h",
    "advocacy_28d",
    "detraction_28d",
    "advocates_28d",
    "mentions_28d",
    "share_of_voice_28d",
    "net_sentiment_28d",
    "consistency",
    "activation",
    "messaging_dependence",
    "offered_load_agents",
    "required_agents",
    "tickets_open",
    "tickets_waiting",
    "tickets_opened_24h",
    "oldest_open_seconds",
    "first_reply_seconds_p50_28d",
    "first_reply_seconds_p90_28d",
    "resolution_seconds_p50_28d",
    "resolution_seconds_p90_28d",
)
"""What an hourly entry of a brand's history holds, as far as it is known."""


class Call(NamedTuple):
    """One call of a script: its text, its digest, its keys and its arguments."""

    source: str
    digest: str
    keys: Sequence[str]
    arguments: Sequence[str | bytes]

    def words(self) -> tuple[str | bytes, ...]:
        """Return the call as a command's words."""
        return ("EVALSHA", self.digest, str(len(self.keys)), *self.keys, *self.arguments)


def _source(name: str) -> tuple[str, str]:
    folder = files("pipeline.sinks.redis")
    text = "\n".join(folder.joinpath(part).read_text("utf-8") for part in ("fence.lua", name))
    # Redis names a script by its SHA-1; nothing is kept secret by it.
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


PUBLISH: Final = _source("publish.lua")
CHANGE: Final = _source("change.lua")
RETIRE: Final = _source("retire.lua")


def _flat(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [word for pair in pairs for word in pair]


def _latest_by_name(activities: Sequence[Result]) -> dict[str, Result]:
    """Return one activity a name; of several with the same name, the one that starts last."""
    return {encoded(each.name): each for each in sorted(activities, key=lambda each: each.start)}


def _activities(activities: Mapping[str, Result]) -> list[tuple[str, str, Mapping[str, str]]]:
    """Return member, score and fields of each."""
    return [
        (member, f"{each.start / SECOND:.6f}".rstrip("0").rstrip("."), each.fields)
        for member, each in activities.items()
    ]


def _alerts(alerts: Mapping[str, Mapping[str, str]]) -> list[tuple[str, list[str]]]:
    """Return kind and field pairs of each; an entry of the stream has them in this order."""
    return [(kind, _flat(fields.items())) for kind, fields in alerts.items()]


def _history(publication: Publication) -> list[str]:
    fields = publication.fields
    return _flat((name, fields[name]) for name in HISTORY_FIELDS if name in fields)


def publish_call(
    publication: Publication, keys: Keys, updates_length: int, history_length: int
) -> Call:
    """Return the call that publishes a brand whole; lengths are of the two streams, in entries."""
    brand = publication.brand
    launches = _latest_by_name(publication.launches)
    campaigns = _latest_by_name(publication.campaigns)
    names = [
        keys.brand(brand),
        keys.ledger(brand),
        keys.index("launch", brand),
        keys.index("campaign", brand),
        keys.brands(publication.partition),
        keys.updates,
        keys.history(brand),
        keys.rank,
        keys.alerts,
        *(keys.activity("launch", brand, member) for member in launches),
        *(keys.activity("campaign", brand, member) for member in campaigns),
        *(keys.alert(brand, kind) for kind in publication.alerts),
    ]
    content = (
        *_stamp(publication, keys.prefix, updates_length, history_length),
        publication.fields,
        dict(publication.ledger),
        _history(publication),
        _activities(launches),
        _activities(campaigns),
        _alerts(publication.alerts),
    )
    return Call(*PUBLISH, names, [_ENCODER.encode(content)])


def change_call(
    publication: Publication, change: Change, keys: Keys, updates_length: int, history_length: int
) -> Call:
    """Return the call that publishes what changed of a brand; arguments as for the other."""
    brand = publication.brand
    names = [
        keys.brand(brand),
        keys.ledger(brand),
        keys.updates,
        keys.history(brand),
        keys.rank,
        keys.alerts,
        *(keys.alert(brand, kind) for kind in change.alerts),
    ]
    content = (
        *_stamp(publication, change.base, updates_length, history_length),
        change.fields,
        change.gone_fields,
        change.lines,
        change.gone_days,
        _history(publication) if change.new_hour else (),
        _alerts(change.alerts),
    )
    return Call(*CHANGE, names, [_ENCODER.encode(content)])


def _stamp(
    publication: Publication, own: str, updates_length: int, history_length: int
) -> tuple[object, ...]:
    """Return what both scripts are told first, one word of their own in it.

    Numbers are text, which is exact in Lua, too.
    """
    return (
        publication.brand,
        str(publication.partition),
        str(publication.incarnation),
        [str(offset) for offset in publication.offsets],
        str(publication.as_of),
        own,
        str(updates_length),
        str(history_length),
        # The hour in milliseconds, by which its entry of history is known.
        str(publication.as_of // HOUR * (HOUR // 1000)),
    )


def retire_call(brand: str, partition: int, incarnation: int, offsets: Offsets, keys: Keys) -> Call:
    """Return the call that takes out a brand that its owner no longer has."""
    names = [
        keys.brand(brand),
        keys.ledger(brand),
        keys.index("launch", brand),
        keys.index("campaign", brand),
        keys.brands(partition),
        keys.rank,
        *(keys.alert(brand, kind) for kind in Kind),
    ]
    identity = (brand, str(partition), str(incarnation), *(str(offset) for offset in offsets))
    return Call(*RETIRE, names, [*identity, keys.prefix])


_ENCODER = msgspec.msgpack.Encoder()
