"""How many examples a property is tried on."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = "thorough"
"""The profile of whoever has time: ``make test PYTEST_ARGS=--hypothesis-profile=thorough``."""


def examples(few: int, thorough: int) -> settings:
    """Return settings with few examples, for ``make test``, or with many if that profile is asked.

    For what costs seconds and has found all that it found among its first examples.
    """
    asked = settings.get_current_profile_name() == THOROUGH
    return settings(max_examples=thorough if asked else few)
