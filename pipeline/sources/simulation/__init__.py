"""A seeded simulator of brands whose truth is known, for trying out, demonstrations and tests.

A :mod:`~pipeline.sources.simulation.scenario` says what its brands are like and what happens to
them; :mod:`~pipeline.sources.simulation.feed` makes events of it, and
:mod:`~pipeline.sources.simulation.truth` says what the events truly stand for.
"""
