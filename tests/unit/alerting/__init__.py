"""Tests of detectors, their calibration, and alerts over whole worlds."""
