"""Headers of still and animated images, read by Pillow without decoding a pixel. Runs only in the probe's child."""

from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from models.errors import CorruptFile, DecompressionBomb

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "AVIF")
MIME_TYPES = {"MPO": "image/jpeg", "ICO": "image/x-icon"}
ANIMATION_FACTOR = 10
"""All frames of an animation together may have this many times the pixels of one image."""
ORIENTATION = 0x0112

Image.MAX_IMAGE_PIXELS = None


def measure(path: Path, max_pixels: int) -> tuple[str, str, dict[str, Any]]:
    """Type, kind and ``width, height`` (as shown, turned by EXIF), ``frames``, ``alpha``."""
    _refuse_huge_webp(path, max_pixels)
    try:
        with Image.open(path, formats=FORMATS) as image:
            _refuse(image.width * image.height, max_pixels)
            frames = int(getattr(image, "n_frames", 1))
            _refuse(image.width * image.height * frames, max_pixels * (ANIMATION_FACTOR if frames > 1 else 1))
            width, height = _turned(image)
            details = {"width": width, "height": height, "frames": frames, "alpha": image.has_transparency_data}
            return MIME_TYPES.get(str(image.format), Image.MIME[str(image.format)]), "image", details
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError) as error:
        raise CorruptFile(reason="unreadable header") from error


def _turned(image: Image.Image) -> tuple[int, int]:
    """Pillow decodes a PNG to look for EXIF behind the pixels; one that stands in front is enough for us."""
    if image.format == "PNG" and "exif" not in image.info:
        return image.size
    sideways = int(image.getexif().get(ORIENTATION) or 1) >= 5
    return (image.height, image.width) if sideways else image.size


def _refuse(pixels: int, limit: int) -> None:
    if pixels > limit:
        raise DecompressionBomb(found=f"{pixels / 1e6:.0f} megapixels", limit=f"{limit / 1e6:.0f} megapixels")


def _refuse_huge_webp(path: Path, limit: int) -> None:
    """libwebp's animation decoder, which Pillow opens every WebP with, allocates its canvases at once.

    Canvas sizes after https://developers.google.com/speed/webp/docs/riff_container.
    """
    with path.open("rb") as file:
        head = file.read(30)
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return
    if head[12:16] == b"VP8X":
        width = 1 + int.from_bytes(head[24:27], "little")
        height = 1 + int.from_bytes(head[27:30], "little")
    elif head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width = int.from_bytes(head[26:28], "little") & 0x3FFF
        height = int.from_bytes(head[28:30], "little") & 0x3FFF
    _refuse(width * height, limit)
