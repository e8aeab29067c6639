"""A bounded number of small pictures out of a video or a moving image, spread over all of it: enough to see what it
shows, and no more than a moment's work for an hour of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import CorruptFile

from .colors import WHITE, opaque
from .footage import readable
from .images import Picture, read_image
from .recordings import moving

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from av.video.frame import VideoFrame

MOST = 16
"""Pictures of one file."""
SIDE = 512
"""Longer side of a video's pictures, in pixels."""
DECODED = 1500
"""Pictures that are decoded of a video with few key pictures; what comes later in it is not seen."""


def glimpses(path: Path, mime_type: str) -> "Iterator[np.ndarray]":
    """uint8 RGB, H x W x 3, at most ``MOST``; none of a file that is neither. Raises ``CorruptFile``,
    ``UnsupportedType`` and ``DecompressionBomb``."""
    if mime_type.startswith("video/"):
        yield from _of_video(path)
    elif mime_type.startswith("image/"):
        picture = read_image(path)
        yield opaque(picture, WHITE)
        yield from _later(path, min(DECODED, picture.frames))


def _of_video(path: Path) -> "Iterator[np.ndarray]":
    """Key pictures where there are enough of them, else pictures at even steps as far as we decode."""
    with readable(path) as container:
        shown = list(_key_pictures(container))
    if len(shown) < MOST:
        with readable(path) as container:
            shown = list(_decoded(container)) or shown
    yield from shown


def _key_pictures(container: "InputContainer") -> "Iterator[np.ndarray]":
    video = moving(container)
    if video is None or video.time_base is None:
        return
    start = video.start_time or 0
    length = video.duration or (container.duration or 0) / 1e6 / float(video.time_base)
    video.codec_context.skip_frame = "NONKEY"
    seen: set[int] = set()
    for number in range(MOST):
        container.seek(start + int(length * (number + 0.5) / MOST), stream=video, backward=True)
        frame = next(container.decode(video), None)
        if frame is not None and frame.pts is not None and frame.pts not in seen:
            seen.add(frame.pts)
            yield _small(frame)


def _decoded(container: "InputContainer") -> "Iterator[np.ndarray]":
    """Of the first ``DECODED`` pictures, every so many-th."""
    video = moving(container)
    if video is None:
        return
    video.thread_type = "AUTO"
    lasts = (container.duration or 0) / 1e6 * float(video.average_rate or 0)
    count = max(1, min(DECODED, video.frames or round(lasts)))
    wanted = {0} | {int(count * (number + 0.5) / MOST) for number in range(1, MOST)}
    for number, frame in enumerate(container.decode(video)):
        if number >= count:
            return
        if number in wanted:
            yield _small(frame)


def _small(frame: "VideoFrame") -> "np.ndarray":
    factor = min(1.0, SIDE / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * factor)), max(1, round(frame.height * factor))
    return frame.to_ndarray(format="rgb24", width=width, height=height)


def _later(path: Path, count: int) -> "Iterator[np.ndarray]":
    """Later pictures of a GIF, a WebP or an APNG that moves, of the first ``count``."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        for number in sorted({round(count * each / MOST) for each in range(1, MOST)} - {0, count}):
            try:
                image.seek(number)
                rgba = np.asarray(image.convert("RGBA"))
            except (OSError, SyntaxError, ValueError, EOFError) as error:
                raise CorruptFile(reason=str(error)[:200]) from error
            yield opaque(Picture(rgba[:, :, :3], rgba[:, :, 3]), WHITE)
