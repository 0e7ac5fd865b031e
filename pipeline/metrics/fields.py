"""The fields of a snapshot, version 1, in the order in which they are published.

``schemas/snapshot.v1.json`` describes each of them; a test holds both equal. Every value is text.
"""

from __future__ import annotations

WINDOWS: tuple[str, ...] = ("1h", "24h", "7d", "28d")
"""The windows of advocacy, detraction and mentions, shortest first."""

STATE_SUFFIX = "_state"
"""A field that cannot be known is absent, and this beside its name says why."""
BOUND_SUFFIX = "_bound"
"""Relative 95 % half-width of a sampled value, beside its name; absent where it is exact."""

INSUFFICIENT = "insufficient"
LOWER_BOUND = "lower_bound"
BEYOND_HORIZON = "beyond_horizon"

STATES: tuple[str, ...] = (
    INSUFFICIENT,
    "stale",
    "not_implemented",
    LOWER_BOUND,
    BEYOND_HORIZON,
)
"""What a state can be; only ``lower_bound`` stands beside a value."""

_ADVOCACY = tuple(f"advocacy_{window}" for window in WINDOWS)
_DETRACTION = tuple(f"detraction_{window}" for window in WINDOWS)
_ADVOCATES = ("advocates_24h", "advocates_7d", "advocates_28d")

BOUNDED_FIELDS: frozenset[str] = frozenset((*_ADVOCACY, *_DETRACTION, *_ADVOCATES))
"""The fields read from author samples: each may have a bound."""

ALWAYS_KNOWN: frozenset[str] = frozenset(("as_of", "version"))
"""The fields that have no state."""

BUSINESS_FIELDS: tuple[str, ...] = (
    "first_reply_business_seconds_p50_28d",
    "first_reply_business_seconds_p90_28d",
    "resolution_business_seconds_p50_28d",
    "resolution_business_seconds_p90_28d",
    "sla_breach_business_ratio_28d",
)
"""The variants by business hours; only of brands whose entry in the brand book has hours."""

SNAPSHOT_FIELDS: tuple[str, ...] = (
    "influence_index",
    "influence_index_basis",
    "goodwill",
    "goodwill_low",
    "goodwill_high",
    "goodwill_net",
    *_ADVOCACY,
    *_DETRACTION,
    *_ADVOCATES,
    "consistency",
    "activation",
    "activation_low",
    "activation_high",
    "messaging_dependence",
    *(f"mentions_{window}" for window in WINDOWS),
    "mentions_unscored_28d",
    "mentions_retracted_28d",
    "share_of_voice_28d",
    "totals_as_of",
    "net_sentiment_28d",
    "vanity_likes_28d",
    "vanity_shares_28d",
    "vanity_followers_28d",
    "vanity_clicks_28d",
    "tickets_opened_24h",
    "tickets_opened_28d",
    "tickets_open",
    "tickets_waiting",
    "oldest_open_seconds",
    "offered_load_agents",
    "required_agents",
    "required_agents_peak",
    "required_staff",
    "backlog_agent_hours",
    "first_reply_seconds_p50_28d",
    "first_reply_seconds_p90_28d",
    "resolution_seconds_p50_28d",
    "resolution_seconds_p90_28d",
    "reopen_ratio_28d",
    "sla_breach_ratio_28d",
    "csat_ratio_28d",
    "tickets_per_1k_mentions_28d",
    "tickets_per_1k_customers_28d",
    "as_of",
    "version",
)
"""All fields of a snapshot but bounds, states and variants, in the order of the contract."""
