"""Differences between a recounted world and what the product published."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from redis import Redis

from tests.oracle.partition import partition_of
from tests.oracle.recount import World

RELATIVE = 1e-9
QUANTILE_RELATIVE = 0.01
# Beyond this many standard deviations an estimate without a bound of its own is wrong.
DEVIATIONS = 5.0
GOODWILL = {"goodwill", "goodwill_low", "goodwill_high", "goodwill_net"}
# Differences of larger numbers: rounding errors go by these and not by what is left.
DIFFERENCES = {"activation", "activation_low", "activation_high"}
# How far an estimate without a bound may be from the truth: far enough never to be wrong by chance.
SAMPLED_WITHIN = {
    "consistency": 0.1,
    "activation": 0.1,
    "activation_low": 0.2,
    "activation_high": 0.2,
    "messaging_dependence": 0.05,
    "influence_index": 5.0,
}
# Contract: these fields carry a bound where they are sampled.
BOUNDED = re.compile(r"(advocacy|detraction)_(1h|24h|7d|28d)|advocates_(24h|7d|28d)")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d*[1-9])?")
Value = str | float | int


def differences(
    expected: World,
    actual: Mapping[str, Mapping[str, str]],
    *,
    ignore: Collection[str] = (),
    bound_slack: float = 1.0,
) -> list[str]:
    """Compare published snapshots with a world; an empty list means agreement.

    Integers must be equal, floats to 1e-9, quantiles to 1 %, and estimates within the bound that
    they publish beside them times ``bound_slack`` (a bound holds for 95 % of estimates, so a test
    that looks at very many should allow some slack). ``version`` and ``ignore`` are not looked at.
    """
    found = [f"{brand}: missing" for brand in sorted(expected.brands.keys() - actual.keys())]
    found += [f"{brand}: not expected" for brand in sorted(actual.keys() - expected.brands.keys())]
    for brand in sorted(expected.brands.keys() & actual.keys()):
        one = _Snapshot(expected, brand, actual[brand], {*ignore, "version"}, bound_slack)
        found += [f"{brand}: {text}" for text in one.differences()]
    return found


class _Snapshot:
    """One brand's snapshot beside what is expected of it."""

    def __init__(
        self,
        world: World,
        brand: str,
        actual: Mapping[str, str],
        ignore: set[str],
        bound_slack: float,
    ) -> None:
        self._world, self._brand = world, brand
        self._expected, self._actual = world.brands[brand], actual
        self._ignore, self._slack = ignore, bound_slack

    def differences(self) -> list[str]:
        """Return what differs, field by field."""
        bounds = {name for name in self._actual if name.endswith("_bound")}
        found = []
        for name in sorted((self._expected.keys() | self._actual.keys()) - bounds - self._ignore):
            base = name.removesuffix("_state")
            if base in self._ignore or self._may_be_either(base):
                continue
            if name not in self._actual:
                found.append(f"{name}: missing, expected {self._expected[name]!r}")
            elif name not in self._expected:
                found.append(f"{name}: not expected, is {self._actual[name]!r}")
            else:
                found += self._value(name, self._expected[name], self._actual[name])
        for name in sorted(bounds - self._ignore):
            field = name.removesuffix("_bound")
            if not BOUNDED.fullmatch(field):
                found.append(f"{name}: no such field")
            elif not self._world.sampled(self._brand, field):
                found.append(f"{name}: not expected, {field} is exact")
            elif not NUMBER.fullmatch(self._actual[name]):
                found.append(f"{name}: {self._actual[name]!r} is no decimal number")
        return found

    def _may_be_either(self, name: str) -> bool:
        """Tell whether a quantile is reached or not depending on the order within a bucket."""
        least, largest = self._world.brackets[self._brand].get(name, (None, None))
        return least is not None and largest is None

    def _value(self, name: str, expected: Value, actual: str) -> list[str]:
        if isinstance(expected, str):
            return [] if actual == expected else [f"{name}: {actual!r}, expected {expected!r}"]
        if not NUMBER.fullmatch(actual):
            return [f"{name}: {actual!r} is no plain decimal number, expected {expected}"]
        if isinstance(expected, int):
            if actual == str(expected):
                return []
            if not self._world.sampled(self._brand, name):
                return [f"{name}: {actual}, expected exactly {expected}"]
        low, high, why = self._range(name, float(expected))
        if low <= float(actual) <= high:
            return []
        return [f"{name}: {actual}, expected {expected} ({why}: {low} to {high})"]

    def _range(self, name: str, expected: float) -> tuple[float, float, str]:
        """Return the least and largest value that agrees, and by which rule."""
        bracket = self._world.brackets[self._brand].get(name)
        if bracket is not None:
            least = expected if bracket[0] is None else bracket[0]
            largest = expected if bracket[1] is None else bracket[1]
            # Below a second buckets may end; nobody replies in less.
            top = max(1.0, largest * (1 + QUANTILE_RELATIVE + RELATIVE))
            bottom = least * (1 - QUANTILE_RELATIVE - RELATIVE) if least >= 1 else 0.0
            return bottom, top, "quantile"
        if self._world.sampled(self._brand, name):
            return self._sampled_range(name, expected)
        magnitude = abs(expected)
        if name in GOODWILL:
            scale = self._world.goodwill_scale[self._brand]
            magnitude = max(magnitude, scale.gross + scale.half_width)
        if name in DIFFERENCES:
            magnitude = max(magnitude, 1.0)
        tolerance = RELATIVE * magnitude
        return expected - tolerance, expected + tolerance, "exact"

    def _sampled_range(self, name: str, expected: float) -> tuple[float, float, str]:
        bound = self._actual.get(f"{name}_bound")
        if bound is not None:
            # The bound is relative to the estimate, not to the truth.
            reach = self._slack * float(bound) * abs(float(self._actual[name]))
            return expected - reach, expected + reach, "bound"
        if name in GOODWILL:
            scale = self._world.goodwill_scale[self._brand]
            reach = DEVIATIONS * scale.sampling_error
            if name in {"goodwill_low", "goodwill_high"}:
                # The width is estimated from sampled blocks; it is only checked for being sane.
                reach += scale.half_width
            return expected - reach, expected + reach, "sampling error"
        if name == "net_sentiment_28d":
            # A ratio moves by no more than its parts do.
            parts = ("advocacy_28d_bound", "detraction_28d_bound")
            reach = max(float(self._actual.get(part, "0")) for part in parts)
            return expected - reach, expected + reach, "bounds of its parts"
        if name in SAMPLED_WITHIN:
            return expected - SAMPLED_WITHIN[name], expected + SAMPLED_WITHIN[name], "sampling"
        if expected == 0:
            return 0.0, 0.0, "nothing to estimate"
        return expected, expected, "sampled, but without a bound"


