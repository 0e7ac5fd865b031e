"""What is told of a partition's mentions, and when."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.agents.totals import WRITE_SECONDS, TotalsBoard, TotalsChanges, totals_of
from pipeline.sinks.topics import INCARNATION_KEY
from pipeline.state.mention_table import MentionTable
from pipeline.state.row import NO_WATERMARK

MARCH = 1_772_323_200_000_000


class Changes:
    """What is told of one partition, and read back."""

    def __init__(self) -> None:
        self.now = 0.0
        self.is_read = False
        self.table = MentionTable(0)
        self.board = TotalsBoard(1)
        self._changes = TotalsChanges("totals", self._read, lambda: self.now)

    def tell(self) -> int:
        """Tell what has changed; returns how many records that took."""
        messages = self._changes.messages([self.table])
        for message in messages:
            self.board.take(message.key, message.value)
        return len(messages)

    @property
    def empty(self) -> tuple[bool, bool]:
        """Whether others take it for empty, and its owner."""
        owned = {0: self.table}
        return 0 in self.board.empty({}, self._read), 0 in self.board.empty(owned, self._read)

    def _read(self, _: int) -> bool:
        return self.is_read


def test_a_partition_of_which_nothing_was_read_yet_is_not_said_to_be_empty() -> None:
    changes = Changes()
    assert changes.tell() == 1
    assert changes.board.totals() is None, "nothing was ever mentioned"
    assert changes.empty == (False, False)
    changes.is_read = True
    changes.now = WRITE_SECONDS
    assert (changes.tell(), changes.empty) == (1, (True, True))
    assert changes.tell() == 0


def test_that_a_partition_is_not_empty_any_more_is_told_at_once() -> None:
    changes = Changes()
    changes.is_read = True
    changes.tell()
    changes.is_read = False
    assert changes.empty == (True, False), "its owner knows before it tells"
    assert (changes.tell(), changes.empty) == (1, (False, False))
    changes.table.row.watermark = MARCH
    assert changes.tell() == 0
    changes.now = WRITE_SECONDS
    assert changes.tell() == 1
    changes.is_read = True
    assert changes.empty == (False, False)


def test_what_was_read_says_at_once_that_its_partition_is_not_empty() -> None:
    changes = Changes()
    changes.is_read = True
    changes.tell()
    changes.table.row.watermark = MARCH
    assert changes.empty == (True, False)
    assert (changes.tell(), changes.empty) == (1, (False, False))


def test_what_somebody_may_have_to_decide_is_known_of_all_partitions_or_of_none() -> None:
    board = TotalsBoard(3)

    def tell(partition: int, hour: int, watermark: int = MARCH) -> int:
        value = {"partition": partition, "applied": 9, "watermark": watermark, "mentions": {}}
        board.take(b"", msgspec.json.encode({**value, "decided": hour}))
        return board.decided

    assert [tell(0, 500), tell(1, 300), tell(2, 0, NO_WATERMARK)] == [0, 0, 300]
    assert [tell(1, 400), tell(2, 200)] == [400, 200]


def test_decided_is_what_the_row_says_that_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alerts of a brand may be ahead of it; what its worker knows by itself is."""
    table = MentionTable(0)
    table.row.applied, table.row.decided = 5, 700
    assert totals_of(table).decided == 0
    monkeypatch.setattr(table, "_unwritten_after", lambda: 4)
    assert table.cut(1).row is None
    assert totals_of(table).decided == 0
    monkeypatch.setattr(table, "_unwritten_after", lambda: None)
    row = table.cut(1).row
    assert row is not None
    assert totals_of(table).decided == 700
    again = MentionTable(0)
    again.load(dict([row]))
    assert totals_of(again).decided == 700


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (INCARNATION_KEY, b"abc"),
        (INCARNATION_KEY, b""),
        (b"0", b"[" * 100_000),
        (b"9", b'{"partition":9,"applied":1,"watermark":1,"mentions":{}}'),
        (b"-1", b'{"partition":-1,"applied":1,"watermark":1,"mentions":{}}'),
        (b"0", b'{"partition":0,"applied":1,"watermark":%d,"mentions":{}}' % 10**30),
        (b"0", b'{"partition":0,"applied":1,"watermark":%d,"mentions":{}}' % 2**62),
    ],
)
def test_what_cannot_be_is_left_aside(
    key: bytes, value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    board = TotalsBoard(1)
    board.take(key, value)
    assert "left aside" in caplog.text
    assert (board.totals(), board.incarnation) == (None, 0)


def test_a_partition_of_which_nothing_was_accepted_has_spoken() -> None:
    """What it holds may all be refused, and always more be on its way."""
    changes = Changes()
    other = MentionTable(1)
    other.row.watermark = MARCH
    changes.board = TotalsBoard(2)
    assert changes.board.totals() is None
    changes.table.row.applied = 70
    for message in TotalsChanges("totals", lambda _: False).messages([changes.table, other]):
        changes.board.take(message.key, message.value)
    assert changes.board.totals() is not None
