"""Any source -> uint8 pixels at the working size: the only decoder."""

from typing import Final

WORKING_SIZE: Final = 218
