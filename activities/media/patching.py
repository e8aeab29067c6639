"""Fills what a mark hid on a video, region by region: only a region's pixels leave FFmpeg, all else stays within.

The region is read, filled from its own surroundings picture by picture, written to a small lossless file, and laid
over the video in the same pass that encodes it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import ffmpeg
from .cutting import Span, encode, opened, within
from .footage import Footage, even, upright

if TYPE_CHECKING:
    import numpy as np

    from .overlays import Overlay

AROUND = 0.35
"""Of a region's shorter side that is looked at around it, and pixels at least."""
LEAST_AROUND = 12
WIDER = 0.006
"""Share of the frame's width by which masks grow, for soft rims and what encoding smeared."""
PACE = 25
"""Pictures a second while they have no times of their own."""
RADIUS = 4
"""Pixels from which Telea's filling takes its colors."""
LARGE = 5000
"""Pixels of a hole that are filled one by one; a larger one is filled on a copy where it has about so many."""
SMOOTH = 0.5
"""How much of the filled pixels comes from the picture before where the surroundings have not changed."""
SAME = 6.0
"""Mean change of the surroundings up to which a picture counts as unchanged."""


@dataclass(frozen=True)
class Patch:
    """A region with even sides. ``mask``: bool, height x width, what is filled."""

    left: int
    top: int
    mask: "np.ndarray"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.mask.shape[1]), int(self.mask.shape[0])


def patches(footage: Footage, overlays: "Sequence[Overlay]") -> list[Patch]:
    """The regions to read for these marks, each with some surroundings."""
    import cv2
    import numpy as np

    width, height = even(footage.width), even(footage.height)
    grown = max(3, round(WIDER * width))
    made = []
    for overlay in overlays:
        left, top, wide, high = overlay.box
        margin = max(LEAST_AROUND, round(AROUND * min(wide, high))) + grown
        x0, y0 = max(0, left - margin) // 2 * 2, max(0, top - margin) // 2 * 2
        x1, y1 = even(min(width, left + wide + margin)), even(min(height, top + high + margin))
        mask = np.zeros((height + high, width + wide), np.uint8)
        mask[top : top + high, left : left + wide] = overlay.mask
        cut = mask[y0:y1, x0:x1]
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grown + 1, 2 * grown + 1))
        made.append(Patch(x0, y0, cv2.dilate(cut, kernel) > 0))
    return made


def patched(
    footage: Footage,
    span: Span,
    regions: Sequence[Patch],
    path: Path,
    threads: int,
    report: Callable[[float], None],
    enable: tuple[float, float] | None = None,
    note: str = "",
) -> None:
    """Encode a span to ``path`` with the regions filled; ``enable``: from and to, in seconds of the source's clock."""
    import numpy as np

    shown = within(footage, span) * float(footage.tick)
    count, times = max(1, len(shown)), {}
    if enable is not None:
        first, end = np.searchsorted(shown, [enable[0] - 1e-4, enable[1] + 1e-4])
        times = {"enable": f"between(t,{(first - 0.5) / PACE:.6f},{(end - 0.5) / PACE:.6f})"}
    stream = _numbered(upright(footage, opened(footage, span, threads)))
    for number, region in enumerate(regions):
        piece = path.with_name(f"patch{number}.nut")
        _write(footage, span, region, piece, threads)
        report(0.5 * (number + 1) / len(regions))
        over = _numbered(ffmpeg.own(piece)).filter("scale", out_color_matrix=footage.colors, out_range="tv")
        place = {"x": region.left, "y": region.top, "eof_action": "pass"}
        stream = ffmpeg.combined([stream, over.filter("format", "yuv420p")], "overlay", **place, **times)
    encode(stream, path, threads, lambda seconds: report(min(1.0, 0.5 + 0.5 * seconds * PACE / count)), note=note)


def _numbered(stream: ffmpeg.Stream) -> ffmpeg.Stream:
    """Pictures at an even pace, by their number; the join gives them their own times again."""
    return stream.filter("setpts", f"N/{PACE}/TB")


def _write(footage: Footage, span: Span, region: Patch, path: Path, threads: int) -> None:
    """Read a region's pictures, fill each, and keep them without loss."""
    width, height = region.size
    stream = upright(footage, opened(footage, span, threads)).filter("crop", width, height, region.left, region.top)
    stream = stream.filter("scale", in_color_matrix=footage.colors, flags="accurate_rnd+full_chroma_int")
    frames = _filled(ffmpeg.read_frames(stream, width, height, threads), region.mask)
    options: dict[str, Any] = {"vcodec": "ffv1", "pix_fmt": "gbrp", "f": "nut"}
    made = ffmpeg.output(ffmpeg.raw(width, height, str(PACE)), path, threads, **options)
    ffmpeg.write_frames(made, frames, threads)


def _filled(frames: "Iterator[np.ndarray]", mask: "np.ndarray") -> "Iterator[np.ndarray]":
    """Each picture with what the mask covers filled from around it, calm where the surroundings are calm."""
    import numpy as np

    before: np.ndarray | None = None
    known: np.ndarray | None = None
    around = ~mask
    for frame in frames:
        filled = _inpainted(frame, mask)
        if before is not None and known is not None:
            change = np.abs(frame[around].astype(np.int16) - known[around]).mean() if around.any() else SAME
            share = SMOOTH * max(0.0, 1 - float(change) / SAME)
            filled[mask] = np.rint(share * before[mask] + (1 - share) * filled[mask])
        before, known = filled, frame
        yield filled


def _inpainted(frame: "np.ndarray", mask: "np.ndarray") -> "np.ndarray":
    """Telea's filling; of a large hole on a smaller copy, since nothing fine would come out of it."""
    import cv2
    import numpy as np

    factor = max(1, round(float(np.sqrt(mask.sum() / LARGE))))
    size = (max(2, frame.shape[1] // factor), max(2, frame.shape[0] // factor))
    hole = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    made = cv2.inpaint(small, hole.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
    grown = cv2.resize(made, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_CUBIC)
    filled = frame.copy()
    filled[mask] = grown[mask]
    return filled
