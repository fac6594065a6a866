"""Runs and processes in numbers, for Prometheus: the only place that imports prometheus-client."""
