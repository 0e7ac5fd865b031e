"""The error tree: one class for each reaction that an error calls for.

Drivers' errors (aiokafka, redis, kafka-python, the operating system) are mapped to these once, at
the edge that owns the driver. Whoever catches one knows from its class what to do:

* :class:`Retry` - the outside world is not ready; the same call may work later.
* :class:`Reject` - this one record can never be applied; it becomes a dead letter.
* :class:`Stop` - going on would lose or corrupt data; the process ends and is started anew.
* :class:`Usage` - a person gave something that they can mend; one line on stderr, exit 2.
"""

from __future__ import annotations


class InfluenceError(Exception):
    """Base of everything this package raises on purpose."""


class Retry(InfluenceError):
    """A server did not answer or refused for now; try the same again later."""


class Reject(InfluenceError):
    """A record that can never be applied.

    ``reason`` is one of the values enumerated in ``schemas/dead_letter.v1.json``; ``detail`` says
    in words what is wrong with this record.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Stop(InfluenceError):
    """The process must end: state and log no longer agree, or durability was not confirmed."""


class Usage(InfluenceError):
    """Something a person can mend: a wrong option, setting or file. ``mend`` says how."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(f"{what}; {mend}" if mend else what)
        self.what = what
        self.mend = mend
