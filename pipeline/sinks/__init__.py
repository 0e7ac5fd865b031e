"""Where results go: Redis, Prometheus, and messages to Kafka."""
