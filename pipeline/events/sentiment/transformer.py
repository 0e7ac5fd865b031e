"""A transformer as scorer, run by ONNX Runtime on the CPU from a local folder; an optional extra.

The folder is what the usual exporters write: ``model.onnx``, ``tokenizer.json`` and
``config.json``, whose ``id2label`` names the classes. Polarity is the mean value of the classes by
their probabilities: -1 for negative, 0 for neutral, 1 for positive, or five stars evenly from -1
to 1.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.errors import Usage
from pipeline.events.sentiment import ABSTAINED
from pipeline.events.sentiment.masking import mask
from pipeline.events.sentiment.memo import MEMORY, Memo

_LONGEST: Final = 4_096  # characters read; a model sees no more than the first tokens of them
_TOKENS: Final = 128
_SOMEONE: Final = "@user"  # what models of tweets have seen in the place of names

_VALUES: Final = {
    "negative": -1.0, "neg": -1.0, "1 star": -1.0, "2 stars": -0.5,
    "neutral": 0.0, "neu": 0.0, "3 stars": 0.0,
    "4 stars": 0.5, "5 stars": 1.0, "positive": 1.0, "pos": 1.0,
}  # fmt: skip

Floats = npt.NDArray[np.float64]


class TransformerScorer:
    """Scores by a model; a :class:`~pipeline.events.sentiment.Scorer`.

    Deterministic on one machine: it runs on one thread of the CPU, one text at a time.

    Args:
        folder: Where the model is.
        memory: Results that are kept, as in ``memo``.

    Raises:
        Usage: The extra or a file is missing, or the model is not a classifier of sentiment.
    """

    def __init__(self, folder: Path, memory: int = MEMORY) -> None:
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            raise Usage(
                f"a transformer needs the package {error.name}, which is not installed",
                "pip install 'collective-influence[onnx]'",
            ) from None
        model, tokenizer, config = (
            _file(folder, name) for name in ("model.onnx", "tokenizer.json", "config.json")
        )
        self._values = _values(config)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # errors are raised, and said in one line
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - the errors of both packages share no base
            raise _unusable(folder, error) from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_TOKENS)
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._memo = Memo(self._polarities, memory)
        try:
            self._polarity("fine", frozenset())
        except Exception as error:  # noqa: BLE001 - likewise
            raise _unusable(folder, error) from None

    def score(self, text: str, masked: frozenset[str]) -> float:
        """Return the polarity of a text in -1..1, 0.0 for neutral."""
        return self.score_all((text,), (masked,))[0]

    def score_all(self, texts: Sequence[str], masked: Sequence[frozenset[str]]) -> list[float]:
        """Return the polarities of many texts, each with the names to mask in it."""
        return self._memo.ask(texts, masked)

    def _polarities(self, texts: Sequence[str], masked: Sequence[frozenset[str]]) -> list[float]:
        return [self._polarity(text, names) for text, names in zip(texts, masked, strict=True)]

    def _polarity(self, text: str, masked: frozenset[str]) -> float:
        shown = mask(masked).replace(text[:_LONGEST], _SOMEONE)
        # Half a surrogate pair, which a str may hold, is no text to the tokenizer.
        encoding = self._tokenizer.encode(shown.encode(errors="replace").decode())
        if not encoding.ids:
            return 0.0
        fed: dict[str, Any] = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        [logits] = self._session.run(
            None,
            {name: np.array([fed[name]], dtype=np.int64) for name in self._inputs},
        )[0]
        polarity = float(softmax(logits) @ self._values)
        return polarity if abs(polarity) >= ABSTAINED else 0.0


def softmax(logits: npt.ArrayLike) -> Floats:
    """Return the probabilities of classes.

    >>> softmax([0.0, 0.0]).tolist()
    [0.5, 0.5]
    """
    values = np.asarray(logits, dtype=np.float64)
    powers: Floats = np.exp(values - values.max())
    total: np.float64 = powers.sum()
    return powers / total


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise Usage(
            f"the transformer's folder {folder} has no {name}",
            "set INFLUENCE_SENTIMENT__MODEL to one with model.onnx, tokenizer.json and config.json",
        )
    return path


def _values(config: Path) -> Floats:
    """Return the value of each class of a model."""
    try:
        labels: dict[str, str] = json.loads(config.read_text(encoding="utf-8"))["id2label"]
        return np.array([_VALUES[labels[str(number)].lower()] for number in range(len(labels))])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Usage(
            f"{config} does not say which class is which",
            'give it "id2label" with negative, neutral and positive, or 1 star to 5 stars',
        ) from None


def _unusable(folder: Path, error: Exception) -> Usage:
    detail = " ".join(str(error).split())
    return Usage(f"the transformer in {folder} cannot be used: {detail}", "export it again")
