"""Tests: units, the oracle, and integration against real brokers."""
