"""A lone mention is its hour's pane, only smaller."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.admitted import AdmittedMention
from pipeline.state.brand import BrandMentions
from pipeline.state.lone import Lone
from pipeline.state.pane import Pane
from pipeline.state.tiers import DAY, HOUR
from tests.unit.state.forgetting import drop_expired

INDEX = 490_000
MENTIONS = st.builds(
    AdmittedMention,
    st.just("acme"),
    st.integers(INDEX * HOUR.size, (INDEX + 1) * HOUR.size - 1),
    st.sampled_from(["a", "b"]),
    st.integers(0, 2**64 - 1),
    st.sampled_from([1, 2**63, 2**64 - 1]),
    st.floats(0, 1),
    st.floats(0, 1),
    scored=st.sampled_from([True, True, False]),
    earned=st.sampled_from([True, True, False]),
    retraction=st.sampled_from([False, False, True]),
    likes=st.sampled_from([0, 1, 2**62]),
    clicks=st.sampled_from([0, 3]),
)


@given(st.lists(MENTIONS, max_size=2), st.integers(0, 2**62), st.sampled_from([HOUR.k, DAY.k]))
def test_what_is_read_back_as_one_is_written_as_it_was(
    mentions: list[AdmittedMention], applied: int, k: int
) -> None:
    pane = Pane(HOUR, INDEX)
    for mention in mentions:
        pane.add(mention)
    pane.sample.trim(k)
    value = pane.encode(applied)
    lone = Lone.decode(value)
    plain = [each.scored and each.earned and not each.retraction for each in mentions]
    assert (lone is not None) == (plain == [True])
    if lone is not None:
        assert (lone.index, lone.applied) == (INDEX, applied)
        assert lone.encode(applied, k) == value
        assert lone.pane(k).encode(applied) == value
        assert lone.pane(k).applied == applied


def test_it_becomes_a_pane_when_it_is_looked_at() -> None:
    brand = BrandMentions()
    for index in range(INDEX, INDEX + 4):
        brand.lone[index] = Lone(index * HOUR.size, "a", 1, 1.0, 0.0, 0, 0, 0, 0)
    assert brand.reading(HOUR, INDEX).sums.advocacy == 1.0
    assert [pane.index for pane in brand.panes_in(HOUR, range(INDEX, INDEX + 2))] == [
        INDEX,
        INDEX + 1,
    ]
    assert (sorted(brand.hour), sorted(brand.lone)) == (
        [INDEX, INDEX + 1],
        [INDEX + 2, INDEX + 3],
    )
    assert list(brand.panes(HOUR)) == list(range(INDEX, INDEX + 4))
    assert not brand.lone


def test_it_expires_as_a_pane_does() -> None:
    brand = BrandMentions()
    brand.lone[INDEX] = Lone(INDEX * HOUR.size, "a", 1, 1.0, 0.0, 0, 0, 0, 0)
    assert drop_expired(brand, (INDEX + 1) * HOUR.size + HOUR.retention - 1) == ([], {})
    panes, lone = drop_expired(brand, (INDEX + 1) * HOUR.size + HOUR.retention)
    assert (panes, list(lone)) == ([], [INDEX])
    assert not brand.lone


def test_an_old_one_is_read_as_old_panes_are() -> None:
    brand = BrandMentions()
    for index in (INDEX, INDEX + 47):
        brand.lone[index] = Lone(index * HOUR.size, "a", 1, 1.0, 0.0, 0, 0, 0, 0)
    drop_expired(brand, (INDEX + 49) * HOUR.size)
    assert [brand.k_of(index) for index in (INDEX, INDEX + 47)] == [DAY.k, HOUR.k]
    assert [pane.sample.k for pane in brand.panes(HOUR).values()] == [DAY.k, HOUR.k]
