"""Influence index: goodwill, consistency and activation in one number.

Formula: ``100 [G / (G + 1/delta)]^½ K^¼ [½ + ½ a⁺ / (a⁺ + 0.05)]^¼`` with goodwill G, consistency K
and ``a⁺ = max(0, a)`` of activation; ``1/delta = 180 / ln 2`` advocate-days is the worth of one
advocate a day forever. Unknown activation counts as 0; where K is unknown the other exponents are
scaled to add up to 1. Unit: none, 0..100. Source: definition "Influence index". The exponents and
0.05 are judgements: they can be set, and those that are not the standard ones have a name, which
ends the basis. Against having had no launch, none lowers the index. Example::

    >>> found = influence_index(ONE_ADVOCATE, 0.9, 0.05)
    >>> round(found.value, 2), found.basis
    (64.09, 'goodwill+consistency+activation')
    >>> round(influence_index(ONE_ADVOCATE, None, None).value, 2)
    50.0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.state.carry import HALF_LIFE_DAYS

ONE_ADVOCATE = HALF_LIFE_DAYS / math.log(2)
"""What one advocate a day is worth in the long run, in advocate-days."""


@dataclass(frozen=True, slots=True)
class Judgements:
    """What the index holds for important, no measurement: exponents, which add up to 1.

    ``half_activation`` is the activation that counts half of what is possible. ``name`` says whose
    judgements they are, in small letters; empty for the standard ones.
    """

    goodwill: float = 0.5
    consistency: float = 0.25
    activation: float = 0.25
    half_activation: float = 0.05
    name: str = ""


STANDARD = Judgements()


class Index(NamedTuple):
    """The index, and the parts that it stands on, joined by ``+``."""

    value: float
    basis: str


def influence_index(
    goodwill: float,
    consistency: float | None,
    activation: float | None,
    judgements: Judgements = STANDARD,
) -> Index:
    """Return a brand's index from goodwill in advocate-days and two ratios, None where unknown."""
    earned = goodwill / (goodwill + ONE_ADVOCATE)
    brought = max(0.0, activation or 0.0)
    activated = 0.5 + 0.5 * brought / (brought + judgements.half_activation)
    scale = judgements.goodwill + judgements.activation
    steady = 1.0
    if consistency is not None:
        scale += judgements.consistency
        steady = consistency ** (judgements.consistency / scale)
    index = 100.0 * steady
    index *= earned ** (judgements.goodwill / scale) * activated ** (judgements.activation / scale)
    basis = "goodwill"
    if consistency is not None:
        basis += "+consistency"
    if activation is not None:
        basis += "+activation"
    return Index(index, f"{basis}+{judgements.name}" if judgements.name else basis)
