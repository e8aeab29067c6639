"""Implicit labels of generated video and sound: the same facts as a picture's, as the tag ``AIGC`` of the container.

TC260-PG-20258A puts it into the metadata of MP4 and its like; MP3 takes it as a text frame of ID3. WAV has no place for
it. A label is written by copying the streams: no frame is decoded.
"""

from pathlib import Path
from typing import Any

from .labels import Label

TAG = "AIGC"
SUFFIXES = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/webm": ".webm",
}
"""Types of files that can carry a label here, with the ending by which FFmpeg knows how to write them."""
MOV = frozenset({".mp4", ".mov", ".m4a"})


def read(path: Path) -> Label | None:
    """The label of a recording, or None; reads its head alone, and never fails for content."""
    import av

    from .recordings import OPTIONS

    try:
        with av.open(str(path), options=OPTIONS) as container:
            tags = {name.upper(): value for name, value in container.metadata.items()}
    except (av.FFmpegError, ValueError, OSError):
        return None
    return Label.parsed(tags.get(TAG, ""))


def add(path: Path, label: Label, mime_type: str) -> None:
    """Write the label into a file of ours, of a type of ``SUFFIXES``; raises what ``ffmpeg.run`` does."""
    from . import ffmpeg

    suffix = SUFFIXES[mime_type]
    fresh = path.with_name(f"{path.stem}.labeled{suffix}")
    options: dict[str, Any] = {
        "c": "copy",
        "map": 0,
        "metadata": f"{TAG}={label.json()}",
        "fflags": "+bitexact",
    }
    if suffix in MOV:
        options["movflags"] = "use_metadata_tags+faststart"
    try:
        ffmpeg.run(ffmpeg.output(ffmpeg.source(path), fresh, 1, **options), 1)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
