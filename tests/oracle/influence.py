"""Consistency, activation, messaging dependence and the index, from sets of people and sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import fsum, log, sqrt
from statistics import fmean, median, stdev

from scipy.special import stdtrit

from tests.oracle.calendar import DAY, EPOCH, HALF_LIFE_DAYS, rfc3339
from tests.oracle.mentions import Author, Mention, Voices, advocacy, detraction
from tests.oracle.topics import Activity

WEEKS = 26
AUDIENCE_DAYS = 84
WINDOW_DAYS = 3
FINAL_DAYS = 2
YEAR_DAYS = 365

NUMBERS = (
    "activation",
    "activation_low",
    "activation_high",
    "audience",
    "active_share",
    "usual_share",
    "matched_windows",
    "new_advocates",
)

Numbers = dict[str, float]
States = dict[str, str]


def consistency(
    days: dict[int, Voices], counts: dict[int, int], first_seen: int, t: int
) -> float | None:
    """Return K_share times K_flow over the 26 complete ISO weeks before ``t``, or None."""
    if t // DAY - first_seen // DAY < 7 * WEEKS:
        return None
    today = (EPOCH + timedelta(days=t // DAY)).date()
    weeks = []
    for back in range(1, WEEKS + 1):
        monday = today - timedelta(days=today.weekday() + 7 * back)
        first = (monday - EPOCH.date()).days
        authors = [days.get(day, {}) for day in range(first, first + 7)]
        said = [(p, q) for voices in authors for p, q in voices.values()]
        mentions = sum(counts.get(day, 0) for day in range(first, first + 7))
        weeks.append((said, mentions))

    shares, sampling = [], []
    for said, mentions in weeks:
        whole = fsum(p + q for p, q in said)
        if mentions >= 20 and whole > 0:
            share = fsum(p for p, _ in said) / whole
            shares.append(share)
            sampling.append(share * (1 - share) * fsum((p + q) ** 2 for p, q in said) / whole**2)
    if len(shares) < 4:
        return None
    tau = median(shares)
    k_share = 0.0
    if tau > 0:
        below = fmean(max(0.0, tau - share) ** 2 for share in shares)
        k_share = 1 - sqrt(max(0.0, below - fmean(sampling) / 2)) / tau
        k_share = min(1.0, max(0.0, k_share))

    weekly = [fsum(p for p, _ in said) for said, _ in weeks]
    chance = fsum(p * p for said, _ in weeks for p, _ in said)
    beyond = WEEKS * (fsum(a * a for a in weekly) - chance)
    if not any(weekly):
        k_flow = 0.0
    elif beyond <= 0:
        k_flow = 1.0
    else:
        k_flow = min(1.0, fsum(weekly) ** 2 / beyond)
    return k_share * k_flow


def messaging_dependence(mentions: list[Mention], a: float, window: range) -> float | None:
    """Return what the brand says or pays for over that and advocacy."""
    m = sum(
        1
        for mention in mentions
        if not mention.earned and not mention.retraction and mention.at // DAY in window
    )
    return m / (m + a) if m + a else None


def launches(
    days: dict[int, Voices], started: Sequence[Activity], t: int
) -> list[tuple[Activity, Numbers, States, dict[str, str]]]:
    """Return of each launch its numbers, why others are missing, and its texts."""
    speakers = {
        day: {author for author, (p, _) in voices.items() if p > 0} for day, voices in days.items()
    }

    def speaking(of: Iterable[int]) -> set[Author]:
        return set().union(*(speakers.get(day, set()) for day in of))

    def window(start: int) -> tuple[set[Author], set[Author]]:
        return (
            speaking(range(start - AUDIENCE_DAYS, start)),
            speaking(range(start, start + WINDOW_DAYS)),
        )

    launch_days = {one.at // DAY for one in started}
    taken = {day + more for day in launch_days for more in range(WINDOW_DAYS)}
    results = []
    for launch in started:
        start = launch.at // DAY
        texts = {
            "name": launch.name,
            "start": rfc3339(launch.at),
            "final_at": rfc3339((start + WINDOW_DAYS + FINAL_DAYS) * DAY),
        }
        if launch.ends_at is not None:
            texts["ends_at"] = rfc3339(launch.ends_at)
        numbers: Numbers = {}
        if (start + WINDOW_DAYS) * DAY <= t:
            audience, now = window(start)
            usual = []
            for week in range(1, 9):
                before = start - 7 * week
                if taken.isdisjoint(range(before, before + WINDOW_DAYS)):
                    then, spoke = window(before)
                    if then:
                        usual.append(len(then & spoke) / len(then))
            numbers = {
                "audience": len(audience),
                "matched_windows": len(usual),
                "new_advocates": len(now - audience),
            }
            if audience:
                numbers["active_share"] = len(audience & now) / len(audience)
            if usual:
                numbers["usual_share"] = fmean(usual)
            if len(audience) >= 50 and len(usual) >= 5 and numbers["usual_share"] <= 0.95:
                numbers |= _activation(numbers["active_share"], usual)
            why = "insufficient"
        else:
            why = "beyond_horizon"
        states = {f"{name}_state": why for name in NUMBERS if name not in numbers}
        results.append((launch, numbers, states, texts))
    return results


def _activation(p1: float, usual: list[float]) -> Numbers:
    p0, m = fmean(usual), len(usual)
    a = (p1 - p0) / (1 - p0)
    half = float(stdtrit(m - 1, 0.95)) * stdev(usual) * sqrt(1 + 1 / m) / (1 - p0)
    return {"activation": a, "activation_low": a - half, "activation_high": a + half}


def latest(results: list[tuple[Activity, Numbers, States, dict[str, str]]], t: int) -> Numbers:
    """Return the activation of the latest launch of a year of which it is known, or nothing."""
    known = [
        (launch.at, numbers)
        for launch, numbers, _, _ in results
        if "activation" in numbers and launch.at > t - YEAR_DAYS * DAY
    ]
    if not known:
        return {}
    _, numbers = max(known, key=lambda one: one[0])
    return {name: value for name, value in numbers.items() if name.startswith("activation")}


def index(goodwill: float, k: float | None, a: float | None) -> tuple[float, str]:
    """Return the influence index and its basis."""
    worth = goodwill / (goodwill + HALF_LIFE_DAYS / log(2))
    activated = max(0.0, a or 0.0)
    launch = 0.5 + 0.5 * activated / (activated + 0.05)
    parts = ["goodwill"]
    if k is None:
        value = 100 * worth ** (2 / 3) * launch ** (1 / 3)
    else:
        value = 100 * worth**0.5 * k**0.25 * launch**0.25
        parts.append("consistency")
    if a is not None:
        parts.append("activation")
    return value, "+".join(parts)


def mentions_by_day(mentions: list[Mention]) -> dict[int, int]:
    """Count earned creations of each day."""
    counts: dict[int, int] = defaultdict(int)
    for mention in mentions:
        if mention.counts:
            counts[mention.at // DAY] += 1
    return dict(counts)


def daily_net(days: dict[int, Voices]) -> dict[int, float]:
    """Return advocacy less detraction of each day."""
    return {day: advocacy(voices) - detraction(voices) for day, voices in days.items()}