def ledger_differences(
    expected: Mapping[str, Mapping[str, int]],
    actual: Mapping[str, Mapping[str, int]],
    errors: Mapping[str, Mapping[str, float]] | None = None,
) -> list[str]:
    """Compare a brand's ledger lines, day -> figures in micro-advocate-days.

    A figure may be 1 off, for ties in rounding; but lines must add up exactly, and each must open
    with what the line before closed with. ``errors`` are ``World.ledger_errors`` of the brand, in
    advocate-days, for days that are sampled.
    """
    found = [f"{day}: missing" for day in sorted(expected.keys() - actual.keys())]
    found += [f"{day}: not expected" for day in sorted(actual.keys() - expected.keys())]
    previous: Mapping[str, int] | None = None
    for day in sorted(expected.keys() & actual.keys()):
        line, want = actual[day], expected[day]
        if line.keys() != want.keys() or any(type(value) is not int for value in line.values()):
            found.append(f"{day}: {dict(line)}, expected the integers {sorted(want)}")
            previous = None
            continue
        for name in sorted(want.keys() - {"decay"}):
            deviation = (errors or {}).get(day, {}).get(name, 0.0)
            allowed = 1 + 1e6 * DEVIATIONS * deviation
            if abs(line[name] - want[name]) > allowed:
                found.append(f"{day} {name}: {line[name]}, expected {want[name]}")
        rest = line["opening"] + line["earned"] - line["detraction"] - line["impairment"]
        if rest - line["decay"] != line["closing"]:
            found.append(f"{day}: does not add up: {dict(line)}")
        if previous is not None and previous["closing"] != line["opening"]:
            found.append(f"{day}: opens with {line['opening']} after {previous['closing']}")
        previous = line
    return found


def activity_differences(
    expected: Mapping[str, Mapping[str, Value]],
    actual: Mapping[str, Mapping[str, str]],
    sampled: bool = False,
) -> list[str]:
    """Compare the results of a brand's launches or campaigns, fields by name.

    Integers and texts must be equal, other numbers to 1e-9 or nine decimals; where days are
    ``sampled`` only the same fields must be there.
    """
    found = [f"{name!r}: missing" for name in sorted(expected.keys() - actual.keys())]
    found += [f"{name!r}: not expected" for name in sorted(actual.keys() - expected.keys())]
    for name in sorted(expected.keys() & actual.keys()):
        want, have = expected[name], actual[name]
        for field_name in sorted(want.keys() | have.keys()):
            value, text = want.get(field_name), have.get(field_name)
            if value is None or text is None:
                same = False
            elif isinstance(value, str):
                same = text == value
            else:
                near = abs(float(text) - value) <= RELATIVE * max(1.0, abs(value))
                exact = text == str(value) if isinstance(value, int) else near
                same = NUMBER.fullmatch(text) is not None and (exact or sampled)
            if not same:
                found.append(f"{name!r} {field_name}: {text!r}, expected {value!r}")
    return found


