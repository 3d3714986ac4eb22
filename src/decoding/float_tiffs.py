"""TIFFs whose colours are floats, as raw developers and science write them: Pillow opens none."""

from contextlib import suppress
from typing import IO, Any, Final, cast

import cv2
import numpy as np
from cv2.utils import logging
from numpy.typing import NDArray
from PIL import Image, ImageFile
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from .levels import scale_to_eight_bits

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _SAMPLES, _SAMPLE_FORMAT = 256, 257, 258, 262, 277, 339
_PROFILE: Final = 34675
_RGB: Final = 2
_FLOAT: Final = {3}
_BIG_TIFF: Final = 43


def read_tiff(file: IO[bytes]) -> Image.Image:
    """Read the header of a TIFF; of floats if Pillow's reader does not know its kind of pixels."""
    try:
        return TiffImageFile(file)
    except SyntaxError:
        with suppress(SyntaxError):
            file.seek(0)
            image = FloatTiff(file)
            if image.is_of_floats:
                return image
        raise


class FloatTiff(ImageFile.ImageFile):
    """A TIFF of red, green and blue in floats, which become 8 bits as those of a grey one do."""

    format = "TIFF"
    format_description = "TIFF of floats"

    def _open(self) -> None:
        file = cast(IO[bytes], self.fp)
        head = file.read(8)
        if head[2] == _BIG_TIFF:
            head += file.read(8)
        self._tags = tags = ImageFileDirectory_v2(head)
        file.seek(tags.next)
        tags.load(file)
        self._size = (tags[_WIDTH], tags[_HEIGHT])
        self._mode = "RGB"
        if isinstance(profile := tags.get(_PROFILE), bytes):
            self.info["icc_profile"] = profile

    @property
    def is_of_floats(self) -> bool:
        """Whether these are three floats a pixel."""
        tags = self._tags
        kind = (tags.get(_PHOTOMETRIC), tags.get(_SAMPLES), set(tags.get(_SAMPLE_FORMAT, ())))
        return kind == (_RGB, 3, _FLOAT) and set(tags[_BITS]) <= {32, 64}

    def load(self) -> Any:
        """Decode the pixels, once."""
        if self._im is None:
            found = _decode_colors(cast(IO[bytes], self.fp))
            # Upright by now, so that nothing is told of how it was turned.
            self._size = found.shape[1::-1]
            self.im = Image.fromarray(scale_to_eight_bits(found[..., ::-1])).im
        return super().load()


def _decode_colors(file: IO[bytes]) -> NDArray[np.floating]:
    """Let OpenCV decode a file whose header was looked at."""
    file.seek(0)
    # It would write a line on standard error for each tag that it does not know.
    level = logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        found = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        found = None
    finally:
        logging.setLogLevel(level)
    if found is None or found.shape[2:] != (3,):
        raise OSError("broken data stream when reading image file")
    return cast(NDArray[np.floating], found)
