"""Prometheus: series of brands and of the machine, and the server that exposes them."""

from pipeline.sinks.prometheus.brands import BrandMetrics
from pipeline.sinks.prometheus.machine import MachineMetrics
from pipeline.sinks.prometheus.server import MetricsServer

__all__ = ["BrandMetrics", "MachineMetrics", "MetricsServer"]
