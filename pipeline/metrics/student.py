"""Quantiles of Student's t, as 90 % intervals need them.

Formula: the .95 quantile with ``df`` degrees of freedom, whole or not. Unit: standard errors.
Source: definitions of goodwill's, activation's and campaigns' intervals. Example::

    >>> round(quantile_95(7), 4), round(quantile_95(1e9), 4)
    (1.8946, 1.6449)
"""

from __future__ import annotations

from functools import lru_cache

from scipy.special import stdtrit


@lru_cache(maxsize=1024)
def quantile_95(df: float) -> float:
    """Return the .95 quantile with ``df`` > 0 degrees of freedom."""
    return float(stdtrit(df, 0.95))
