"""Goodwill, its interval and its ledger, straight from the sums of each day."""

from __future__ import annotations

from collections import defaultdict
from math import fsum, sqrt
from statistics import median

from scipy.special import stdtrit

from tests.oracle.calendar import DAY, current_pane, day_name, weight
from tests.oracle.mentions import Author, Voices, advocacy, detraction

DAY_SAMPLE = 1024  # authors that a sample of a day holds
DAYS_KEPT = 400
BLOCK_DAYS = 14
LEAST_BLOCKS = 6

DaySums = dict[int, tuple[float, float]]
Booked = dict[int, float]


def sums_by_day(days: dict[int, Voices]) -> DaySums:
    """Return advocacy and detraction of each day that has authors."""
    return {day: (advocacy(authors), detraction(authors)) for day, authors in days.items()}


def impairments(
    days: dict[int, Voices], counts: dict[int, int], first_day: int | None, t: int
) -> Booked:
    """Return what is written off, by day, on complete days; ``counts`` are mentions by day."""
    booked: Booked = {}
    if first_day is None:
        return booked
    sums = sums_by_day(days)

    def share(last: int, length: int, least: int) -> float | None:
        span = range(last - length + 1, last + 1)
        if sum(counts.get(day, 0) for day in span) < least:
            return None
        a = fsum(sums[day][0] for day in span if day in sums)
        d = fsum(sums[day][1] for day in span if day in sums)
        return a / (a + d) if a + d else None

    low_days = 0
    clear_days = 0
    armed = True
    for day in range(first_day, t // DAY):
        now = share(day, 28, 80)
        usual = None
        # Only the median of the weeks takes long, and no share is above 1.
        if now is not None and now < 0.8:
            weeks = [share(day - 28 - 7 * back, 7, 20) for back in range(26)]
            known = [week for week in weeks if week is not None]
            usual = median(known) if len(known) >= 8 else None
        if now is not None and usual is not None and now < 0.8 * usual:
            low_days, clear_days = low_days + 1, 0
        else:
            low_days, clear_days = 0, clear_days + 1
            armed = armed or clear_days >= 28
        if armed and low_days == 14 and now is not None and usual is not None:
            worth = net(sums, (day + 1) * DAY, day, booked)
            booked[day] = max(0.0, worth) * (1 - now / usual)
            armed = False
    return booked


def net(sums: DaySums, t: int, last: int, booked: Booked) -> float:
    """Return what all days up to ``last`` are worth at ``t``, losses subtracted."""
    terms = [-weight(day, t) * amount for day, amount in booked.items() if day <= last]
    for day, (a, d) in sums.items():
        if day <= last:
            terms.append(weight(day, t) * a)
            terms.append(-weight(day, t) * d)
    return fsum(terms)


def gross(days: dict[int, Voices], t: int) -> float:
    """Return the same with detraction added: the magnitude that rounding errors go by."""
    last = current_pane(t, DAY)
    return fsum(
        weight(day, t) * (a + d) for day, (a, d) in sums_by_day(days).items() if day <= last
    )


def sampling_error(days: dict[int, Voices], t: int, last: int) -> float:
    """Return the standard deviation that sampling gives ``net``; 0 where every day is exact.

    A day of n > k authors is sampled with probability k/n; an author is in or out on all days
    alike, so deviations are added over days before they are squared.
    """
    deviation: dict[Author, float] = defaultdict(float)
    for day, authors in days.items():
        if day <= last and len(authors) > DAY_SAMPLE:
            theta = DAY_SAMPLE / len(authors)
            factor = weight(day, t) * sqrt((1 - theta) / theta)
            for author, (p, q) in authors.items():
                deviation[author] += factor * (p - q)
    return sqrt(fsum(x * x for x in deviation.values()))


def half_width(days: dict[int, Voices], first_day: int, t: int) -> float | None:
    """Return half the 90 % interval, or None with fewer than six whole blocks of 14 days."""
    current = current_pane(t, DAY)
    oldest = max(first_day, current - (DAYS_KEPT - 1))
    k = (current - oldest) // BLOCK_DAYS
    if k < LEAST_BLOCKS:
        return None
    sums = sums_by_day(days)
    blocks = []
    for i in range(k):
        block = range(current - BLOCK_DAYS * (i + 1), current - BLOCK_DAYS * i)
        blocks.append(fsum(sums[day][0] - sums[day][1] for day in block if day in sums))
    steps = [(blocks[i + 1] - blocks[i]) ** 2 for i in range(k - 1)]
    variance = fsum(steps) / (2 * BLOCK_DAYS * (k - 1))
    squares = fsum(weight(day, t) ** 2 for day in range(first_day, current + 1))
    sampling = sampling_error(days, t, current) ** 2
    quantile = float(stdtrit(2 * (k - 1) / 3, 0.95))
    return quantile * sqrt(variance * squares + sampling)


def goodwill_fields(
    days: dict[int, Voices], first_day: int | None, t: int, booked: Booked
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the four goodwill fields and their states; ``first_day`` of any mention record."""
    value = net(sums_by_day(days), t, current_pane(t, DAY), booked)
    whole = net(sums_by_day(days), t, current_pane(t, DAY), {})
    fields = {"goodwill": max(0.0, value), "goodwill_net": value}
    half = None if first_day is None else half_width(days, first_day, t)
    if half is None:
        return fields, {"goodwill_low": "insufficient", "goodwill_high": "insufficient"}
    fields["goodwill_low"] = max(0.0, whole - half)
    fields["goodwill_high"] = max(0.0, whole + half)
    return fields, {}


def _micro(value: float) -> int:
    return round(1e6 * value)


def ledger(
    days: dict[int, Voices], first_day: int | None, t: int, booked: Booked
) -> dict[str, dict[str, int]]:
    """Return one line a day, in micro-advocate-days."""
    current = current_pane(t, DAY)
    if first_day is None or first_day > current:
        return {}
    start = max(first_day, current - (DAYS_KEPT - 1))
    sums = sums_by_day(days)
    lines = {}
    opening = _micro(net(sums, start * DAY, start - 1, booked))
    for day in range(start, current + 1):
        end = t if day == current else (day + 1) * DAY
        closing = _micro(net(sums, end, day, booked))
        earned, detracted = map(_micro, sums.get(day, (0.0, 0.0)))
        impairment = _micro(booked.get(day, 0.0))
        lines[day_name(day)] = {
            "opening": opening,
            "earned": earned,
            "detraction": detracted,
            "decay": opening + earned - detracted - impairment - closing,
            "impairment": impairment,
            "closing": closing,
        }
        opening = closing
    return lines


def ledger_errors(
    days: dict[int, Voices], first_day: int | None, t: int
) -> dict[str, dict[str, float]]:
    """Return the sampling deviations of ledger figures, for brands with any sampled day."""
    current = current_pane(t, DAY)
    if first_day is None or all(len(authors) <= DAY_SAMPLE for authors in days.values()):
        return {}
    start = max(first_day, current - (DAYS_KEPT - 1))
    errors = {}
    opening = sampling_error(days, start * DAY, start - 1)
    for day in range(start, current + 1):
        closing = sampling_error(days, t if day == current else (day + 1) * DAY, day)
        authors = days.get(day, {})
        theta = min(1.0, DAY_SAMPLE / max(1, len(authors)))
        spread = (1 - theta) / theta
        errors[day_name(day)] = {
            "opening": opening,
            "earned": sqrt(spread * fsum(p * p for p, _ in authors.values())),
            "detraction": sqrt(spread * fsum(q * q for _, q in authors.values())),
            "closing": closing,
        }
        opening = closing
    return errors
