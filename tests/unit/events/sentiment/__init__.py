"""Tests of the scorers of texts."""
