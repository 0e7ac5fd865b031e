"""Tests of the sinks without a server."""
