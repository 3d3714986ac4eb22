"""The large measurements of a scrape and of the service: ``python -m benchmarks.soak``."""
