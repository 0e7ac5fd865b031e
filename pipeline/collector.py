"""The garbage collector, told what kind of program this is."""

from __future__ import annotations

import gc


def expect_long_lives() -> None:
    """Look through what there is by now never again, and through what comes rarely.

    Millions of small containers live long here and hold no cycles; looking through them again and
    again would cost more than all else.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
