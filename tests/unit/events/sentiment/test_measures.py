"""The command that measures scorers: what it reads, computes and prints."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import pytest

from tests.sentiment.__main__ import main
from tests.sentiment.labelled import SERVICE_TEXTS, Columns, Labelled, is_test, read
from tests.sentiment.measures import Share, agreement, correlations, shares


def test_agreement_by_hand() -> None:
    texts = [Labelled("", label) for label in (1, 1, 1, -1, -1, -1, -1, 0)]
    found = agreement(texts, [0.5, 0.0, -0.5, -0.6, -0.2, 0.2, 0.0, 0.9])
    assert found.texts == 8
    assert found.positive_precision == 1 / 3
    assert found.positive_recall == 1 / 3
    assert found.negative_precision == 2 / 3
    assert found.negative_recall == 2 / 4
    assert found.negatives_as_positive == 1 / 4
    assert found.positives_as_negative == 1 / 3
    assert found.negative_weight_as_praise == pytest.approx(0.2)
    assert isnan(agreement([], []).positive_recall)


def test_shares_by_hand() -> None:
    texts = [
        Labelled("", 1, "a", "ann"),
        Labelled("", 1, "a", "ann"),  # says it again: counts once
        Labelled("", -1, "a", "bob"),
        Labelled("", -1, "b"),
        Labelled("", -1, "b"),
        Labelled("", 1, "b"),
    ]
    a, b = shares(texts, [0.2, 0.6, -0.2, -0.5, -0.5, 0.0])
    assert (a.brand, a.human, b.brand, b.scored) == ("a", 0.5, "b", 0.0)
    assert a.scored == pytest.approx(0.75)
    assert b.human == pytest.approx(1 / 3)
    ranks, values = correlations([Share("a", 0.9, 0.3), Share("b", 0.5, 0.2), Share("c", 0.1, 0.1)])
    assert ranks == pytest.approx(1.0)
    assert values == pytest.approx(1.0)


def test_files_with_and_without_a_header(tmp_path: Path) -> None:
    tabs = tmp_path / "plain.txt"
    tabs.write_text('1\t-0.6\tso "slow\n\n2\t0.4\tfine\n3\t3\tgreat\n', encoding="utf-8")
    found = read(tabs, Columns(text="3", label="2"))
    assert found == [Labelled('so "slow', -1), Labelled("fine", 0), Labelled("great", 1)]
    commas = tmp_path / "headed.csv"
    commas.write_text('mood,who,words,firm\n0,ann,"good, they say",Acme\n', encoding="utf-8")
    columns = Columns(text="words", label="mood", brand="firm", author="who")
    assert read(commas, columns, {"0": -1}) == [Labelled("good, they say", -1, "Acme", "ann")]
    with pytest.raises(ValueError, match="no column text"):
        read(commas, Columns())
    with pytest.raises(ValueError, match="label 'ann'"):
        read(commas, Columns(text="words", label="who"))


def test_the_parts_are_fixed_by_the_text() -> None:
    texts = [text.text for text in read(SERVICE_TEXTS, Columns())]
    assert 100 < sum(map(is_test, texts)) < 200
    assert not is_test("d")
    assert is_test("a")


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("service_texts.tsv, all texts\n")
    assert "negatives as positive" in shown
    assert "correlation of ranks" in shown


def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.tsv"
    empty.write_text("label\ttext\n", encoding="utf-8")
    for arguments in (
        [str(tmp_path / "absent.tsv")],
        [str(empty)],
        [str(SERVICE_TEXTS), "--text", "words"],
        [str(SERVICE_TEXTS), "--model", str(tmp_path)],
    ):
        assert main(arguments) == 2
        printed = capsys.readouterr()
        assert not printed.out
        assert printed.err.count("\n") == 1
