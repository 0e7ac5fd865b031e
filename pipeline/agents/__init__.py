"""Agents, ownership, flush and publication: the moving parts of a worker."""
