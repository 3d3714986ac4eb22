"""The large measurements of a scrape against the museum: ``python -m benchmarks.soak``."""
