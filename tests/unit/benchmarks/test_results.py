"""From samples to ratios, gate and tables."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from tests.benchmarks import gate, readme, skew
from tests.benchmarks.compare import Comparison
from tests.benchmarks.drain import Drained
from tests.benchmarks.peer import PEERS
from tests.benchmarks.rates import Sample, Steady, TooShort, steady


def drained(rate: float) -> Drained:
    part = Steady(Sample(0.0, 0), Sample(10.0, round(10 * rate)))
    return Drained(part, 1.0, 0.1, 0.1, 1, [])


@pytest.mark.parametrize("name", ["gate", "growth.curve", "latency", "rates", "readme", "skew"])
def test_examples(name: str) -> None:
    results = doctest.testmod(importlib.import_module(f"tests.benchmarks.{name}"))
    assert results.attempted > 0
    assert results.failed == 0


def test_a_slow_first_and_last_second_change_nothing() -> None:
    tenths = range(10, 51)
    middle = [Sample(tenth / 10, 1_000 + 100 * tenth) for tenth in tenths]
    slow = [Sample(0.0, 1), Sample(0.9, 500), *middle, Sample(5.9, 7_000), Sample(6.0, 7_001)]
    assert steady(slow).rate == pytest.approx(1_000)
    assert steady(slow).seconds == pytest.approx(4.0)


def test_samples_at_which_nothing_grew_do_not_count() -> None:
    steps = [Sample(second / 10, second // 10 * 100) for second in range(80)]
    assert steady(steps).rate == pytest.approx(100.0)
    assert steady(steps).first == Sample(2.0, 200)
    assert steady(steps).last == Sample(6.0, 600)


def test_waiting_before_the_first_record_is_not_part_of_a_run() -> None:
    late = [Sample(float(second), max(0, second - 20) * 10) for second in range(30)]
    assert steady(late).rate == pytest.approx(10.0)


def test_warming_up_is_left_out_as_well() -> None:
    warming = [Sample(second / 10, second) for second in range(40)]
    warm = [Sample(4.0 + second / 10, 100 + 10 * second) for second in range(60)]
    assert steady([*warming, *warm], warming=4.0).rate == pytest.approx(100.0)


@pytest.mark.parametrize("seconds", [0, 1, 2])
def test_a_run_of_two_seconds_gives_no_rate(seconds: int) -> None:
    with pytest.raises(TooShort):
        steady([Sample(float(second), second + 1) for second in range(seconds + 1)])


def test_the_gate_fails_below_its_floor_only() -> None:
    least = {"quix": 4.0, "faust": 12.0}
    assert gate.below({"quix": 4.0, "faust": 30.0}, least) == []
    assert gate.below({"quix": 3.99, "faust": 30.0}, least) == ["quix: 3.99 is below 4"]
    assert gate.below({"faust": 30.0}, least) == ["quix: not measured"]


def test_the_committed_floors_are_those_of_all_peers() -> None:
    assert gate.floors().keys() == {peer.name for peer in PEERS}


def test_ratios_are_those_of_rounds() -> None:
    # The machine was slow in the second round; quix failed in the third.
    runs = {"worker": [90.0, 30.0, 100.0], "faust": [9.0, 2.0, 8.0], "quix": [45.0, 10.0]}
    compared = Comparison({name: list(map(drained, rates)) for name, rates in runs.items()})
    assert compared.ratios() == {"faust": 12.5, "quix": 2.5}


def test_only_the_marked_region_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("before\n<!-- a -->\nold\n<!-- end of a -->\nafter\n")
    readme.put("a", r"new \1", file)
    assert file.read_text() == "before\n<!-- a -->\nnew \\1\n<!-- end of a -->\nafter\n"
    with pytest.raises(ValueError, match="no region"):
        readme.put("b", "new", file)


def test_no_number_of_partitions_divides_the_first_brand() -> None:
    shares = skew.zipf(1_000)
    many = skew.simulate(shares, 512, 512, seeds=3)
    assert many.top_worker == many.top_partition >= many.top_brand == shares[0]
    alone = skew.simulate(shares, 512, 1, seeds=3)
    assert alone.top_worker == pytest.approx(1.0)
