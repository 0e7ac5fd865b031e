"""Campaign contribution: the figure, its placebos, and campaigns that run together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pipeline.metrics.activity_results import campaign_results
from pipeline.metrics.campaign import (
    Campaign,
    Contribution,
    History,
    contributions,
    history,
    together,
)
from pipeline.state.brand import BrandMentions
from pipeline.state.carry import noon
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY
from tests.unit.metrics.brands import mention
from tests.unit.state.forgetting import drop_expired

RNG = np.random.default_rng(11)
NOISE = RNG.normal(10.0, 2.0, 450)


def figure(net: np.ndarray[tuple[int], np.dtype[np.float64]], start: int, horizon: int) -> float:
    """The definition's sum, written down again."""
    usual = sum(net[start - 28 : start]) / 28
    weights = [2 ** (-(horizon - day - 0.5) / 180) for day in range(horizon)]
    return float(sum(w * (net[start + day] - usual) for day, w in enumerate(weights)))


def one(start: int, horizon: int = 28, first: int = 0, last: int | None = None) -> Contribution:
    campaign = Campaign("one", start, last)
    return contributions(History(first, NOISE), [campaign], horizon)[campaign]


def simulated_overlap(starts: list[int], horizon: int) -> tuple[float, float]:
    """What the variance of placebos comes to where days are independent: its mean and spread."""
    rng = np.random.default_rng(3)
    variances = []
    weights = np.array([2 ** (-(horizon - day - 0.5) / 180) for day in range(horizon)])
    for _ in range(4000):
        sums = np.concatenate(([0.0], np.cumsum(rng.standard_normal(450))))
        days = np.diff(sums)
        figures = [
            float(weights @ days[at : at + horizon])
            - weights.sum() * (sums[at] - sums[at - 28]) / 28
            for at in starts
        ]
        variances.append(np.var(figures, ddof=1))
    one = (weights**2).sum() + weights.sum() ** 2 / 28
    return float(np.mean(variances) / one), float(2 * np.mean(variances) ** 2 / np.var(variances))


@pytest.mark.parametrize(("horizon", "start"), [(28, 300), (28, 422), (90, 330), (90, 360)])
def test_figure_and_interval_are_as_defined(horizon: int, start: int) -> None:
    found = one(start, horizon)
    assert found.value == pytest.approx(figure(NOISE, start, horizon))
    starts = [
        at
        for at in range(51 + 28, 450 - horizon + 1)
        if (at - start) % 7 == 0 and (at + horizon <= start or at - 28 >= start + horizon)
    ]
    placebos = [figure(NOISE, at, horizon) for at in starts]
    b, nu = simulated_overlap(starts, horizon)
    half = stats.t.ppf(0.95, nu) * np.std(placebos, ddof=1) / math.sqrt(b)
    assert found.placebos == len(placebos) > 3
    assert found.value is not None
    assert found.low == pytest.approx(found.value - half, rel=0.05)
    assert found.high == pytest.approx(found.value + half, rel=0.05)


def test_it_is_known_from_the_horizon_on() -> None:
    assert one(422).reached
    assert one(422).value is not None
    assert one(423) == (None, None, None, one(423).placebos, (), False)


def test_the_28_days_before_must_be_known() -> None:
    assert one(78, first=50).value is not None
    assert one(77, first=50).value is None
    assert one(77, first=50).reached


def test_history_must_be_four_horizons_long() -> None:
    for days, known in ((112, True), (111, False)):
        campaign = Campaign("one", days - 28, None)
        found = contributions(History(0, NOISE[:days]), [campaign], 28)[campaign]
        assert (found.value is not None) == known
        assert found.placebos >= 2
    for days in (0, 20, 55):
        campaign = Campaign("one", 5, None)
        assert contributions(History(0, NOISE[:days]), [campaign], 28)[campaign].value is None


def test_a_campaign_that_ends_before_it_starts_lasts_for_the_horizon() -> None:
    assert one(300, last=290) == one(300) == one(300, last=327)
    # One that lasts longer leaves fewer starts for placebos.
    assert one(300, last=380).placebos < one(300).placebos


def test_days_of_other_campaigns_are_no_placebos() -> None:
    campaign, other = Campaign("one", 400, None), Campaign("other", 200, None)
    found = contributions(History(0, NOISE), [campaign, other], 28)
    free = [at for at in range(51 + 28, 423) if (at - 400) % 7 == 0]
    for each in (campaign, other):
        free = [at for at in free if at + 28 <= each.first or at - 28 >= each.first + 28]
    assert found[campaign].placebos == len(free)
    assert found[campaign].joint == ()


def test_campaigns_that_overlap_are_one() -> None:
    first, second = Campaign("first", 300, None), Campaign("second", 320, None)
    found = contributions(History(0, NOISE), [second, first], 28)
    assert found[first].value == found[second].value == pytest.approx(figure(NOISE, 300, 28))
    assert (found[first].joint, found[second].joint) == ((second,), (first,))


def test_what_begins_after_the_joint_horizon_has_no_figure_of_its_own() -> None:
    chain = [Campaign(f"{day}", day, None) for day in (300, 320, 340)]
    found = contributions(History(0, NOISE), chain, 28)
    assert found[chain[1]].value is not None
    assert found[chain[2]].value is None
    assert found[chain[2]].reached
    assert len(found[chain[2]].joint) == 2


def test_groups_share_days_directly_or_through_others() -> None:
    a, b, c = Campaign("a", 0, 60), Campaign("b", 10, None), Campaign("c", 60, None)
    d = Campaign("d", 88, None)
    assert together([d, c, b, a], 28) == [[a, b, c], [d]]
    assert together([a, b, c, d], 29) == [[a, b, c, d]]
    assert together([], 28) == []


def test_a_brand_has_its_history_from_the_first_mention_on_also_of_folded_days() -> None:
    brand = BrandMentions()
    for day in range(900, 1600):
        pane = brand.day[day] = Pane(DAY, day)
        pane.add(mention(noon(day), day, p=0.75))
        pane.add(mention(noon(day), day, q=0.5))
        brand.carry.see(noon(day))
    whole = history(brand, brand.day_series(1599))
    assert (whole.first, whole.end) == (900, 1599)
    assert whole.net.tolist() == [0.25] * 699
    drop_expired(brand, noon(1599))
    folded = history(brand, brand.day_series(1599))
    assert folded.first == 1599 - 401 - 208
    assert folded.net.tolist() == whole.net[folded.first - 900 :].tolist()


def test_results_say_why_not() -> None:
    brand = BrandMentions()
    for day in range(1000, 1200):
        brand.day[day] = Pane(DAY, day)
        brand.panes(DAY)[day].add(mention(noon(day), day % 7, p=(day * 37 % 100) / 100))
        brand.carry.see(noon(day))
    campaigns = [("a", noon(1150), None), ("b", noon(1160), noon(1165)), ("c", noon(1195), None)]
    a, b, c = (each.fields for each in campaign_results(brand, brand.day_series(1200), campaigns))
    assert a["contribution_28d"] == b["contribution_28d"]
    assert a["jointly_with_28d"] == '["b"]'
    assert b["jointly_with_90d"] == '["a","c"]'
    assert a["contribution_90d_state"] == "beyond_horizon"
    assert c["contribution_28d_low_state"] == "beyond_horizon"
    assert "jointly_with_28d" not in c
    later = campaign_results(brand, brand.day_series(1250), campaigns)
    assert later[0].fields["contribution_90d_state"] == "insufficient"
