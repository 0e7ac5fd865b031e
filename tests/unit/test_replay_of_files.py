"""What a file holds is replayed alike, however its lines are written and read."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline.cli import main
from pipeline.clock import FixedClock
from pipeline.events.brands import BrandBook
from pipeline.replay import Line, replay
from pipeline.settings import Settings
from pipeline.sources import ndjson, ndjson_blocks
from pipeline.sources.ndjson_blocks import Events
from pipeline.sources.record import RejectedLine, SourceItem
from pipeline.wiring import admission_of
from tests.oracle.calendar import parse
from tests.oracle.worlds import Event, Rates, shuffled_within_horizon, with_duplicates, world

ODD = (
    b"{",
    b"[]",
    b"\xff",
    b'{"topic":"social-mentions","text":"\xff"}',
    b'{"topic":"social-mentions","id":"1","topic":"brand-activity"}',
    b'{"topic":"social-mentions","id":"","occurred_at":"2026-03-05T00:00:00Z"}',
)


def events(seed: int) -> list[Event]:
    """Events of all topics, some late and some repeated."""
    made = world(seed, days=12, rates=Rates(text_only=0.1, very_late=0.02))
    return shuffled_within_horizon(with_duplicates(made, seed), seed)


def written(event: Event, random: Random) -> bytes:
    """An event as some program writes it: mostly plainly."""
    event = {"topic": event["topic"], **event}
    if random.random() < 0.02:
        event["topic"] = event.pop("topic")  # last
    separators = (",", ":") if random.random() < 0.95 else None
    is_ascii = random.random() < 0.5
    return json.dumps(event, ensure_ascii=is_ascii, separators=separators).encode()


def content(seed: int) -> bytes:
    """The lines of a file."""
    random = Random(seed)
    lines = [written(event, random) for event in events(seed)]
    for odd in ODD:
        lines.insert(random.randrange(len(lines)), odd)
    return b"\n".join(lines)


def document(
    items: Iterable[SourceItem | Events], as_of: int, shuffle: Random | None
) -> dict[str, Any]:
    """Replay what was read."""
    lines: list[Line | Events] = []
    for item in items:
        if isinstance(item, Events):
            lines.append(item)
        elif isinstance(item, RejectedLine):
            lines.append(Line(None, item.raw, item.reject))
        else:
            lines.append(Line(item.topic, item.value))
    clock, book = FixedClock(as_of), BrandBook()
    admission = admission_of(Settings(), book, clock)
    return replay(lines, book, admission, clock, shuffle=shuffle).document()


@pytest.mark.parametrize("shuffles", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_by_the_block_and_line_by_line_are_the_same(
    seed: int, monkeypatch: pytest.MonkeyPatch, *, shuffles: bool
) -> None:
    monkeypatch.setattr(ndjson_blocks, "BLOCK_BYTES", 1 << 14)
    file, as_of = content(seed), parse("2026-12-01T00:00:00Z")
    many = list(ndjson_blocks.blocks(io.BytesIO(file)))
    assert sum(isinstance(item, Events) for item in many) > 10
    shuffle = [Random(seed), Random(seed)] if shuffles else [None, None]
    together = document(many, as_of, shuffle[0])
    assert together == document(ndjson.items(io.BytesIO(file)), as_of, shuffle[1])
    assert together["records"]["applied"] > 900
    assert together["records"]["duplicate"] > 10
    assert sum(together["dead_letters"].values()) == len(ODD)


def test_compressed_and_standard_input_are_read_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = content(3)
    (tmp_path / "plain").write_bytes(file)
    (tmp_path / "packed").write_bytes(gzip.compress(file))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file)))
    said = []
    for path in (str(tmp_path / "plain"), str(tmp_path / "packed"), "-"):
        assert main(["replay", path, "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1] == said[2]
    assert said[0]["records"]["applied"] > 900


def test_an_empty_file_holds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").touch()
    assert main(["replay", str(tmp_path / "empty"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"]["applied"] == 0
