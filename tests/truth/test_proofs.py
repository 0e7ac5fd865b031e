"""A few worlds of each proof: limits are widened by three standard errors, which few worlds have.

``make truth`` runs a thousand of each against the limits themselves.
"""

from __future__ import annotations

import pytest

from tests.truth.findings import markdown
from tests.truth.proofs import PROOFS

SLACK = 3.0


@pytest.mark.parametrize("name", PROOFS)
def test_what_is_promised_holds(name: str) -> None:
    proof = PROOFS[name]
    findings = list(proof.prove(range(proof.few)))
    assert findings
    missed = [finding for finding in findings if not finding.holds(SLACK)]
    assert not missed, markdown(missed)
