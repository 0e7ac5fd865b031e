"""Examples in docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["scorer", "tokens", "transformer"])
def test_examples_hold(name: str) -> None:
    result = doctest.testmod(import_module(f"pipeline.events.sentiment.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
