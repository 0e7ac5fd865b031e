"""All proofs, by the name of what they prove."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tests.truth import (
    activation,
    campaign,
    consistency,
    goodwill,
    impairment,
    replayed,
    sample_bounds,
    staffing,
    waiting_times,
)
from tests.truth.findings import Finding


class Proof(NamedTuple):
    """What is proven on some seeds, and how many of them `make test` can afford."""

    prove: Callable[[Sequence[int]], Iterator[Finding]]
    few: int


PROOFS = {
    "goodwill": Proof(goodwill.prove, 60),
    "activation": Proof(activation.prove, 40),
    "campaign": Proof(campaign.prove, 60),
    "impairment": Proof(impairment.prove, 40),
    "consistency": Proof(consistency.prove, 20),
    "sample_bounds": Proof(sample_bounds.prove, 40),
    "staffing": Proof(staffing.prove, 60),
    "waiting_times": Proof(waiting_times.prove, 20),
    "replayed": Proof(replayed.prove, 2),
}
