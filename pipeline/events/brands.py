"""The brand book: which brands exist, what else they are called, and who speaks for them.

Read once from ``brands.toml`` (entries ``[[brands]]``, only ``id`` required) and never changed. A
book without brands admits every valid brand id.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from pipeline.errors import Usage

BRAND_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
BookRelation = Literal["owned", "employee"]
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_HOURS = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)")
_MEND_ENTRY = "correct the entry in the brand book"


class Brand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of the brand book.

    ``aliases``: free-text names and handles; masked by the scorer, and an event whose ``brand``
    equals one belongs to this brand. ``owned``, ``employees``: ``author`` or ``source:author``.
    ``customers``: how many the brand has. ``staffed_agents``: concurrent support positions. The
    ``sla_*`` are seconds. ``business_hours``: by weekday (``mon`` .. ``sun``), ranges such as
    ``"09:00-17:30"`` in ``timezone`` (an IANA name); ``holidays``: dates without business hours.

    Raises ValueError for values of the right type that make no sense.
    """

    id: str
    name: str | None = None
    aliases: tuple[str, ...] = ()
    owned: frozenset[str] = frozenset()
    employees: frozenset[str] = frozenset()
    customers: _Count | None = None
    staffed_agents: Annotated[float, msgspec.Meta(ge=0)] | None = None
    sla_first_reply_seconds: _Positive | None = None
    sla_resolution_seconds: _Positive | None = None
    timezone: str = "UTC"
    business_hours: dict[Weekday, tuple[str, ...]] = {}
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not BRAND_ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r} must match {BRAND_ID.pattern}")
        if self.name is not None and not self.name.strip():
            raise ValueError(f"name of {self.id} is empty")
        for field in ("aliases", "owned", "employees"):
            if not all(value.strip() for value in getattr(self, field)):
                raise ValueError(f"{field} of {self.id} holds an empty text")
        for field in ("staffed_agents", "sla_first_reply_seconds", "sla_resolution_seconds"):
            number = getattr(self, field)
            if number is not None and not isfinite(number):
                raise ValueError(f"{field} of {self.id} must be finite")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"timezone {self.timezone!r} of {self.id} is unknown") from error
        for ranges in self.business_hours.values():
            for hours in ranges:
                start, _, end = hours.partition("-")
                if not _HOURS.fullmatch(hours) or start >= end:
                    raise ValueError(f"business hours {hours!r} of {self.id}: want HH:MM-HH:MM")


class _Book(msgspec.Struct, forbid_unknown_fields=True):
    """The file as a whole."""

    brands: tuple[Brand, ...] = ()


class BrandBook:
    """The brands that are followed; without any, every valid id is admitted.

    Raises :class:`~pipeline.errors.Usage` when an id is given twice or an alias could mean two
    brands: which brand an event belongs to must not depend on the order of a file.
    """

    def __init__(self, brands: Sequence[Brand] = ()) -> None:
        self._brands: dict[str, Brand] = {}
        for brand in brands:
            if brand.id in self._brands:
                raise Usage(f"brand book: id {brand.id!r} is given twice", _MEND_ENTRY)
            self._brands[brand.id] = brand
        self._ids = {brand_id: brand_id for brand_id in self._brands}
        for brand in brands:
            for alias in brand.aliases:
                other = self._ids.setdefault(alias, brand.id)
                if other != brand.id:
                    raise Usage(
                        f"brand book: alias {alias!r} of {brand.id!r} also means {other!r}",
                        _MEND_ENTRY,
                    )
        self._names: dict[str, frozenset[str]] = {
            brand.id: frozenset(
                {brand.id, *brand.aliases} | ({brand.name} if brand.name else set())
            )
            for brand in brands
        }

    @classmethod
    def load(cls, path: Path) -> BrandBook:
        """Read a ``brands.toml``; raise :class:`~pipeline.errors.Usage`, one line, if it is bad."""
        try:
            content = tomllib.loads(path.read_bytes().decode("utf-8"))
            return cls(msgspec.convert(content, _Book).brands)
        except OSError as error:
            what = f"cannot read brand book {path}: {error.strerror or error}"
            raise Usage(what, "check the path and its permissions") from error
        except UnicodeDecodeError as error:
            raise Usage(f"brand book {path} is not UTF-8", "save it as UTF-8") from error
        except tomllib.TOMLDecodeError as error:
            what = f"brand book {path} is not TOML: {error}"
            raise Usage(" ".join(what.split()), "correct the syntax") from error
        except RecursionError:
            raise Usage(f"brand book {path} is nested too deeply", _MEND_ENTRY) from None
        except msgspec.ValidationError as error:
            raise Usage(" ".join(f"brand book {path}: {error}".split()), _MEND_ENTRY) from error

    def __len__(self) -> int:
        return len(self._brands)

    def __iter__(self) -> Iterator[Brand]:
        return iter(self._brands.values())

    def get(self, brand_id: str) -> Brand | None:
        """Return the entry of a brand id, or None where the book has none."""
        return self._brands.get(brand_id)

    def resolve(self, brand: str) -> str | None:
        """Return the id that an event's ``brand`` (an id or an alias) means, None if unknown."""
        if self._brands:
            return self._ids.get(brand)
        return brand if BRAND_ID.fullmatch(brand) else None

    def allowed(self, brand_id: str) -> bool:
        """Tell whether events of this brand id (no alias) are admitted."""
        return brand_id in self._brands or (
            not self._brands and BRAND_ID.fullmatch(brand_id) is not None
        )

    def relation(self, brand_id: str, source: str, author: str) -> BookRelation | None:
        """Return how an author belongs to a brand by the book; None where it does not say."""
        brand = self._brands.get(brand_id)
        if brand is None or not (brand.owned or brand.employees):
            return None
        qualified = f"{source}:{author}"
        if author in brand.owned or qualified in brand.owned:
            return "owned"
        if author in brand.employees or qualified in brand.employees:
            return "employee"
        return None

    def accounts(self, brand_id: str) -> frozenset[str]:
        """Return every ``author`` and ``source:author`` the book lists for a brand."""
        brand = self._brands.get(brand_id)
        return frozenset() if brand is None else brand.owned | brand.employees

    def names(self, brand_id: str) -> frozenset[str]:
        """Return what a scorer must mask for a brand: its id, name and aliases."""
        known = self._names.get(brand_id)
        return known if known is not None else frozenset((brand_id,))
