"""Where events come from other than Kafka: files, conversions of foreign data, and a simulator."""
