"""How well the detectors detect: simulated fleets, drops, and the rule that they compete with."""
