"""Launches, campaigns and maintenance of one partition. Key in the changelog: ``brand|a``."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipeline.events.admitted import AdmittedActivity, AdmittedEvent
from pipeline.events.records import Outcome, Topic
from pipeline.state.activities import BrandActivity
from pipeline.state.entries import Entries
from pipeline.state.source import SourceTable


class ActivityTable(SourceTable):
    """Decoded brand activity of one partition."""

    topic = Topic.ACTIVITY

    def __init__(self, partition: int) -> None:
        super().__init__(partition)
        self.by_brand: dict[str, BrandActivity] = {}

    @property
    def brands(self) -> Collection[str]:
        """Brands that ever had an activity here."""
        return self.by_brand.keys()

    def apply(self, offset: int, event: AdmittedEvent) -> Outcome:
        """Take in a launch, campaign or maintenance window.

        Raises:
            Reject: ``too_late``, see :meth:`BrandActivity.apply`.
        """
        if not isinstance(event, AdmittedActivity):
            raise TypeError(f"{type(event).__name__} among the activities")
        # A brand begins with its first event applied, not with one that is refused.
        activity = self.by_brand.get(event.brand)
        if activity is None:
            activity = BrandActivity(event.brand)
        applied = activity.apply(event, offset, max(self.row.watermark, event.at))
        self.by_brand[event.brand] = activity
        return Outcome.APPLIED if applied else Outcome.DUPLICATE

    def _load_values(self, values: Mapping[bytes, bytes]) -> None:
        for key, value in values.items():
            brand = key.decode().split("|")[0]
            self.by_brand[brand] = BrandActivity.decode(brand, value)

    def _dirty_values(self, applied: int, _limit: int | None, /) -> Entries:
        values = []
        for brand, activity in self.by_brand.items():
            if activity.dirty:
                activity.dirty = False
                values.append((f"{brand}|a".encode(), activity.encode(applied)))
        return Entries(values)

    def _drop_expired(self) -> list[bytes]:
        """Forget what is too old; a brand's value stays, so no key goes."""
        for activity in self.by_brand.values():
            activity.drop_expired(self.row.watermark)
        return []
