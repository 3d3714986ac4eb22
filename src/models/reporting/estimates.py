"""Shares and their intervals as text."""

from math import isnan

from ..studies.class_scores import Estimate


def say_share(share: float) -> str:
    """Return a share with three digits, or a dash where there is nothing to divide by."""
    return "–" if isnan(share) else f"{share:.3f}"


def say_value(estimate: Estimate) -> str:
    """Return the same of one with an interval."""
    return say_share(estimate.value)


def say_span(estimate: Estimate) -> str:
    """Return the ends of its interval, for a table.

    Examples
    --------
    >>> say_span(Estimate(0.5, 0.4, 0.6))
    '0.40 to 0.60'
    """
    return "" if isnan(estimate.low) else f"{estimate.low:.2f} to {estimate.high:.2f}"


def say_interval(estimate: Estimate) -> str:
    """Return the interval, as a note to the share."""
    return "" if isnan(estimate.low) else f"95 %: {estimate.low:.3f} to {estimate.high:.3f}"


def value_or_one(estimate: Estimate) -> float:
    """Return the share by which the worst come first, and what has none last."""
    return 1.0 if isnan(estimate.value) else estimate.value
