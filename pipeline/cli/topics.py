"""``influence topics``: creates what is missing."""

from __future__ import annotations

from pipeline.cli.output import JsonOption, print_json, print_table


def topics(as_json: JsonOption = False) -> None:
    """Create the topics that are missing and check those that are there; safe to repeat."""
    from pipeline import settings
    from pipeline.cli import logging
    from pipeline.clock import WallClock
    from pipeline.sources.provision import provision

    logging.quiet()
    result = provision(settings.load().kafka, WallClock())
    if as_json:
        print_json(
            {
                "topics": [
                    {"name": topic.name, "partitions": topic.partitions, "created": topic.created}
                    for topic in result
                ]
            }
        )
        return
    rows = [
        (topic.name, str(topic.partitions), "created" if topic.created else "was there")
        for topic in result
    ]
    print_table("Topics", ("topic", "partitions", ""), rows)
