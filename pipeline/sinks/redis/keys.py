"""Names of the keys in Redis; what each holds is in the public contract."""

from __future__ import annotations

from urllib.parse import quote

DEFAULT_PREFIX = "influence:v1:"


def encoded(name: str) -> str:
    """Return a launch's or campaign's name percent-encoded, safe within a key."""
    # A lone surrogate is legal in JSON and must not stop the publication of its brand.
    return quote(name, safe="", errors="surrogatepass")


class Keys:
    """Builds key names under one prefix.

    Args:
        prefix: Put before every key; ends with a separator by convention.
    """

    def __init__(self, prefix: str = DEFAULT_PREFIX) -> None:
        self.prefix = prefix
        self.updates = f"{prefix}updates"
        self.rank = f"{prefix}rank:influence_index"
        self.alerts = f"{prefix}alerts"

    def brand(self, brand: str) -> str:
        """Hash of all snapshot fields."""
        return f"{self.prefix}brand:{brand}"

    def ledger(self, brand: str) -> str:
        """Hash of one field a day."""
        return f"{self.prefix}ledger:{brand}"

    def history(self, brand: str) -> str:
        """Stream of one entry an hour."""
        return f"{self.prefix}history:{brand}"

    def alert(self, brand: str, kind: str) -> str:
        """Hash of the current state and evidence of one alert."""
        return f"{self.prefix}alert:{brand}:{kind}"

    def index(self, kind: str, brand: str) -> str:
        """Sorted set of a brand's launches or campaigns; ``kind`` is ``launch`` or ``campaign``."""
        return f"{self.prefix}{kind}{'es' if kind == 'launch' else 's'}:{brand}"

    def activity(self, kind: str, brand: str, member: str) -> str:
        """Hash of one launch or campaign; ``member`` is its encoded name."""
        return f"{self.prefix}{kind}:{brand}:{member}"

    def brands(self, partition: int) -> str:
        """Set of the brands that the partition's owner publishes."""
        return f"{self.prefix}brands:{partition}"

    def heartbeat(self, partition: int) -> str:
        """Wall clock of the partition's owner."""
        return f"{self.prefix}heartbeat:{partition}"
