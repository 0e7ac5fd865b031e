"""What the Redis sink does without a server: addresses, masking, errors, changes, names."""

from __future__ import annotations

import ssl
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from redis import exceptions

from pipeline.errors import InfluenceError, Retry, Usage
from pipeline.metrics.activity_results import Result
from pipeline.settings import RedisSettings
from pipeline.sinks.publication import Publication
from pipeline.sinks.redis.acknowledged import Acknowledged
from pipeline.sinks.redis.address import RedisAddress, mapped, masked
from pipeline.sinks.redis.check import judge
from pipeline.sinks.redis.keys import Keys, encoded
from pipeline.sinks.redis.round_trip import packed
from pipeline.sinks.redis.scripts import publish_call

ADDRESS = RedisAddress("rediss://ops:hunter2@redis.example:6380/1?ssl_password=hunter3")
CONNECTION: Any = RedisAddress("redis://h").client().connection_pool.make_connection()  # type: ignore[no-untyped-call]


def test_no_secret_is_ever_shown() -> None:
    beside = RedisAddress("redis://h", password="hunter4")  # noqa: S106 - not a secret
    shown = f"{ADDRESS} {ADDRESS!r} {masked(ADDRESS.url)} {beside} {beside!r}"
    assert "hunter" not in shown
    assert str(ADDRESS) == "rediss://***@redis.example:6380/1?ssl_password=***"
    assert masked("redis://:a@b@h:1/0") == "redis://***@h:1/0"


def test_the_address_is_what_the_settings_say(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    settings = RedisSettings(
        url="rediss://h:1/2",
        prefix="p:",
        username="ops",
        password=SecretStr("hunter5"),
        tls_cafile=authority,
    )
    assert RedisAddress.of(settings) == RedisAddress(
        "rediss://h:1/2",
        prefix="p:",
        username="ops",
        password="hunter5",  # noqa: S106 - not a secret
        ca_file=authority,
    )
    assert RedisAddress.of(RedisSettings()).password is None


@pytest.mark.parametrize(
    "url",
    ["", "localhost:6379", "http://h", "redis://h:port", "redis://h:99999", "redis://h/zero",
     "redis://h?nonsense=1"],
)  # fmt: skip
def test_a_url_that_cannot_be_used_is_told_with_how_to_mend_it(url: str) -> None:
    with pytest.raises(Usage) as caught:
        RedisAddress(url).client()
    assert caught.value.mend


def test_tls_files_belong_to_tls_and_must_exist(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    with pytest.raises(Usage, match="not TLS"):
        RedisAddress("redis://h", ca_file=missing).client()
    with pytest.raises(Usage, match="does not exist"):
        RedisAddress("rediss://h", ca_file=missing).client()
    missing.touch()
    address = RedisAddress("rediss://h", username="u", password="p", ca_file=missing)  # noqa: S106
    client = address.client()
    options = client.connection_pool.connection_kwargs
    assert (options["username"], options["password"]) == ("u", "p")
    assert options["ssl_ca_certs"] == str(missing)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.ConnectionError("refused"), Retry),
        (exceptions.TimeoutError("slow"), Retry),
        (exceptions.BusyLoadingError("loading"), Retry),
        (exceptions.OutOfMemoryError("full"), Retry),
        (exceptions.ReadOnlyError("replica"), Retry),
        (OSError("unreachable"), Retry),
        (exceptions.AuthenticationError("WRONGPASS"), Usage),
        (exceptions.NoPermissionError("evalsha"), Usage),
        (exceptions.ResponseError("WRONGTYPE of a key"), Usage),
        (exceptions.ResponseError("DB index is out of range"), Usage),
    ],
)
def test_each_error_of_the_driver_calls_for_its_reaction(
    error: Exception, kind: type[InfluenceError]
) -> None:
    found = mapped(error, ADDRESS)
    assert type(found) is kind
    assert "hunter" not in str(found)
    assert "\n" not in str(found)


