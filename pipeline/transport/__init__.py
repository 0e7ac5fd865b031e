"""Faust's Kafka transport with record batches, and the store that recovers by applied offset."""
