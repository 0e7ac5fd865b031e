"""Tests of single modules; no servers."""
