import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np, psutil
from src.service.memory import return_large_blocks

if sys.argv[1] == "set":
    return_large_blocks()
del_me = np.ones(30 << 20, np.uint8)
del del_me
blocks = [np.ones(2 << 20, np.uint8) for _ in range(50)]
before = psutil.Process().memory_info().rss
last = blocks.pop()
blocks.clear()
print((before - psutil.Process().memory_info().rss) >> 20)
"""


def returned_mb(word: str) -> int:
    command = [sys.executable, "-c", PROGRAM, word]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is glibc's behaviour")
def test_memory_of_large_pictures_goes_back_although_a_later_block_stays() -> None:
    assert returned_mb("set") > 80
