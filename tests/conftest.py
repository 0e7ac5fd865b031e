"""What every test gets."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from pipeline.collector import expect_long_lives
from tests.examples import THOROUGH

# The machine may be busy, which says nothing about the code: no deadline an example.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.register_profile(THOROUGH, parent=settings.get_profile("default"))
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_collection_finish() -> None:
    """Tell the garbage collector what worker and replay tell it; else it takes a tenth of all."""
    expect_long_lives()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep whoever runs the tests' own ``INFLUENCE_…`` variables out of them."""
    for name in list(os.environ):
        if name.startswith("INFLUENCE_") and not name.startswith("INFLUENCE_TEST_"):
            monkeypatch.delenv(name)