def redis_differences(
    world: World,
    redis_client: Redis,
    prefix: str,
    partitions: int,
    *,
    ignore: Collection[str] = (),
    bound_slack: float = 1.0,
) -> list[str]:
    """Compare everything under ``prefix`` in a Redis with a world.

    Brand hashes, ledgers, launches, campaigns, the ranking and the sets of brands are compared in
    full. History, updates, heartbeats and alerts are not looked at; any other key is a difference.
    """
    content = _read(_Store(redis_client, prefix))
    found = [f"key {key!r}: not expected" for key in content.strange]
    found += differences(world, content.brands, ignore=ignore, bound_slack=bound_slack)
    lines = {brand: days for brand, days in world.ledger.items() if days}
    for brand in sorted(lines.keys() | content.ledgers.keys()):
        errors = world.ledger_errors.get(brand)
        texts = ledger_differences(lines.get(brand, {}), content.ledgers.get(brand, {}), errors)
        found += [f"ledger {brand}: {text}" for text in texts]
    owned: dict[str, set[str]] = {}
    for brand in world.brands:
        owned.setdefault(str(partition_of(brand, partitions)), set()).add(brand)
    for partition in sorted(owned.keys() | content.partitions.keys()):
        want, have = owned.get(partition, set()), content.partitions.get(partition, set())
        if want != have:
            found.append(f"brands:{partition}: {sorted(have)}, expected {sorted(want)}")
    for kind, of_brands in (("launch", world.launches), ("campaign", world.campaigns)):
        for brand in sorted(world.brands.keys() | {brand for _, brand in content.results}):
            expected = of_brands.get(brand, {})
            results = content.results.get((kind, brand), {})
            members = content.indexes.get((kind, brand), set())
            if members != results.keys():
                found.append(f"{kind} {brand}: index {sorted(members)} of {sorted(results)}")
            texts = activity_differences(expected, results, world.sampled(brand, "goodwill"))
            found += [f"{kind} {brand} {text}" for text in texts]
    fields = content.brands.items()
    ranking = {brand: float(each["influence_index"]) for brand, each in fields if each}
    if content.ranking != ranking:
        found.append(f"rank:influence_index: {content.ranking}, expected {ranking}")
    return found


@dataclass
class _Content:
    """What lies in a Redis, by the parts that keys are made of; ``strange`` are unknown keys."""

    brands: dict[str, dict[str, str]] = field(default_factory=dict)
    ledgers: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    partitions: dict[str, set[str]] = field(default_factory=dict)
    indexes: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    results: dict[tuple[str, str], dict[str, dict[str, str]]] = field(default_factory=dict)
    ranking: dict[str, float] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)


def _read(store: _Store) -> _Content:
    content = _Content()
    kinds = {"launches": "launch", "campaigns": "campaign"}
    for key in store.names():
        kind, _, rest = key.partition(":")
        if kind == "brand":
            content.brands[rest] = store.hash(key)
        elif kind == "ledger":
            lines = store.hash(key)
            content.ledgers[rest] = {day: json.loads(line) for day, line in lines.items()}
        elif kind == "brands":
            content.partitions[rest] = store.set(key)
        elif kind in kinds:
            content.indexes[kinds[kind], rest] = {unquote(member) for member in store.zset(key)}
        elif kind in kinds.values():
            brand, _, name = rest.partition(":")
            content.results.setdefault((kind, brand), {})[unquote(name)] = store.hash(key)
        elif key == "rank:influence_index":
            content.ranking = store.zset(key)
        elif kind not in {"history", "heartbeat", "alert"} and key not in {"updates", "alerts"}:
            content.strange.append(key)
    return content


class _Store:
    """Reads text from a Redis client, whether or not it decodes responses itself."""

    def __init__(self, client: Redis, prefix: str) -> None:
        self._client: Any = client
        self._prefix = prefix

    def names(self) -> list[str]:
        """Return all keys under the prefix, without it."""
        glob = re.sub(r"([\\*?\[\]])", r"\\\1", self._prefix) + "*"
        found = {_text(key) for key in self._client.scan_iter(match=glob, count=1000)}
        return sorted(key.removeprefix(self._prefix) for key in found)

    def hash(self, name: str) -> dict[str, str]:
        """Return a hash."""
        content = self._client.hgetall(self._prefix + name)
        return {_text(field): _text(value) for field, value in content.items()}

    def set(self, name: str) -> set[str]:
        """Return a set."""
        return {_text(member) for member in self._client.smembers(self._prefix + name)}

    def zset(self, name: str) -> dict[str, float]:
        """Return the members of a sorted set with their scores."""
        pairs = self._client.zrange(self._prefix + name, 0, -1, withscores=True)
        return {_text(member): score for member, score in pairs}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
