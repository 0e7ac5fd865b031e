"""Tests against real servers, started by the rig."""
