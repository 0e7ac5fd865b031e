"""What was heard is known until it is decided, however long that takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerting.heard import Heard
from pipeline.events.admitted import AdmittedMention
from pipeline.events.instants import HOUR as MICROSECONDS
from pipeline.state.brand import BrandMentions
from pipeline.state.horizon import Horizon
from pipeline.state.pane import Pane
from pipeline.state.tiers import HOUR

END = 40
HOURS = st.integers(0, END)


@given(
    st.lists(st.tuples(HOURS, st.sampled_from("ab"))),
    st.lists(st.tuples(HOURS, st.sampled_from("ab"))),
    st.lists(HOURS),
    HOURS,
    HOURS,
)
def test_what_was_noted_is_known_and_nothing_is_missed_of_the_rest(
    early: list[tuple[int, str]],
    late: list[tuple[int, str]],
    notes: list[int],
    first_noted: int,
    first_kept: int,
) -> None:
    horizon = Horizon()
    brand = BrandMentions(horizon)
    heard = Heard(brand)
    _add(brand, early)
    noted = sorted(hour for hour in notes if hour >= first_noted)
    for until in noted:
        heard.note(range(first_noted, until))
    _add(brand, late)
    horizon.first_hour = first_kept
    for hour in [hour for hour in brand.hour if hour < first_kept]:
        del brand.hour[hour]
    brand.forget_hours()
    was_noted = range(first_noted, max(noted, default=first_noted))

    def _is_heard(hour: int, name: str) -> bool:
        if hour >= first_kept:
            return (hour, name) in [*early, *late]
        return hour not in was_noted or (hour, name) in early

    for hours in (range(END), range(first_noted, END), range(first_kept, END)):
        columns = heard.sources(hours, "ab")
        for name in "ab":
            column = columns.get(name)
            found = set() if column is None else set(column.hours(column.among(hours)).tolist())
            assert found == {hour for hour in hours if _is_heard(hour, name)}


def _add(brand: BrandMentions, said: list[tuple[int, str]]) -> None:
    for hour, source in said:
        pane = brand.pane(HOUR, hour) or brand.put(Pane(HOUR, hour))
        at = hour * MICROSECONDS
        pane.add(AdmittedMention("acme", at, source, hour, hour, 0.5, 0.0))
        brand.changed(at)
