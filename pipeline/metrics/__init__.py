"""Every metric as a pure function of state and an evaluation time."""
