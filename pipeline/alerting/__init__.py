"""Detectors of alerts: pure functions of complete panes, and the state that outlives an hour."""