def test_a_certificate_that_is_not_trusted_is_for_a_person_to_mend() -> None:
    error = exceptions.ConnectionError("tls")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    assert type(mapped(error, ADDRESS)) is Usage


def test_the_server_is_judged_by_its_own_account() -> None:
    good = {"redis_version": "7.0.15", "maxmemory_policy": "noeviction", "role": "master"}
    assert judge(good) == []
    bad: list[tuple[dict[str, object], str]] = [
        ({"redis_version": "6.0.9"}, "error"),
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": 1}, "error"),
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": 0}, "warning"),
        ({"evicted_keys": 3}, "warning"),
        ({"role": "slave"}, "error"),
        ({"cluster_enabled": 1}, "error"),
    ]
    for change, severity in bad:
        (finding,) = judge({**good, **change})
        assert finding.severity == severity
        assert finding.mend


def publication(fields: dict[str, str], ledger: Mapping[str, str]) -> Publication:
    return Publication("acme", 0, 1, (1, 1, 1), 1, fields, ledger)


def test_only_what_changed_of_what_was_acknowledged_is_sent() -> None:
    memory = Acknowledged()
    first = publication({"n": "1", "old": "x"}, {"d1": "a", "d2": "b"})
    assert memory.change(first) is None
    memory.acknowledge("1:0:1,1,1:1", first)
    change = memory.change(publication({"n": "2", "new": "y"}, {"d2": "c", "d3": "d"}))
    assert change is not None
    assert change.base == "1:0:1,1,1:1"
    assert (change.fields, list(change.gone_fields)) == ({"n": "2", "new": "y"}, ["old"])
    assert (change.lines, list(change.gone_days)) == ({"d2": "c", "d3": "d"}, ["d1"])
    memory.forget_partition(1)
    assert memory.change(first) is not None
    memory.forget_partition(0)
    assert memory.change(first) is None


def test_lines_of_complete_days_are_looked_at_where_they_changed() -> None:
    memory = Acknowledged()
    past = {"d1": "a", "d2": "b"}
    memory.acknowledge("1:0:1,1,1:1", publication({}, ChainMap({"d3": "c"}, past)))
    for ledger, lines, gone in (
        (ChainMap({"d3": "C"}, past), {"d3": "C"}, []),
        (ChainMap({"d3": "c"}, {"d1": "a", "d2": "B"}), {"d2": "B"}, []),
        (ChainMap({"d4": "d"}, {"d2": "b", "d3": "C"}), {"d3": "C", "d4": "d"}, ["d1"]),
    ):
        change = memory.change(publication({}, ledger))
        assert change is not None
        assert (change.lines, list(change.gone_days)) == (lines, gone)


def test_names_are_safe_in_keys_even_where_they_are_no_text() -> None:
    assert encoded("a:b c/é") == "a%3Ab%20c%2F%C3%A9"
    launches = [Result("\ud800", 1, {"name": "?"}), Result("x", 5, {"name": "x"})]
    odd = Publication("acme", 0, 1, (1, 1, 1), 1, {}, launches=launches)
    call = publish_call(odd, Keys(), 1, 1)
    assert "influence:v1:launch:acme:%ED%A0%80" in call.keys
    assert [each.encode() for each in call.keys]


@given(st.lists(st.text() | st.binary(), min_size=1))
def test_commands_are_packed_as_the_driver_does(words: list[str | bytes]) -> None:
    words = ["EVALSHA", *words, "\ud800"]
    assert packed(words) == b"".join(CONNECTION.pack_command(*words))


def test_of_two_launches_with_one_name_the_later_stands() -> None:
    launches = [Result("x", 9_000_000, {}), Result("x", 5, {})]
    twice = Publication("acme", 0, 1, (1, 1, 1), 1, {}, launches=launches)
    call = publish_call(twice, Keys(), 1, 1)
    assert call.keys.count("influence:v1:launch:acme:x") == 1
    content = call.arguments[-1]
    assert isinstance(content, bytes)
    assert ["x", "9", {}] in msgspec.msgpack.decode(content)[-3]
