"""What failed in bulk work, told while it goes on."""

import sys

from tqdm import tqdm

from ..edges import report_error


class FailureReports:
    """Reports each failure on standard error, above any progress bar there, and counts them.

    Examples
    --------
    >>> report = FailureReports()
    >>> report("cannot read a.jpg: it is empty")  # error: cannot read a.jpg: it is empty
    >>> report.count
    1
    """

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, text: object) -> None:
        """Report a failure."""
        self.count += 1
        with tqdm.external_write_mode(file=sys.stderr):
            report_error(text)
