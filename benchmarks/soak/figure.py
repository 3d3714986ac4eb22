"""What one measurement came to, beside what it has to come to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result.

    Attributes
    ----------
    what : str
        What was measured, and under which circumstances.
    measured, required : str
        In words and numbers.
    holds : bool
        Whether the one is as good as the other asks.
    """

    what: str
    measured: str
    required: str
    holds: bool

    def __str__(self) -> str:
        """Return the line that is printed."""
        verdict = "ok   " if self.holds else "SHORT"
        return f"{verdict} {self.what}: {self.measured} (required: {self.required})"
