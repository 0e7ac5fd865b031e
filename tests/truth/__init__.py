"""Proof of the metrics on worlds whose truth is known.

One module a metric, each with ``prove(seeds)``: it builds a world a seed, feeds the metric what the
pipeline would remember of it, and holds the result against the truth. ``make truth`` runs them all
on a thousand worlds each and writes the table in ``pipeline/metrics/README.md``; ``make test`` runs
a fixed few of them, with limits widened by what so few can tell.
"""
