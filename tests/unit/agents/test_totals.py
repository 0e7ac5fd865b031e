"""What is told of a partition's mentions, and when."""

from __future__ import annotations

from pipeline.agents.totals import WRITE_SECONDS, TotalsBoard, TotalsChanges
from pipeline.state.mention_table import MentionTable

MARCH = 1_772_323_200_000_000


class Changes:
    """What is told of one partition, and read back."""

    def __init__(self) -> None:
        self.now = 0.0
        self.is_read = False
        self.table = MentionTable(0)
        self.board = TotalsBoard(1)
        self._changes = TotalsChanges("totals", lambda _: self.is_read, lambda: self.now)

    def tell(self) -> int:
        """Tell what has changed; returns how many records that took."""
        messages = self._changes.messages([self.table])
        for message in messages:
            self.board.take(message.key, message.value)
        return len(messages)


def test_a_partition_of_which_nothing_was_read_yet_is_not_said_to_be_empty() -> None:
    changes = Changes()
    assert changes.tell() == 0
    changes.is_read = True
    assert (changes.tell(), changes.board.empty) == (1, {0})
    assert changes.tell() == 0


def test_that_a_partition_is_not_empty_any_more_is_told_at_once() -> None:
    changes = Changes()
    changes.is_read = True
    changes.tell()
    changes.is_read = False
    changes.table.row.watermark = MARCH
    assert (changes.tell(), changes.board.empty) == (1, set())
    changes.table.row.watermark += 1
    assert changes.tell() == 0
    changes.now = WRITE_SECONDS
    assert changes.tell() == 1
