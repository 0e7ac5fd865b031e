"""What the columns hold of a record is what decoding it by itself gives, whatever the bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from math import isnan
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.compiled import PADDING
from pipeline.events import text_scan
from pipeline.events.contracts import MAX_ID_BYTES, MAX_RECORD_BYTES, MAX_TEXT_BYTES
from pipeline.events.decode import decode_one
from pipeline.events.hashing import Hasher
from pipeline.events.instants import from_datetime
from pipeline.events.mention_columns import MentionColumns, decode_mentions
from pipeline.events.records import PackedRecords, RawRecord, Topic
from pipeline.events.text_scan import Bytes, Places, codes_in
from tests.unit.events.samples import NESTED, REASONS, A, with_field
from tests.unit.events.test_decode_batch import BATCH

HASHER = Hasher("a key")


def columns_of(values: list[bytes | None]) -> MentionColumns:
    records = [RawRecord(offset, value, b"key") for offset, value in enumerate(values)]
    return decode_mentions(PackedRecords.of(records), HASHER)


def hold(values: list[bytes | None]) -> None:
    """Hold every entry against its record decoded by itself; the other records are odd."""
    columns = columns_of(values)
    assert sorted([*columns.places.tolist(), *columns.odd.tolist()]) == list(range(len(values)))
    for entry, place in enumerate(columns.places.tolist()):
        one = decode_one(Topic.MENTIONS, values[place])
        source, text = one.source, one.text
        assert columns.brands[columns.brand[entry]] == one.brand
        assert columns.sources[columns.source[entry]] == source
        assert columns.at[entry] == from_datetime(one.occurred_at)
        assert columns.id_hash[entry] == HASHER.event(source, one.op, one.id)
        assert columns.author_hash[entry] == HASHER.author(source, one.author)
        assert columns.author(entry) == one.author
        assert columns.has_text[entry] == bool(text)
        assert not text or columns.texts_of([entry]) == [text]
        assert columns.retraction[entry] == (one.op != "create")
        assert columns.earned[entry] == (one.relation == "earned")
        for column, figure in (
            (columns.sentiment, one.sentiment),
            (columns.rating, one.rating),
            (columns.bot, one.bot_probability),
        ):
            assert isnan(column[entry]) if figure is None else column[entry] == figure
        counts = [one.likes or 0, one.shares or 0, one.followers or 0, one.clicks or 0]
        assert columns.counts[:, entry].tolist() == counts


def is_plain(value: bytes) -> bool:
    """Tell whether a record need not be decoded by itself."""
    return columns_of([value]).odd.size == 0


@given(BATCH)
@example([A + b"," + A, A[:-1] + b',"text":"}', b'{"}'])
@example(
    [A, with_field(b"likes", b"1.0"), with_field(b"likes", b"-0"), with_field(b"likes", b"01")]
)
@example([A, with_field(b"received_at", b'"2026-03-01 12:00:00Z"'), A])
@example([A, with_field(b"received_at", b'"1999-03-01T12:00:00.123Z"'), A])
@example([A, with_field(b"source", b'"twice"'), with_field(b"likes", b'1,"likes":null')])
@example([A, A.replace(b'"d"', b'"\\u0000"'), A.replace(b'"c"', b'"\\u0000"')])
@example([A, NESTED, A, None])
@example([None, None])
@example([A, A.ljust(MAX_RECORD_BYTES + 1)])
def test_columns_hold_what_decoding_one_by_one_gives(values: list[bytes | None]) -> None:
    hold(values)


def test_what_is_no_event_is_odd() -> None:
    values = [value for value, _, _ in REASONS]
    assert columns_of([*values, A]).places.tolist() == [len(values)]


# -- what programs write

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
INSTANTS = st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.isoformat().replace("+00:00", "Z")
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "id": IDS,
        "brand": IDS,
        "author": IDS,
        "occurred_at": INSTANTS,
        "source": IDS.filter(lambda text: "\0" not in text),
    },
    optional={
        "text": TEXTS | st.none(),
        "lang": TEXTS,
        "sentiment": st.floats(-1, 1) | st.integers(-1, 1) | st.none(),
        "rating": st.floats(1, 5) | st.integers(1, 5),
        "bot_probability": st.floats(0, 1),
        "op": st.sampled_from(["create", "edit", "delete"]),
        "kind": st.sampled_from(["original", "reply", "share", "quote", "review", None]),
        "relation": st.sampled_from(["earned", "owned", "employee", "paid"]),
        "edit_of": IDS,
        "origin_id": IDS | st.none(),
        "received_at": INSTANTS,
        "url": TEXTS,
        "likes": st.integers(0, 2**53 - 1),
        "clicks": st.integers(0, 9) | st.none(),
    },
)


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """A valid mention as some program writes it."""
    document = draw(DOCUMENTS)
    names = draw(st.permutations(sorted(document)))
    text = json.dumps(
        {name: document[name] for name in names},
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r\n ")])),
    )
    if draw(st.booleans()):
        text = text.replace("/", "\\/")
    return text.encode()


@given(st.lists(written(), min_size=1, max_size=5))
def test_what_programs_write_is_plain(values: list[bytes | None]) -> None:
    hold(values)
    odd = columns_of(values).odd
    # Exponents of three digits are rare enough to be looked at by themselves.
    assert all(b"e-" in (values[place] or b"") for place in odd.tolist())


@given(st.lists(written(), min_size=1, max_size=3), st.data())
def test_whatever_is_changed_in_it(values: list[bytes], data: st.DataObject) -> None:
    changed: list[bytes | None] = []
    for value in values:
        draft = bytearray(value)
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(draft) - 1))
            byte = data.draw(st.sampled_from(b'"\\{}[]:,0189-+.eEuZTn \n\x00\x7f\x80\xc3\xed\xff'))
            if data.draw(st.booleans()):
                draft[at] = byte
            else:
                draft[at : at + data.draw(st.integers(0, 2))] = bytes([byte])
        changed.append(bytes(draft))
    hold(changed)


def test_every_instant_that_is_plain_is_right() -> None:
    first = datetime(2000, 1, 1, tzinfo=UTC)
    moments = [first + timedelta(days=day, seconds=day) for day in range(0, 2_900_000, 997)]
    values: list[bytes | None] = [
        A.replace(b"2026-03-01T12:00:00", moment.isoformat()[:19].encode()) for moment in moments
    ]
    columns = columns_of(values)
    assert columns.at.tolist() == [from_datetime(moment) for moment in moments]


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-01-00T12:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T12:60:00Z",
        "2026-01-01T12:00:60Z",
        "1999-12-31T23:59:59Z",
        "2026-01-01t12:00:00Z",
        "2026-01-01 12:00:00Z",
        "2026-01-01T12:00:00z",
        "2026-01-01T12:00:00",
        "2026-01-01T12:00:00.Z",
        "2026-01-01T12:00:00.1234567Z",
        "2026-01-01T12:00:00+01:00",
        "2026-01-01T12:00:00+0000",
        "2026-01-01T12:00:00-00:00",
        "2026-01-01T12:00:0:Z",
        "2026-01-01T12:00:00ZZ",
        "",
    ],
)
def test_other_instants_are_odd(written: str) -> None:
    assert not is_plain(A.replace(b"2026-03-01T12:00:00Z", written.encode()))
    assert not is_plain(with_field(b"received_at", json.dumps(written).encode()))


@pytest.mark.parametrize("place", range(len("2026-01-01T12:00:00.5+00:00")))
@pytest.mark.parametrize("instant", ["2026-01-01T12:00:00.5+00:00", "1026-01-01T12:00:00.5+00:00"])
@pytest.mark.parametrize("character", "o;/ ")
def test_every_character_of_an_instant_counts(instant: str, place: int, character: str) -> None:
    spoiled = instant[:place] + character + instant[place + 1 :]
    assert not is_plain(A.replace(b"2026-03-01T12:00:00Z", spoiled.encode()))


@pytest.mark.parametrize(
    ("field", "limit"), [("id", MAX_ID_BYTES), ("author", MAX_ID_BYTES), ("text", MAX_TEXT_BYTES)]
)
@pytest.mark.parametrize("character", ["x", "\u20ac", "\U0001f600"])
def test_lengths_are_in_bytes(field: str, limit: int, character: str) -> None:
    def mention(length: int) -> bytes:
        text = character * (length // len(character.encode()))
        return json.dumps({**json.loads(A), field: text}, ensure_ascii=False).encode()

    assert is_plain(mention(limit))
    assert not is_plain(mention(limit + len(character.encode())))
    hold([mention(limit), mention(limit + len(character.encode()))])


@pytest.mark.parametrize(
    "digits",
    [
        *("0.1", "-0.30000000000000004", "0.9999999999999999", "1e-7", "0.1e1", "1E+0", "-0"),
        *("0.0", "0.123456789012345678901234567890", "9007199254740993e-16"),
        *("1e-22", "3e-23", "12345e-24", "7e-25", "3e-99", "900719925474099e-15"),
        "0." + "0" * 30 + "1",
    ],
)
def test_figures_are_read_to_the_last_digit(digits: str) -> None:
    value = with_field(b"sentiment", digits.encode())
    assert is_plain(value)
    hold([value])


@pytest.mark.parametrize("digits", ["1.0000000000000002", "-1.0000000000000002", "2", "1e1"])
def test_figures_out_of_range_are_odd(digits: str) -> None:
    assert not is_plain(with_field(b"sentiment", digits.encode()))


@pytest.mark.parametrize(
    "first", [0x80, 0xC0, 0xC1, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF1, 0xF4, 0xF5]
)
@pytest.mark.parametrize("second", [0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0])
@pytest.mark.parametrize("others", [b"", b"\x80", b"\xbf\xbf", b"\x80\x7f", b"\x80\x80\x80"])
def test_texts_are_utf_8(first: int, second: int, others: bytes) -> None:
    text = bytes([first, second]) + others
    try:
        text.decode()
    except UnicodeDecodeError:
        valid = False
    else:
        valid = b'"' not in text
    assert is_plain(A.replace(b'"c"', b'"' + text + b'"')) == valid


@pytest.mark.parametrize("before", range(70))
def test_texts_are_read_wherever_their_characters_lie(before: int) -> None:
    """Also where one goes on beyond the bytes that are looked at together."""
    texts = [
        "x" * before + character * count + "x" * 40 + last
        for character in ("\u00e9", "\u20ac", "\U0001f600", '"', "\\", "\n")
        for count in (1, 2, 40)
        for last in ("", "\u00e9", '"')
    ]
    values: list[bytes | None] = [
        json.dumps({**json.loads(A), "text": text}, ensure_ascii=escaped).encode()
        for text in texts
        for escaped in (True, False)
    ]
    hold(values)
    assert not columns_of(values).odd.size


@pytest.mark.parametrize("wrong", [b"\x1f", b"\x80", b"\xff", b"\xe2\x82", b"\xc3", b"\\x", b"\n"])
def test_what_no_text_may_hold_is_found_wherever_it_lies(wrong: bytes) -> None:
    for before in range(70):
        for text in (b"x" * before, "\u20ac".encode() * before, b"\\n" * before):
            assert not is_plain(A.replace(b'"c"', b'"' + text + wrong + b"x" * 40 + b'"'))
            assert not is_plain(A.replace(b'"c"', b'"' + text + wrong + b'"'))


def test_many_names_get_codes_of_their_own() -> None:
    names = [f"brand-{n % 3000}" for n in range(8000)]
    values: list[bytes | None] = [A.replace(b'"b"', json.dumps(n).encode()) for n in names]
    columns = columns_of(values)
    assert [columns.brands[code] for code in columns.brand.tolist()] == names
    assert len(columns.brands) == 3000


def places_of(texts: list[bytes]) -> tuple[Bytes, Places]:
    """A buffer of texts, and where in it they are."""
    stops = np.cumsum([len(text) for text in texts])
    starts = stops - [len(text) for text in texts]
    return np.frombuffer(b"".join(texts) + bytes(PADDING), np.uint8).copy(), np.stack(
        (starts, stops)
    )


def slots_of(raw: Bytes, places: Places) -> set[int]:
    """Where a table of 1 << 15 slots is looked at first."""
    return {text_scan._first_slot(raw, start, stop, 1 << 15) for start, stop in places.T.tolist()}


@pytest.mark.parametrize("name", ["brand%02d", "brand-%02d", "a-longer-name-%02d", "%02d", "b%04d"])
def test_names_that_differ_in_their_last_characters_do_not_share_their_slot(name: str) -> None:
    raw, places = places_of([(name % n).encode() for n in range(100)])
    assert len(slots_of(raw, places)) > 90


def made_up(count: int) -> list[bytes]:
    """Texts that all belong into one slot of 1 << 15; so anybody can make them up."""
    random, turn = Random(1), pow(int(text_scan._MIX), -1, 1 << 64)
    texts: list[bytes] = []
    while len(texts) < count:
        number = random.getrandbits(17) << 47 | 5 << 32 | random.getrandbits(32)
        number = number * turn & (1 << 64) - 1
        number ^= number >> 32
        text = ((number * turn & (1 << 64) - 1) ^ 8).to_bytes(8, "little")
        if text.isascii():
            texts.append(text)
    return texts


def test_texts_that_are_made_up_to_share_their_slot_are_told_apart_all_the_same() -> None:
    texts = made_up(2_000) * 4
    raw, places = places_of(texts)
    assert len(slots_of(raw, places)) == 1
    empty, codes = np.full(1 << 15, -1, np.int32), np.zeros(len(texts), np.int64)
    assert text_scan._encode(raw, places, empty, codes.copy(), codes) < 0
    names, codes = codes_in(raw, places)
    assert [names[code].encode() for code in codes.tolist()] == texts
    assert len(names) == len(set(texts))


def test_the_buffer_of_the_records_stays_as_it_is() -> None:
    value = A.replace(b'"c"', b'"\\u0041\\/"')
    packed = PackedRecords.of([RawRecord(0, A), RawRecord(1, value)])
    decode_mentions(packed, HASHER)
    assert packed[1].value == value
