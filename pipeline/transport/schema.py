"""The schema that hands a batch to the agents untouched."""

from __future__ import annotations

from typing import Any

import faust
from faust.types import AppT, Message


class RawSchema(faust.Schema):  # type: ignore[type-arg]  # generic only for mypy
    """Delivers key and value as they are: decoding is ours, and an error there loses nothing.

    In stock Faust a record that fails to decode is acknowledged and gone.
    """

    def loads_key(self, app: AppT, message: Message, **kwargs: Any) -> Any:
        """Return the key as received."""
        return message.key

    def loads_value(self, app: AppT, message: Message, **kwargs: Any) -> Any:
        """Return the value as received: a list of records for a source topic."""
        return message.value
