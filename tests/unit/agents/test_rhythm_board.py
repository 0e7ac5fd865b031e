"""The rhythm of all partitions: told, read back, waited for, deleted."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.agents.rhythm_board import EMPTY_SECONDS, KEPT_HOURS, LONGEST_WAIT, RhythmBoard
from pipeline.alerting.baseline import WEEK
from pipeline.alerting.kinds import Kind
from pipeline.alerting.rhythm import BINS, Counted
from pipeline.alerting.watch import Told
from pipeline.events.instants import HOUR

PATIENCE = 60.0


def told(hours: range, number: int = 3) -> Told:
    cells = np.array(hours) * BINS + number
    return {Kind.INFLUENCE_DROP: Counted(cells, np.ones_like(cells))}


def tell(board: RhythmBoard, partition: int, hours: range) -> int:
    """Tell of hours and read it back; returns how many records were deleted."""
    decided = board.ready_until()
    messages = board.messages(partition, told(hours), hours.stop, decided, "totals")
    for message in messages:
        assert message.key is not None
        board.take(message.key, message.value)
    return sum(message.value is None for message in messages)


def counted(board: RhythmBoard, hour: int) -> int:
    return int(
        board.rhythms(range(hour, hour + 1))[Kind.INFLUENCE_DROP]
        .crowd(range(hour, hour + 1))
        .histograms.sum()
    )


def test_an_hour_is_ready_when_all_have_told_of_it() -> None:
    board = RhythmBoard(2, PATIENCE)
    tell(board, 0, range(100, 500))
    assert board.ready_until() == 0
    tell(board, 1, range(100, 300))
    assert board.ready_until() == 300
    assert [counted(board, hour) for hour in (100, 299, 300, 499, 500)] == [2, 2, 1, 1, 0]


def test_what_others_wait_for_is_not_deleted_however_far_one_is_ahead() -> None:
    board = RhythmBoard(2, PATIENCE)
    deleted = sum(tell(board, 0, range(hour, hour + 100)) for hour in range(0, LONGEST_WAIT, 100))
    assert deleted == 0
    assert counted(board, 0) == 1
    tell(board, 1, range(10 * KEPT_HOURS))
    assert tell(board, 0, range(LONGEST_WAIT + 100, LONGEST_WAIT + 101)) > 0
    assert counted(board, 0) == 2  # somebody here may not have decided it yet
    board.forget_before(2 * KEPT_HOURS)
    assert counted(board, 0) == 0
    assert counted(board, KEPT_HOURS) == 2


def test_a_partition_that_tells_nothing_is_not_waited_for_for_ever() -> None:
    now = 0.0
    board = RhythmBoard(2, PATIENCE, lambda: now)
    tell(board, 0, range(10, 20))
    now = PATIENCE - 1
    assert board.ready_until() == 0
    now = PATIENCE + 1
    assert board.ready_until() == 20
    tell(board, 0, range(20, 30))
    assert board.ready_until() == 30


def test_one_without_a_record_is_waited_for_as_long_as_it_may_take_to_hear_of_one() -> None:
    now = 0.0
    board = RhythmBoard(2, PATIENCE, lambda: now)
    tell(board, 0, range(10, 20))
    now = EMPTY_SECONDS - 1
    assert board.ready_until(empty=[1]) == 0
    now = EMPTY_SECONDS + 1
    assert board.ready_until(empty=[1]) == 20
    tell(board, 1, range(10, 15))
    now += PATIENCE - 1
    assert board.ready_until(empty=[1]) == 15, "that it has no record is old news"


def test_what_is_told_again_replaces_what_was_told_of_the_same_hours() -> None:
    """A worker that takes over tells again what the one before had told and not written down."""
    board = RhythmBoard(2, PATIENCE)
    tell(board, 0, range(100, 400))
    tell(board, 1, range(100, 400))
    tell(board, 0, range(300, 500))
    assert [counted(board, hour) for hour in (100, 299, 300, 399, 400)] == [2, 2, 2, 2, 1]


def test_what_is_told_while_brands_are_decided_is_for_later() -> None:
    board = RhythmBoard(2, PATIENCE)
    tell(board, 0, range(100, 200))
    hours = range(100, 200)
    before = board.rhythms(hours)
    assert board.rhythms(range(120, 150)) is before
    tell(board, 1, range(150, 200))
    assert before[Kind.INFLUENCE_DROP].crowd(hours).histograms.sum() == 100
    after = board.rhythms(hours)
    assert after[Kind.INFLUENCE_DROP].crowd(hours).histograms.sum() == 150
    assert board.rhythms(hours) is after


def test_what_nobody_has_decided_is_not_kept_for_ever() -> None:
    board = RhythmBoard(2, PATIENCE)
    tell(board, 0, range(100, 200))
    late = 200 + LONGEST_WAIT + KEPT_HOURS + WEEK
    tell(board, 0, range(200, late))
    board.forget_before(decided=0)
    assert [counted(board, hour) for hour in (100, 199, late - 1)] == [0, 0, 1]


@pytest.mark.parametrize(
    "key", [b"rhythm/", b"rhythm/x/1", b"rhythm/1", b"rhythm/7/1", b"rhythm/0/-5", b"rhythm/0/1/2"]
)
@pytest.mark.parametrize("value", [None, b"x"])
def test_what_is_of_no_partition_is_left_aside(
    key: bytes, value: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    RhythmBoard(2, PATIENCE).take(key, value)
    assert "no such partition" in caplog.text


def test_nobody_tells_of_hours_that_are_to_come() -> None:
    board = RhythmBoard(1, PATIENCE, now=lambda: 500 * HOUR)
    tell(board, 0, range(510, 525))
    assert board.ready_until() == 0
    tell(board, 0, range(480, 524))
    assert board.ready_until() == 524


@pytest.mark.parametrize("value", [b"", b"\xc1", b'{"500":{}}'])
def test_what_cannot_be_read_is_left_aside(value: bytes, caplog: pytest.LogCaptureFixture) -> None:
    board = RhythmBoard(1, PATIENCE)
    board.take(b"rhythm/0/500", value)
    assert board.ready_until() == 0
    assert "left aside an unreadable rhythm" in caplog.text
    (written, gone) = board.messages(0, told(range(500, 1_000)), 1_000, 1_000, "totals")[-2:]
    assert (written.value is None, gone.key, gone.value) == (False, b"rhythm/0/500", None)
