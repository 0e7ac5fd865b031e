"""``make truth``: prove every metric, print the tables, and put them where they belong.

Only a full run on the seeds of the tables, 0:1000, writes them into ``pipeline/metrics/README.md``;
other seeds are for doubters, and are printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import monotonic

from tests.truth.findings import Finding, markdown
from tests.truth.proofs import PROOFS

README = Path(__file__).resolve().parents[2] / "pipeline/metrics/README.md"
BEGIN = "<!-- make truth: begin -->\n"
END = "<!-- make truth: end -->\n"
SEEDS = range(1000)


def main() -> int:
    """Run the proofs asked for; 1 if anything found is not within its limits."""
    parser = argparse.ArgumentParser(prog="make truth", description=__doc__)
    parser.add_argument(
        "--seeds", type=_seeds, default=SEEDS, metavar="FIRST:END", help="default: 0:1000"
    )
    parser.add_argument("--only", choices=sorted(PROOFS), action="append", help="one metric")
    options = parser.parse_args()
    findings: list[Finding] = []
    for name in options.only or PROOFS:
        begun = monotonic()
        found = list(PROOFS[name].prove(options.seeds))
        print(markdown(found), flush=True)
        print(f"{name}: {monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        findings += found
    missed = [finding for finding in findings if not finding.holds()]
    for finding in missed:
        print(
            f"missed: {finding.metric}; {finding.world}; {finding.what} is {finding.value:.4f} "
            f"(± {finding.error:.4f}), wanted {finding.wanted}",
            file=sys.stderr,
        )
    if options.seeds == SEEDS and not options.only:
        _write(markdown(findings))
    return 1 if missed else 0


def _seeds(text: str) -> range:
    first, _, end = text.partition(":")
    seeds = range(int(first), int(end))
    if not seeds:
        raise ValueError(text)
    return seeds


def _write(tables: str) -> None:
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}", encoding="utf-8")
    print(f"written into {README.name}", file=sys.stderr)


sys.exit(main())
