"""Many mentions decoded at once, as columns.

A batch is decoded as one JSON array into structs that keep instants as text, and these are turned
into columns: what :func:`pipeline.events.decode.decode_one` says of each record, in a fraction of
the time. Whatever is not plainly in order is decoded by that function, a record at a time; it alone
decides what is wrong with a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from pipeline.errors import Reject
from pipeline.events.admitted_columns import Codes
from pipeline.events.contracts import SURE_ID, SURE_TEXT, Mention
from pipeline.events.decode import decode_one, joined
from pipeline.events.instant_columns import Flags, Instants, read_instants
from pipeline.events.instants import from_datetime, to_rfc3339
from pipeline.events.records import Topic

LEAST_TOGETHER = 16
"""Records that do not decode together are halved until so few are left."""


SureId = Annotated[str, Meta(min_length=1, max_length=SURE_ID)]
SureText = Annotated[str, Meta(max_length=SURE_TEXT)]


class TextualMention(Mention, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A mention whose instants are read later, many at a time.

    Its texts are so short that they are within the contract's limits in bytes, whatever their
    characters; longer ones do not decode together.
    """

    id: SureId
    author: SureId
    source: SureId
    text: SureText | None = None
    edit_of: SureId | None = None
    origin_id: SureId | None = None
    occurred_at: str  # type: ignore[assignment]  # in place of the inherited field
    received_at: str | None = None  # type: ignore[assignment]  # as above


@dataclass(frozen=True, slots=True, eq=False)
class MentionColumns:
    """The valid mentions of a batch, in order.

    ``places`` are their positions in the batch, ``at`` their event times in microseconds;
    ``rejects`` says why the records at the other positions are invalid.
    """

    mentions: Sequence[TextualMention]
    places: Codes
    at: Instants
    rejects: dict[int, Reject]


def decode_mentions(values: Sequence[bytes | None]) -> MentionColumns:
    """Decode the records of a batch of mentions."""
    decoded = _decode(values)
    columns, read = _columns(decoded)
    doubtful = sorted(set(_doubtful(columns.mentions, read)))
    if doubtful:
        for entry in doubtful:
            place = int(columns.places[entry])
            decoded[place] = _one(values[place])
        columns, _ = _columns(decoded)
    return columns


def _decode(values: Sequence[bytes | None]) -> list[TextualMention | Reject]:
    together = joined(values)
    if together is not None:
        try:
            mentions = _decode_many(together)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        else:
            if len(mentions) == len(values):
                return [*mentions]
    if len(values) <= LEAST_TOGETHER:
        return [_one(value) for value in values]
    middle = len(values) // 2
    return _decode(values[:middle]) + _decode(values[middle:])


def _one(value: bytes | None) -> TextualMention | Reject:
    """Decode one record as carefully as can be; its instants are written anew."""
    try:
        mention = decode_one(Topic.MENTIONS, value)
    except Reject as reject:
        return reject
    at = to_rfc3339(from_datetime(mention.occurred_at))
    return TextualMention(
        **{**msgspec.structs.asdict(mention), "occurred_at": at, "received_at": None}
    )


def _columns(decoded: list[TextualMention | Reject]) -> tuple[MentionColumns, Flags]:
    """Return the columns, and which of their times could be read."""
    rejects = {place: one for place, one in enumerate(decoded) if type(one) is Reject}
    mentions: Sequence[TextualMention] = decoded  # type: ignore[assignment]  # where none is rejected
    places = np.arange(len(decoded))
    if rejects:
        places = np.delete(places, list(rejects))
        mentions = [mentions[place] for place in places.tolist()]
    at, read = read_instants([mention.occurred_at for mention in mentions])
    return MentionColumns(mentions, places, at, rejects), read


def _doubtful(mentions: Sequence[TextualMention], read: Flags) -> Iterator[int]:
    """Yield the entries that may break a rule which their types do not express.

    The rules are those of :func:`pipeline.events.contracts.check`; each is looked at for all
    mentions at once.
    """
    if not read.all():
        yield from (~read).nonzero()[0].tolist()
    sources = [mention.source for mention in mentions]
    for source in set(sources):
        if "\0" in source:
            yield from (at for at, other in enumerate(sources) if other == source)
    received = [mention.received_at for mention in mentions]
    readable = read_instants([text for text in received if text is not None])[1]
    if not readable.all():
        entries = [at for at, text in enumerate(received) if text is not None]
        yield from (at for at, fine in zip(entries, readable.tolist(), strict=True) if not fine)


_decode_many = msgspec.json.Decoder(list[TextualMention]).decode
