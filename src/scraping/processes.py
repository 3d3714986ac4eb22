"""Processes that do not outlive whoever started them."""

import ctypes
import os
import signal
import sys
from typing import Final

# From <linux/prctl.h>: the signal that a process gets when the thread that started it ends.
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask the system to end this process as soon as its parent has gone, even by SIGKILL.

    Only Linux can; elsewhere a worker notices by the end of its pipe.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def lead_own_session(parent_pid: int) -> None:
    """Make this process the leader of a session, so that all it starts can be ended with it.

    Parameters
    ----------
    parent_pid : int
        Who started it; if that process has gone already, this one ends here.
    """
    os.setsid()
    die_with_parent()
    if os.getppid() != parent_pid:
        os._exit(1)


def end_session(leader_pid: int) -> None:
    """End a session's leader and everything it started: chromedriver and its browser too."""
    try:
        os.killpg(leader_pid, signal.SIGKILL)
    except ProcessLookupError:
        return
