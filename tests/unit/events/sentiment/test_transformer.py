"""The transformer behind the same protocol, with a tiny model that is made here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from pipeline.errors import Usage
from pipeline.events.sentiment import Scorer
from pipeline.events.sentiment.scorer import LexiconScorer
from pipeline.events.sentiment.transformer import TransformerScorer
from pipeline.settings import SentimentSettings, Settings
from pipeline.wiring import scorer_of

LABELS = {"0": "negative", "1": "NEUTRAL", "2": "Positive"}
NO_NAMES: frozenset[str] = frozenset()
# What each word adds to the logits of the three classes.
WORDS = {
    "[UNK]": (0, 2, 0),
    "good": (0, 0, 8),
    "fine": (0, 2, 2.2),
    "bad": (8, 0, 0),
    "united": (0, 0, 8),
    "@user": (0, 2, 0),
}


def write_model(folder: Path, *inputs: str) -> None:
    """Write a model whose logits are the means of its words' rows."""
    table = numpy_helper.from_array(np.array(list(WORDS.values()), dtype=np.float32), "table")
    axis = numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
            helper.make_node("ReduceMean", ["rows", "axis"], ["logits"], keepdims=0),
        ],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, [1, None]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])],
        [table, axis],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_model(tmp_path, "input_ids", "attention_mask")
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token=next(iter(WORDS))))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text(json.dumps({"id2label": LABELS}))
    return tmp_path


def test_the_settings_choose_it(folder: Path) -> None:
    chosen: Scorer = scorer_of(Settings(sentiment=SentimentSettings(model=folder)))
    assert isinstance(chosen, TransformerScorer)
    assert isinstance(scorer_of(Settings()), LexiconScorer)


def test_polarity_is_the_mean_value_of_the_classes(folder: Path) -> None:
    scorer = TransformerScorer(folder)
    assert scorer.score("good", NO_NAMES) == pytest.approx((np.e**8 - 1) / (np.e**8 + 2))
    assert scorer.score("BAD bad", NO_NAMES) < -0.9
    assert scorer.score("bad good", NO_NAMES) == 0.0
    assert scorer.score("", NO_NAMES) == 0.0
    assert scorer.score("whatever", NO_NAMES) == 0.0
    assert scorer.score("\0\ud83d", NO_NAMES) == 0.0


def test_a_weak_polarity_is_left_unscored(folder: Path) -> None:
    scorer = TransformerScorer(folder)
    assert scorer.score("whatever fine", NO_NAMES) > 0.15
    assert scorer.score("whatever whatever fine", NO_NAMES) == 0.0


def test_names_and_handles_are_masked(folder: Path) -> None:
    scorer = TransformerScorer(folder)
    names = frozenset({"United", "acme air"})
    assert scorer.score("united", NO_NAMES) > 0.9
    for name in ("United", "UNITED's", "acme air", "@united", "@somebody"):
        assert scorer.score(f"bad {name}", names) == scorer.score("bad united", names) < -0.5


def test_only_the_beginning_of_a_long_text_is_read(folder: Path) -> None:
    scorer = TransformerScorer(folder)
    assert scorer.score("bad " * 8_000, NO_NAMES) == scorer.score("bad " * 128, NO_NAMES)
    assert scorer.score("bad " * 128 + "good " * 7_000, NO_NAMES) < -0.9


def test_models_may_ask_for_token_types_or_for_less(folder: Path) -> None:
    write_model(folder, "input_ids", "attention_mask", "token_type_ids")
    assert TransformerScorer(folder).score("good", NO_NAMES) > 0.9
    write_model(folder, "input_ids")
    assert TransformerScorer(folder).score("good", NO_NAMES) > 0.9


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_missing_package_is_said_in_one_line(
    folder: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(Usage) as caught:
        TransformerScorer(folder)
    assert package in caught.value.what
    assert caught.value.mend == "pip install 'collective-influence[onnx]'"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_file_is_said_in_one_line(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(Usage) as caught:
        scorer_of(Settings(sentiment=SentimentSettings(model=folder)))
    assert name in caught.value.what
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_broken_file_is_said_in_one_line(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\x08nothing of the kind\n\xff")
    with pytest.raises(Usage) as caught:
        TransformerScorer(folder)
    assert str(folder) in caught.value.what
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "config",
    [
        {},
        [],
        {"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}},
        {"id2label": {"1": "negative", "2": "neutral", "3": "positive"}},
        {"id2label": {"0": "negative", "1": "positive"}},
        {"id2label": {}},
    ],
)
def test_a_model_whose_classes_are_not_known_is_refused(folder: Path, config: object) -> None:
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(Usage):
        TransformerScorer(folder)
