"""What comes of panes before the current one is the same object until one of them changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.state.brand import BrandMentions
from pipeline.state.tiers import DAY, DAY_WINDOW, HOUR, HOUR_WINDOW, MINUTE, WEEK_WINDOW, Window
from tests.unit.metrics.brands import add, brand_of, mention
from tests.unit.state.forgetting import drop_expired

NOON = 19_000 * DAY.size + DAY.size // 2
WINDOWS = [HOUR_WINDOW, DAY_WINDOW, WEEK_WINDOW]


def said(*ago: int) -> BrandMentions:
    return brand_of(
        [mention(NOON - back, author, p=0.5) for author, back in enumerate(sorted(ago)[::-1])]
    )


@pytest.mark.parametrize("over", WINDOWS, ids=lambda over: over.name)
def test_the_current_pane_and_later_ones_change_nothing(over: Window) -> None:
    brand = said(0, over.tier.size)
    current = NOON // over.tier.size
    before = brand.past(over, current)
    assert before.tally.mentions == 1
    add(brand, mention(NOON, 7, p=1.0), NOON)
    add(brand, mention(NOON + over.tier.size, 7, p=1.0), NOON)
    assert brand.past(over, current) is before
    assert brand.past(over, current + 1).tally.mentions == 3


@pytest.mark.parametrize("over", WINDOWS, ids=lambda over: over.name)
def test_an_earlier_one_does(over: Window) -> None:
    brand = said(0, over.tier.size)
    current = NOON // over.tier.size
    assert brand.past(over, current).tally.mentions == 1
    add(brand, mention(NOON - over.tier.size, 7, p=1.0), NOON)
    assert brand.past(over, current).tally.mentions == 2
    assert brand.past(over, current).together.sums.advocacy == 1.5


def test_a_late_mention_leaves_finer_tiers_alone() -> None:
    brand = said(0, MINUTE.size, HOUR.size, DAY.size)
    pasts = [brand.past(over, NOON // over.tier.size) for over in WINDOWS]
    add(brand, mention(NOON - 2 * MINUTE.size, 7, p=1.0), NOON)
    again = [brand.past(over, NOON // over.tier.size) for over in WINDOWS]
    assert [one is other for one, other in zip(pasts, again, strict=True)] == [False, False, True]


def drop_minute(brand: BrandMentions) -> None:
    assert brand.drop_minute(NOON // MINUTE.size - 2) is not None


def expire_hours(brand: BrandMentions) -> None:
    drop_expired(brand, NOON + HOUR.retention - HOUR.size)


def fold(brand: BrandMentions) -> None:
    assert brand.fold_until(NOON // DAY.size - 2)


@pytest.mark.parametrize(
    ("over", "forget"),
    [(HOUR_WINDOW, drop_minute), (DAY_WINDOW, expire_hours), (WEEK_WINDOW, fold)],
)
def test_what_expires_is_not_remembered(
    over: Window, forget: Callable[[BrandMentions], None]
) -> None:
    brand = said(*(panes * over.tier.size for panes in range(4)))
    current = NOON // over.tier.size
    assert brand.past(over, current).tally.mentions == 3
    forget(brand)
    assert brand.past(over, current).tally.mentions < 3


def test_days_that_are_folded_are_in_no_series() -> None:
    brand = said(0, DAY.size, 2 * DAY.size)
    today = NOON // DAY.size
    assert brand.day_series(today).days.tolist() == [today - 2, today - 1]
    fold(brand)
    assert brand.day_series(today).days.tolist() == [today - 1]


def test_a_sample_that_was_trimmed_is_read_anew() -> None:
    old = NOON - HOUR.size
    brand = brand_of([mention(old, author << 40, p=0.5) for author in range(DAY.k + 9)])
    current = NOON // HOUR.size
    assert brand.past(DAY_WINDOW, current).together.exact
    drop_expired(brand, NOON + 3 * DAY.size)
    assert not brand.past(DAY_WINDOW, current).together.exact


def test_hours_expire_also_when_none_is_trimmed() -> None:
    brand = said(0, HOUR.size, 2 * HOUR.size)
    last = NOON + HOUR.retention - 2 * HOUR.size
    current = NOON // HOUR.size
    drop_expired(brand, last)
    assert brand.past(DAY_WINDOW, current).tally.mentions == 2
    drop_expired(brand, last + HOUR.size)
    assert brand.past(DAY_WINDOW, current).tally.mentions == 1


def test_a_series_to_an_earlier_day_is_the_first_part_of_a_later_one() -> None:
    brand = said(0, DAY.size, 2 * DAY.size)
    today = NOON // DAY.size
    later = brand.day_series(today + 1)
    earlier = brand.day_series(today)
    fresh = said(0, DAY.size, 2 * DAY.size).day_series(today)
    assert (earlier.folded, earlier.current) == (fresh.folded, fresh.current)
    assert earlier.days.tolist() == fresh.days.tolist() == [today - 2, today - 1]
    assert earlier.said.both.tolist() == fresh.said.both.tolist()
    assert brand.day_series(today + 1) is later
    add(brand, mention(NOON - DAY.size, 7, p=1.0), NOON)
    assert brand.day_series(today).advocacy.tolist() == [0.5, 1.5]
