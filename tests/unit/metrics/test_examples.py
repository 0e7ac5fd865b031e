"""The worked example in every metric module's docstring is true."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "pipeline.metrics.activation",
    "pipeline.metrics.activity_results",
    "pipeline.metrics.advocacy",
    "pipeline.metrics.author_errors",
    "pipeline.metrics.backlog",
    "pipeline.metrics.business_time",
    "pipeline.metrics.campaign",
    "pipeline.metrics.consistency",
    "pipeline.metrics.csat",
    "pipeline.metrics.erlang",
    "pipeline.metrics.goodwill",
    "pipeline.metrics.impairment",
    "pipeline.metrics.influence_index",
    "pipeline.metrics.ledger",
    "pipeline.metrics.mentions",
    "pipeline.metrics.messaging_dependence",
    "pipeline.metrics.net_sentiment",
    "pipeline.metrics.number",
    "pipeline.metrics.offered_load",
    "pipeline.metrics.reopen",
    "pipeline.metrics.share_of_voice",
    "pipeline.metrics.sla",
    "pipeline.metrics.snapshot",
    "pipeline.metrics.staffing",
    "pipeline.metrics.structural",
    "pipeline.metrics.student",
    "pipeline.metrics.support",
    "pipeline.metrics.ticket_rates",
    "pipeline.metrics.vanity",
    "pipeline.metrics.waiting_times",
    "pipeline.state.audience",
    "pipeline.state.carry",
    "pipeline.state.days",
    "pipeline.state.impairment",
    "pipeline.state.tiers",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0
