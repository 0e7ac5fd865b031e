"""Our own labelled texts are read as people mean them, and brands ranked as people rank them."""

from __future__ import annotations

import pytest

from pipeline.events.sentiment.scorer import polarity
from tests.sentiment.labelled import SERVICE_TEXTS, Columns, Labelled, read
from tests.sentiment.measures import agreement, correlations, shares


@pytest.fixture(scope="module")
def texts() -> list[Labelled]:
    return read(SERVICE_TEXTS, Columns())


@pytest.fixture(scope="module")
def scores(texts: list[Labelled]) -> list[float]:
    return [polarity(text.text, text.names) for text in texts]


def test_texts_are_read_as_they_are_meant(texts: list[Labelled], scores: list[float]) -> None:
    found = agreement(texts, scores)
    assert found.texts == 299
    assert found.positive_precision > 0.92
    assert found.positive_recall > 0.94
    assert found.negative_precision > 0.95
    assert found.negative_recall > 0.82
    assert found.negatives_as_positive < 0.04
    assert found.negative_weight_as_praise < 0.04


def test_brands_are_ranked_as_people_rank_them(texts: list[Labelled], scores: list[float]) -> None:
    rows = shares(texts, scores)
    assert [row.brand for row in rows][:2] == ["fresh-basket", "kind-bank"]
    assert correlations(rows)[0] >= 0.94
    assert all(abs(row.scored - row.human) < 0.15 for row in rows)
