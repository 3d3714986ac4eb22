"""Measurements against a plain reference, taken in the same run."""
