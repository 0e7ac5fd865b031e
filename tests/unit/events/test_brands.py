"""The brand book: resolving, relations, names, and one-line errors for bad files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import Usage
from pipeline.events.brands import Brand, BrandBook

BOOK = """
[[brands]]
id = "united"
name = "United Airlines"
aliases = ["ual", "@united"]
owned = ["united", "mastodon:news@example.org"]
employees = ["jane", "twitter:joe"]
customers = 12
staffed_agents = 2
sla_first_reply_seconds = 3600
sla_resolution_seconds = 86400.5
timezone = "America/Chicago"
business_hours = { mon = ["09:00-12:00", "13:00-24:00"] }
holidays = [2026-12-25, "2027-01-01"]

[[brands]]
id = "plain"
"""


def load(tmp_path: Path, content: str | bytes) -> BrandBook:
    file = tmp_path / "brands.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return BrandBook.load(file)


def test_a_full_entry_is_read(tmp_path: Path) -> None:
    book = load(tmp_path, BOOK)
    brand = book.get("united")
    assert brand is not None
    assert brand.customers == 12
    assert brand.staffed_agents == 2.0
    assert brand.sla_resolution_seconds == 86400.5
    assert brand.business_hours == {"mon": ("09:00-12:00", "13:00-24:00")}
    assert brand.holidays == {date(2026, 12, 25), date(2027, 1, 1)}
    assert [entry.id for entry in book] == ["united", "plain"]
    assert len(book) == 2


def test_ids_and_aliases_resolve_and_names_do_not(tmp_path: Path) -> None:
    book = load(tmp_path, BOOK)
    assert book.resolve("united") == "united"
    assert book.resolve("ual") == "united"
    assert book.resolve("@united") == "united"
    assert book.resolve("UAL") is None
    assert book.resolve("United Airlines") is None
    assert book.resolve("delta") is None
    assert book.allowed("plain")
    assert not book.allowed("ual")
    assert not book.allowed("delta")


@pytest.mark.parametrize(
    ("source", "author", "expected"),
    [
        ("twitter", "united", "owned"),
        ("mastodon", "news@example.org", "owned"),
        ("twitter", "news@example.org", None),
        ("anywhere", "jane", "employee"),
        ("twitter", "joe", "employee"),
        ("mastodon", "joe", None),
        ("twitter", "stranger", None),
    ],
)
def test_relations(tmp_path: Path, source: str, author: str, expected: str | None) -> None:
    book = load(tmp_path, BOOK)
    assert book.relation("united", source, author) == expected
    assert book.relation("plain", source, author) is None
    listed = not book.accounts("united").isdisjoint({author, f"{source}:{author}"})
    assert listed is (expected is not None)
    assert not book.accounts("plain")


def test_names_to_mask(tmp_path: Path) -> None:
    book = load(tmp_path, BOOK)
    assert book.names("united") == {"united", "United Airlines", "ual", "@united"}
    assert book.names("plain") == {"plain"}
    assert BrandBook().names("delta") == {"delta"}


@pytest.mark.parametrize("book", [BrandBook(), BrandBook([])])
def test_an_empty_book_admits_any_valid_id(book: BrandBook) -> None:
    assert book.resolve("any-brand.x_1") == "any-brand.x_1"
    assert book.allowed("a" * 64)
    for bad in ("", "Upper", "a" * 65, "-a", "a\n", "ü"):
        assert book.resolve(bad) is None
        assert not book.allowed(bad)
    assert book.relation("x", "twitter", "x") is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[[brands]\n", "not TOML"),
        (b"[[brands]]\nid = '\xff'\n", "not UTF-8"),
        ("[[brands]]\nname = 'x'\n", "missing required field `id`"),
        ("[[brands]]\nid = 'x'\ncolour = 'red'\n", "unknown field `colour`"),
        ("brand = 1\n", "unknown field `brand`"),
        ("brands = " + 100_000 * "[", "nested"),
        ("[[brands]]\nid = 'Not An Id'\n", "must match"),
        ("[[brands]]\nid = 'x\\n'\n", "not TOML|must match"),
        ('[[brands]]\nid = "x\\n"\n', "must match"),
        ("[[brands]]\nid = 'x'\naliases = [' ']\n", "empty"),
        ("[[brands]]\nid = 'x'\nname = ''\n", "empty"),
        ("[[brands]]\nid = 'x'\ncustomers = -1\n", "customers"),
        ("[[brands]]\nid = 'x'\nstaffed_agents = inf\n", "finite"),
        ("[[brands]]\nid = 'x'\nstaffed_agents = nan\n", "staffed_agents"),
        ("[[brands]]\nid = 'x'\nsla_first_reply_seconds = 0\n", "sla_first_reply_seconds"),
        ("[[brands]]\nid = 'x'\ntimezone = 'Mars/Base'\n", "timezone"),
        ("[[brands]]\nid = 'x'\ntimezone = '../etc'\n", "timezone"),
        ("[[brands]]\nid = 'x'\nbusiness_hours = {mon = ['9-5']}\n", "business hours"),
        ("[[brands]]\nid = 'x'\nbusiness_hours = {mon = ['17:00-09:00']}\n", "business hours"),
        ("[[brands]]\nid = 'x'\nbusiness_hours = {moon = []}\n", "moon"),
        ("[[brands]]\nid = 'x'\nholidays = ['soon']\n", "holidays"),
        ("[[brands]]\nid = 'x'\n[[brands]]\nid = 'x'\n", "given twice"),
        (
            "[[brands]]\nid = 'x'\naliases=['a']\n[[brands]]\nid = 'y'\naliases=['a']\n",
            "also means",
        ),
        ("[[brands]]\nid = 'x'\naliases=['y']\n[[brands]]\nid = 'y'\n", "also means"),
    ],
)
def test_a_bad_file_is_one_line_of_usage(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    with pytest.raises(Usage, match=expected) as caught:
        load(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert caught.value.mend


def test_a_missing_file_and_a_directory_are_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", tmp_path):
        with pytest.raises(Usage, match="cannot read brand book"):
            BrandBook.load(path)


def test_an_empty_file_is_an_empty_book(tmp_path: Path) -> None:
    assert len(load(tmp_path, "")) == 0


def test_an_alias_may_repeat_its_own_id() -> None:
    assert BrandBook([Brand(id="x", aliases=("x", "ex"))]).resolve("ex") == "x"
