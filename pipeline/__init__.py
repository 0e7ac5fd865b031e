"""Collective influence and support burden, computed as a stream."""

__version__ = "0.1.0"
