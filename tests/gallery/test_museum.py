import os
import signal
import subprocess
import sys

import psutil
import pytest

from src.errors import ConfigError
from src.gallery.museum import Museum


def test_museum_with_wrong_options_says_that_it_did_not_start(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ConfigError, match="did not start"):
        Museum("--works", "many").__enter__()
    assert capfd.readouterr().err.startswith("error: cannot read the number of works ('many')")


def test_museum_ends_with_the_process_that_opened_it() -> None:
    script = (
        "import time; from src.gallery.museum import Museum\n"
        "with Museum('--works', 'RED=1') as m: print(m.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    served = psutil.Process(int(owner.stdout.readline()))
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    assert psutil.wait_procs([served], timeout=10)[1] == []
