"""Steadies a shaken stretch of video by vidstab, seeing a little before and after it, so that stretches meet.

vidstab moves each picture by the mean of the paths around it; with as many pictures of context as the mean looks at, a
stretch comes out as it would within the whole.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from . import ffmpeg
from .cutting import Span, between, opened, within
from .footage import Footage, upright

if TYPE_CHECKING:
    import numpy as np

LOOK = 20
"""Pictures on each side over whose paths the mean is taken."""
MARGIN = 2
ZOOM = 4.0
"""Percent by which pictures are enlarged, so that their moved rims are seldom seen."""


def steadied(footage: Footage, span: Span, scratch: Path, threads: int) -> ffmpeg.Stream:
    """The pictures of a span, steadied, with the source's own clock; two passes, the first of which runs at once."""
    shown = within(footage, span)
    wider = _wider(footage, shown)
    paths = scratch / "paths.trf"
    looked = upright(footage, opened(footage, wider, threads))
    looked = looked.filter("vidstabdetect", result=str(paths), shakiness=6, accuracy=12, fileformat="ascii")
    ffmpeg.run(ffmpeg.nowhere(looked), threads)
    stream = upright(footage, opened(footage, wider, threads))
    options = {"smoothing": LOOK, "zoom": ZOOM, "optzoom": 0, "interpol": "bilinear"}
    stream = stream.filter("vidstabtransform", input=str(paths), **options)
    first, end = (f"{round(float(tick * footage.tick) * 1e6)}us" for tick in (shown[0], shown[-1] + 1))
    return stream.filter("trim", start=first, end=end)


def _wider(footage: Footage, shown: "np.ndarray") -> Span:
    """The span with some pictures more at both ends."""
    import numpy as np

    first = max(0, int(np.searchsorted(footage.times, shown[0])) - LOOK - MARGIN)
    last = min(footage.frames - 1, int(np.searchsorted(footage.times, shown[-1])) + LOOK + MARGIN)
    before = footage.keys[footage.keys <= footage.times[first]]
    key = int(before[-1]) if len(before) else int(footage.times[0])
    return between(footage, int(footage.times[first]), int(footage.times[last]), key)
