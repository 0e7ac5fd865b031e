"""Apache Kafka as a local process, without a container."""
