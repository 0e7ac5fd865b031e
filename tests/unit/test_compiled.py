"""Machine code is kept, found again where nothing can be written, and made anew when it must be."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from pipeline import compiled

SOURCE = """
from pipeline.compiled import borrowed, eight, entry, first_marked, inner

@inner
def _twice(number):
    return 2 * number * FACTOR

@entry("int64(int64)")
def twice(number):
    return _twice(number)

@entry("uint64(uint8[::1], int64)")
def word(raw, at):
    return eight(borrowed(raw), at)

@entry("int64(uint64)")
def marked(mask):
    return first_marked(mask)
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "loops.py"
    path.write_text(SOURCE)
    return path


def load(path: Path, factor: int = 1) -> Any:
    """Import the module anew, with a constant that it takes from elsewhere."""
    spec = importlib.util.spec_from_file_location("loops", path)
    assert spec is not None
    assert spec.loader is not None
    loops = importlib.util.module_from_spec(spec)
    vars(loops)["FACTOR"] = factor
    spec.loader.exec_module(loops)
    return loops


def was_kept(loops: Any) -> bool:
    """Tell whether no machine code was made."""
    stats = loops.twice.stats
    return bool(stats.cache_hits) and not stats.cache_misses


def test_machine_code_is_found_again(module: Path) -> None:
    assert not was_kept(load(module))
    again = load(module)
    assert was_kept(again)
    assert again.twice(21) == 42


def test_it_is_found_where_nothing_can_be_written(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(module)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert was_kept(load(module))


def test_it_is_made_where_it_cannot_be_kept(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(numba.config, "CACHE_LOCATOR_CLASSES", "pipeline.compiled.Beside")
    loops = load(module)
    assert not was_kept(loops)
    assert loops.twice(21) == 42


def test_it_is_made_where_keeping_it_fails(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(compiled.Beside, "ensure_cache_path", full)
    assert load(module).twice(21) == 42


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("size", [0, 20, 200])
def test_it_is_made_where_what_was_kept_is_damaged(module: Path, kind: str, size: int) -> None:
    load(module)
    kept = list((module.parent / "__pycache__").glob(f"*.{kind}"))
    assert len(kept) == 3
    for each in kept:
        each.write_bytes(each.read_bytes()[:size])
    assert load(module).twice(21) == 42


def test_it_is_made_anew_when_the_file_changes(module: Path) -> None:
    load(module)
    # Of another length: what Python keeps of a file goes by its time, in seconds, and its size.
    module.write_text(SOURCE.replace("2 * number", "30 * number"))
    assert load(module).twice(14) == 420


def test_it_is_made_anew_when_what_it_calls_elsewhere_changes(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that is in a third file, of which this one says nothing."""
    monkeypatch.syspath_prepend(str(tmp_path))
    start = "from pipeline.compiled import inner\n"
    function = "@inner\ndef {}(number):\n    return {}\n"
    deepest = tmp_path / "deepest.py"
    (tmp_path / "between.py").write_text(
        start + "from deepest import plus\n" + function.format("times", "plus(3 * number)")
    )
    module.write_text(
        "from between import times\n" + SOURCE.replace("2 * number * FACTOR", "times(number)")
    )
    # Of another length each, as above.
    for added in (1, 22):
        deepest.write_text(start + function.format("plus", f"number + {added}"))
        for name in ("between", "deepest"):
            sys.modules.pop(name, None)
        loops = load(module)
        assert not was_kept(loops)
        assert loops.twice(2) == 6 + added
        assert was_kept(load(module))


@pytest.mark.parametrize("place", ["beside", "given", "at home"])
def test_it_is_made_anew_when_a_constant_from_elsewhere_changes(
    module: Path, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if place == "given":
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(elsewhere))
    if place == "at home":
        monkeypatch.setattr(os, "access", lambda *_: False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(elsewhere))
    load(module)
    assert was_kept(load(module))
    assert any(elsewhere.rglob("*.nbi")) == (place != "beside")
    changed = load(module, factor=2)
    assert not was_kept(changed)
    assert changed.twice(21) == 84


def test_words_are_read_from_any_place(module: Path) -> None:
    raw = np.arange(1, 40, dtype=np.uint8)
    loops = load(module)
    for at in range(9):
        assert loops.word(raw, at) == int.from_bytes(raw[at : at + 8].tobytes(), "little")


def test_the_lowest_marked_byte_is_found(module: Path) -> None:
    loops = load(module)
    for place in range(8):
        assert loops.marked(np.uint64((0x80 << 8 * place) | 0x80 << 56)) == place


def test_an_installation_imports_all_that_is_compiled() -> None:
    """Else it is compiled at the first start, or at every one where it cannot be kept."""
    root = Path(compiled.__file__).parent
    statement = "import pipeline.app, pipeline.replay"
    for file in ("Makefile", "deploy/Dockerfile"):
        assert f"python -c '{statement}'\n" in (root.parent / file).read_text()
    wanted = {
        ".".join(path.relative_to(root.parent).with_suffix("").parts)
        for path in root.rglob("*.py")
        if "\n@entry(" in path.read_text()
    }
    assert "pipeline.sources.line_scan" in wanted
    script = f"import sys; {statement}; print(*sys.modules)"
    imported = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert not wanted - set(imported)
