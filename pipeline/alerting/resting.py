"""Brands at rest: they hardly speak, so that hour after hour nothing about their alerts changes.

Most brands of a large fleet are. They are all scored and decided until the same hour, which is kept
once for all of them, and the alerts of each stay as they were when it came to rest: they catch up
when somebody looks. A brand wakes when it has been mentioned so often since that a fit might find
enough to look at, or a booking might. It may rest on at once: what was said long ago does not count
any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pipeline.alerting.brand_alerts import BrandAlerts


@dataclass(slots=True)
class _Rest:
    """A brand's alerts, and how many more mentions leave it at rest."""

    alerts: BrandAlerts
    mentions: int


class Resting:
    """The brands at rest of one partition.

    ``scored_until`` and ``decided_until`` are the first hours that are not scored and decided.
    """

    def __init__(self) -> None:
        self.scored_until = self.decided_until = 0
        self._brands: dict[str, _Rest] = {}

    def __contains__(self, brand: str) -> bool:
        return brand in self._brands

    def __len__(self) -> int:
        return len(self._brands)

    def get(self, brand: str) -> BrandAlerts | None:
        """Return the alerts of a brand as they are by now; None where it is not at rest."""
        rest = self._brands.get(brand)
        if rest is None:
            return None
        rest.alerts.rest_until(self.scored_until, self.decided_until)
        return rest.alerts

    def take(self, alerts: BrandAlerts, mentions: int) -> None:
        """Leave alone a brand, scored and decided as all others here, for so many mentions."""
        self._brands[alerts.brand] = _Rest(alerts, mentions)

    def wake(
        self, news: Mapping[str, int], disturbed: Iterable[str], left: Callable[[BrandAlerts], int]
    ) -> list[BrandAlerts]:
        """Give back the brands that do not rest any longer, with their alerts as they are by now.

        Args:
            news: How many mentions came of some brands.
            disturbed: Brands that may not rest any longer whatever came.
            left: Tells how many more mentions leave a brand at rest by now; negative: it wakes.
        """
        doubtful = dict.fromkeys(disturbed)
        for brand, count in news.items():
            rest = self._brands.get(brand)
            if rest is not None:
                rest.mentions -= count
                if rest.mentions < 0:
                    doubtful[brand] = None
        woken = []
        for brand in doubtful:
            rest = self._brands[brand]
            rest.mentions = left(rest.alerts)
            if rest.mentions < 0:
                rest.alerts.rest_until(self.scored_until, self.decided_until)
                del self._brands[brand]
                woken.append(rest.alerts)
        return woken
