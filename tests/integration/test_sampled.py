"""Brands with more authors than a sample holds: Redis is within the bounds that it states."""

from __future__ import annotations

import json

from tests.integration.rig.waiting import eventually
from tests.integration.stand import PARTITIONS, MakeStand, first_on_kafka
from tests.oracle.compare import redis_differences
from tests.oracle.worlds import Rates, world

SLACK = 2.0
"""Bounds hold for 95 % of estimates, and some dozens are compared; twice as wide, for all."""

PREFIX = "influence:v1:"


@first_on_kafka
def test_estimates_are_within_their_bounds(make_stand: MakeStand) -> None:
    crowd = world(
        51,
        brands=1,
        days=2,
        mentions_a_day=8_000,
        tickets_a_day=0,
        authors=12_000,
        launches=False,
        rates=Rates(late=0.05, duplicate=0.05),
    )
    stand = make_stand(crowd)
    stand.worker().wait_ready()
    stand.produce(crowd)
    expected = stand.expected()

    def within() -> bool:
        with stand.redis.client() as client:
            found = redis_differences(expected, client, PREFIX, PARTITIONS, bound_slack=SLACK)
        assert not found, found[:5]
        return True

    eventually(within, 40.0, what="Redis is within its bounds", every=0.5)
    with stand.redis.client() as client:
        for brand in expected.brands:
            assert expected.sampled(brand, "advocates_24h"), "no sample was full"
            stated = client.hmget(
                f"{PREFIX}brand:{brand}", "advocacy_24h_bound", "advocacy_28d_bound"
            )
            assert all(0 < float(bound) < 0.2 for bound in stated), stated

    # Which authors a sample keeps is no matter of chance: a replay estimates the very same.
    file = stand.directory / "crowd.ndjson"
    file.write_text("".join(json.dumps(event) + "\n" for event in crowd))
    stand.assert_equal_to_replay(file.name)
