"""Measure a scorer on labelled texts and print a table.

``make sentiment`` measures our own texts; ``make sentiment ARGS="FILE.tsv --part test"`` others.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from pipeline.errors import Usage
from pipeline.events.sentiment.masking import mask
from pipeline.events.sentiment.scorer import LexiconScorer
from pipeline.events.sentiment.transformer import TransformerScorer
from tests.sentiment.labelled import LABELS, SERVICE_TEXTS, Columns, Labelled, is_test, read
from tests.sentiment.measures import agreement, correlations, shares

VADER_NEUTRAL_BELOW = 0.05  # as its authors advise

Score = Callable[[str, frozenset[str]], float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    options = _options().parse_args(arguments)
    try:
        columns = Columns(options.text, options.label, options.brand, options.author)
        labels = {
            **LABELS,
            **dict.fromkeys(options.negative, -1),
            **dict.fromkeys(options.positive, 1),
        }
        texts = [text for path in options.files for text in read(path, columns, labels)]
        score = _scorer(options)
    except (OSError, ValueError, Usage) as error:
        print(error, file=sys.stderr)
        return 2
    if options.part != "all":
        texts = [text for text in texts if is_test(text.text) == (options.part == "test")]
    if not texts:
        print("there is no text in that part", file=sys.stderr)
        return 2
    started = time.process_time()
    scores = [score(text.text, text.names) for text in texts]
    print(f"{', '.join(path.name for path in options.files)}, {options.part} texts")
    _print(texts, scores, time.process_time() - started)
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make sentiment ARGS=...", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[SERVICE_TEXTS], metavar="FILE")
    parser.add_argument("--part", choices=("all", "development", "test"), default="all")
    for column in Columns._fields:
        parser.add_argument(
            f"--{column}", default=column, metavar="COLUMN", help="its name, or its number from 1"
        )
    for label in ("negative", "positive"):
        parser.add_argument(f"--{label}", action="append", default=[], metavar="LABEL")
    parser.add_argument("--model", type=Path, help="measure the transformer in this folder")
    parser.add_argument("--vader", choices=("plain", "masked"), help="measure VADER, if installed")
    return parser


def _scorer(options: argparse.Namespace) -> Score:
    if options.model is not None:
        return TransformerScorer(options.model).score
    if options.vader is None:
        return LexiconScorer(memory=1).score
    try:
        module = import_module("vaderSentiment.vaderSentiment")
    except ImportError:
        raise Usage("VADER is not installed", "pip install vaderSentiment") from None
    rate = module.SentimentIntensityAnalyzer().polarity_scores

    def score(text: str, names: frozenset[str]) -> float:
        shown = mask(names).replace(text, " ") if options.vader == "masked" else text
        compound = float(rate(shown)["compound"])
        return compound if abs(compound) >= VADER_NEUTRAL_BELOW else 0.0

    return score


def _print(texts: Sequence[Labelled], scores: Sequence[float], seconds: float) -> None:
    for name, value in agreement(texts, scores)._asdict().items():
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
        print(f"  {name.replace('_', ' '):28} {shown:>8}")
    print(f"  {'texts a second of CPU':28} {len(texts) / seconds:8,.0f}")
    if len({text.brand for text in texts}) < 3:
        return
    rows = shares(texts, scores)
    print(f"\n  {'A/(A + D)':20} {'people':>8} {'scorer':>8} {'off':>8}")
    for brand, human, scored in rows:
        print(f"  {brand:20} {human:8.3f} {scored:8.3f} {scored - human:+8.3f}")
    ranks, values = correlations(rows)
    print(f"  correlation of ranks {ranks:.3f}, of shares {values:.3f}")


if __name__ == "__main__":
    sys.exit(main())
