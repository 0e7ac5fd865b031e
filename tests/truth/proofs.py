"""All proofs, by the name of what they prove."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.truth import goodwill, sample_bounds
from tests.truth.findings import Finding

Proof = Callable[[Sequence[int]], Iterator[Finding]]

PROOFS: dict[str, Proof] = {
    "goodwill": goodwill.prove,
    "sample_bounds": sample_bounds.prove,
}
