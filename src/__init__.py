"""Say what colour an artwork is, learned from a museum site, with classical machine learning."""

__version__ = "0.1.0"
