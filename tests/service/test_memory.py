import subprocess
import sys

import pytest

PREPARE = """
import resource
import numpy as np, psutil
from src.service.memory import return_large_blocks

return_large_blocks()
"""
LARGE = """
del_me = np.ones(30 << 20, np.uint8)
del del_me
blocks = [np.ones(5 << 20, np.uint8) for _ in range(20)]
before = psutil.Process().memory_info().rss
last = blocks.pop()
blocks.clear()
print((before - psutil.Process().memory_info().rss) >> 20)
"""
MIDDLING = """
def faults_of_a_picture():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [np.ones(3 << 20, np.uint8) for _ in range(4)]
    blocks.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(max([faults_of_a_picture() for _ in range(10)][1:]))
"""
ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is glibc's")


def outcome(program: str) -> int:
    command = [sys.executable, "-c", PREPARE + program]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@ON_LINUX
def test_memory_of_large_pictures_goes_back_although_a_later_block_stays() -> None:
    assert outcome(LARGE) > 80


@ON_LINUX
def test_middling_pictures_take_turns_on_the_same_memory() -> None:
    assert outcome(MIDDLING) < 100
