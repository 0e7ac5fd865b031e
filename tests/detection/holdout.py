"""Ten real hourly series that nothing was tuned on: tweets about companies in spring 2015.

The ``Twitter_volume_*`` series of the Numenta Anomaly Benchmark, five-minute counts, added up by
hour. Their licence keeps them out of this repository: name a folder that holds them.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pipeline.alerting.baseline import Values


def load(folder: Path) -> Values:
    """Return the hours that all series cover, ``(series, hours)``.

    Raises:
        FileNotFoundError: There are none.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise FileNotFoundError(f"no series in {folder}")
    series = [_by_hour(file) for file in files]
    first = max(min(each) for each in series) + 1
    last = min(max(each) for each in series)
    return np.array([[each.get(hour, 0.0) for hour in range(first, last)] for each in series])


def _by_hour(file: Path) -> dict[int, float]:
    sums: dict[int, float] = {}
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            moment = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
            hour = int(moment.timestamp()) // 3600
            sums[hour] = sums.get(hour, 0.0) + float(row["value"])
    return sums
