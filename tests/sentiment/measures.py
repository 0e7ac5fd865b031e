"""How polarities compare with labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import pearsonr, spearmanr

from tests.sentiment.labelled import Labelled


class Agreement(NamedTuple):
    """Ratios over texts; ``weight`` is over the strength of what was scored.

    Attributes:
        negatives_as_positive: Of the texts labelled negative, those scored above 0.
        positives_as_negative: Of the texts labelled positive, those scored below 0.
        negative_weight_as_praise: Of the sum of |score| over texts labelled negative, what is > 0.
    """

    texts: int
    positive_precision: float
    positive_recall: float
    negative_precision: float
    negative_recall: float
    negatives_as_positive: float
    positives_as_negative: float
    negative_weight_as_praise: float


class Share(NamedTuple):
    """A brand's A/(A + D) by people and by the scorer; A and D as in the definitions."""

    brand: str
    human: float
    scored: float


def agreement(texts: Sequence[Labelled], scores: Sequence[float]) -> Agreement:
    """Compare scores with labels."""
    pairs = list(zip((text.label for text in texts), scores, strict=True))
    positive = [score for label, score in pairs if label > 0]
    negative = [score for label, score in pairs if label < 0]
    praised = sum(score > 0 for score in scores)
    blamed = sum(score < 0 for score in scores)
    rightly_praised = sum(score > 0 for score in positive)
    rightly_blamed = sum(score < 0 for score in negative)
    return Agreement(
        texts=len(pairs),
        positive_precision=_ratio(rightly_praised, praised),
        positive_recall=_ratio(rightly_praised, len(positive)),
        negative_precision=_ratio(rightly_blamed, blamed),
        negative_recall=_ratio(rightly_blamed, len(negative)),
        negatives_as_positive=_ratio(sum(score > 0 for score in negative), len(negative)),
        positives_as_negative=_ratio(sum(score < 0 for score in positive), len(positive)),
        negative_weight_as_praise=_ratio(
            sum(score for score in negative if score > 0), sum(map(abs, negative))
        ),
    )


def shares(texts: Sequence[Labelled], scores: Sequence[float]) -> list[Share]:
    """Return each brand's shares, the brand best liked by people first.

    A is the sum over authors of their strongest praise, D of their strongest blame; a text without
    an author counts as one of its own.
    """
    return sorted(
        (
            Share(
                brand,
                _share(texts, [float(text.label) for text in texts], brand),
                _share(texts, scores, brand),
            )
            for brand in {text.brand for text in texts}
        ),
        key=lambda share: -share.human,
    )


def correlations(rows: Sequence[Share]) -> tuple[float, float]:
    """Return Spearman's correlation of the ranks, and Pearson's of the shares."""
    human, scored = [row.human for row in rows], [row.scored for row in rows]
    return float(spearmanr(human, scored).statistic), float(pearsonr(human, scored).statistic)


def _share(texts: Sequence[Labelled], scores: Sequence[float], brand: str) -> float:
    praise: dict[str, float] = {}
    blame: dict[str, float] = {}
    for number, (text, score) in enumerate(zip(texts, scores, strict=True)):
        if text.brand == brand:
            author = text.author or f"\0{number}"
            praise[author] = max(praise.get(author, 0.0), score)
            blame[author] = max(blame.get(author, 0.0), -score)
    advocacy, detraction = sum(praise.values()), sum(blame.values())
    return _ratio(advocacy, advocacy + detraction)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
