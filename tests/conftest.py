import os
import signal
from pathlib import Path

from hypothesis import settings

# Processes that tests start elsewhere find `src` here; installed, the package is called artlens.
ROOT = str(Path(__file__).resolve().parents[1])
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))

# The same examples in every run, and no verdict by the clock of a busy machine.
settings.register_profile("artlens", derandomize=True, deadline=None)
settings.load_profile("artlens")

# A shell's background job ignores interrupts and hands that on; the tests of Ctrl-C need them.
signal.signal(signal.SIGINT, signal.default_int_handler)
