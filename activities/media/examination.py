"""A closer look at an image or a video: its thumbnail, what the camera wrote, and whether it says that an engine
generated it. Runs only in the probe's child."""

from pathlib import Path
from typing import Any

import av
from PIL import ExifTags, Image, ImageOps

from activities.media import labels, recording_labels
from activities.media.labels import Label
from activities.media.pictures import FORMATS
from activities.media.recordings import OPTIONS, moving

EDGE = 320
QUALITY = 80
MOST_PIXELS = 64_000_000
"""Above this, what cannot be decoded at a smaller scale gets no thumbnail."""
POSTER_SECOND = 1.0
CAMERA = {
    "camera_make": ExifTags.Base.Make,
    "camera_model": ExifTags.Base.Model,
    "lens": ExifTags.Base.LensModel,
    "taken_at": ExifTags.Base.DateTimeOriginal,
    "iso": ExifTags.Base.ISOSpeedRatings,
    "aperture": ExifTags.Base.FNumber,
    "exposure_time": ExifTags.Base.ExposureTime,
    "focal_length": ExifTags.Base.FocalLength,
}
"""What is kept of EXIF; where a photo was taken is nobody's business and is left out."""
UNREADABLE = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, EOFError, av.FFmpegError)


def examine(order: dict[str, Any]) -> dict[str, Any]:
    """Answer an order ``{path, mime_type, thumbnail}`` with ``{details, thumbnail}``; never fails for the content."""
    path, target, family = Path(order["path"]), Path(order["thumbnail"]), order["mime_type"].partition("/")[0]
    try:
        if family == "image":
            return _image(path, target)
        if family == "video":
            return _video(path, target)
    except UNREADABLE:
        return {"details": {"damaged": True}, "thumbnail": False}
    return {"details": {}, "thumbnail": False}


def _image(path: Path, target: Path) -> dict[str, Any]:
    with Image.open(path, formats=FORMATS) as image:
        details = {"color_mode": image.mode, **_camera(image), **_label(labels.read(path))}
        image.draft("RGB", (EDGE, EDGE))
        if image.width * image.height > MOST_PIXELS:
            return {"details": details, "thumbnail": False}
        _write(ImageOps.exif_transpose(image), target)
    return {"details": details, "thumbnail": True}


def _video(path: Path, target: Path) -> dict[str, Any]:
    details = _label(recording_labels.read(path))
    with av.open(str(path), options=OPTIONS) as container:
        stream = moving(container)
        if stream is None:
            return {"details": details, "thumbnail": False}
        if (container.duration or 0) / av.time_base > 2 * POSTER_SECOND:
            container.seek(int(POSTER_SECOND * av.time_base))
        frame = next(container.decode(stream))
        picture = frame.to_image()  # type: ignore[no-untyped-call]
        _write(picture.rotate(frame.rotation, expand=True), target)
    return {"details": details, "thumbnail": True}


def _label(found: Label | None) -> dict[str, Any]:
    """What a file says of the engine that generated it, by the keys of GB 45438-2025."""
    return {} if found is None else {"aigc": found.facts()}


def _write(image: Image.Image, target: Path) -> None:
    alpha = image.has_transparency_data
    image = image.convert("RGBA" if alpha else "RGB")
    image.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    image.save(target, "WEBP", quality=QUALITY)


def _camera(image: Image.Image) -> dict[str, Any]:
    exif = image.getexif()
    tags = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    found = {name: _plain(tags.get(tag)) for name, tag in CAMERA.items()}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    """EXIF holds fractions, padded strings and bytes; JSON and PostgreSQL take numbers and text without NUL."""
    if value is None or isinstance(value, bytes):
        return None
    if isinstance(value, str):
        return value.replace("\0", "").strip()[:200]
    if isinstance(value, tuple):
        return _plain(value[0]) if value else None
    number = float(value)
    return round(number, 6) if number == number and abs(number) != float("inf") else None
