"""Reads and writes still pictures so that every tool treats rotation, color profiles, alpha and odd formats alike."""

import ctypes
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from models.errors import CorruptFile, DecompressionBomb, OutputTooLarge, UnsupportedType

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

Format = Literal["png", "jpeg", "webp"]
MIME_TYPES: dict[str, str] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
SUFFIXES: dict[str, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
MOST_SIDE: dict[str, int] = {"png": 1_000_000, "jpeg": 65_500, "webp": 16_383}
MOST_PIXELS = 200_000_000
QUALITY = 92
LARGE = 100_000_000
"""Bytes of a picture before whose encoding free memory is given back."""
DEEP_MODES = ("I;16", "I;16B", "I;16L", "I", "F")
ORIENTATION, EXIF_IFD, MAKER_NOTE = 0x0112, 0x8769, 0x927C
PRIVATE_OR_STALE = frozenset({0x8825, 0x02BC, 0x83BB, ORIENTATION, 0x0100, 0x0101})
"""GPS, XMP, IPTC (both may repeat the place), and what is no longer true of an upright copy: orientation, sizes."""


@dataclass(frozen=True)
class Picture:
    """A picture, upright. ``pixels``: uint8 RGB, H x W x 3; ``alpha``: uint8, H x W, or None when it is opaque.

    ``icc`` is the profile that ``pixels`` are in (None: sRGB); ``exif`` is without place, maker notes and orientation.
    ``frames`` counts those of an animation, of which this is the first.
    """

    pixels: "np.ndarray"
    alpha: "np.ndarray | None" = None
    icc: bytes | None = None
    exif: bytes | None = None
    frames: int = 1

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])


def read_image(path: Path, most_pixels: int = MOST_PIXELS) -> Picture:
    """Decode any picture that Pillow knows to 8 bits RGB; the first frame of an animation.

    Raises ``UnsupportedType`` (no picture), ``CorruptFile`` (cut off), ``DecompressionBomb`` (too many pixels).
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(path) as image:
                if image.width * image.height > most_pixels:
                    raise DecompressionBomb(found=f"{image.width}x{image.height}", limit=f"{most_pixels} px")
                image.load()
                frames, icc, exif = int(getattr(image, "n_frames", 1)), image.info.get("icc_profile"), _exif(image)
                upright = ImageOps.exif_transpose(image)
                color, alpha, kept = _to_rgb(upright, icc)
        except UnidentifiedImageError as error:
            raise UnsupportedType(found=path.suffix or "?") from error
        except Image.DecompressionBombError as error:
            raise DecompressionBomb(found="?", limit=f"{most_pixels} px") from error
        except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow's decoders raise for broken files
            raise CorruptFile(reason=str(error)[:200]) from error
    return Picture(np.asarray(color), None if alpha is None else np.asarray(alpha), kept, exif, frames)


def _to_rgb(image: "Image.Image", icc: bytes | None) -> "tuple[Image.Image, Image.Image | None, bytes | None]":
    """RGB, alpha unless it is full everywhere, and the profile if it still fits (grey and CMYK ones become sRGB)."""
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        alpha = None if alpha.getextrema() == (255, 255) else alpha
    elif image.mode in DEEP_MODES:
        image = _shallow(image)
    if image.mode in ("RGB", "RGBA", "P", "RGBX"):
        return image.convert("RGB"), alpha, icc
    return (_through_profile(image, icc) if icc else None) or image.convert("RGB"), alpha, None


def _shallow(image: "Image.Image") -> "Image.Image":
    """16 bit and float grey to 8 bits; floats up to 1 are taken as fractions."""
    import numpy as np
    from PIL import Image

    values = np.nan_to_num(np.asarray(image, np.float32))
    top = float(values.max(initial=0))
    scale = 255.0 if image.mode == "F" and top <= 1 else 255 / 65535 if top > 255 else 1.0
    return Image.fromarray(np.clip(values * scale + 0.5, 0, 255).astype(np.uint8))


def _through_profile(image: "Image.Image", icc: bytes) -> "Image.Image | None":
    """In sRGB, or None if the profile does not fit the picture."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None


def into_profile(pixels: "np.ndarray", source: bytes | None, target: bytes | None) -> "np.ndarray":
    """Colors (uint8, H x W x 3) from one profile into another, None being sRGB; unchanged if a profile is broken."""
    import numpy as np
    from PIL import Image, ImageCms

    if source == target:
        return pixels
    try:
        one, other = (
            ImageCms.ImageCmsProfile(io.BytesIO(icc)) if icc else ImageCms.createProfile("sRGB")
            for icc in (source, target)
        )
        moved = ImageCms.profileToProfile(Image.fromarray(pixels), one, other, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return pixels
    return np.asarray(moved)


def _give_back() -> None:
    """Return what was freed to the system, which glibc does not by itself: the encoder is about to make a copy."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _exif(image: "Image.Image") -> bytes | None:
    """The tags worth keeping, or None if there are none."""
    from PIL import Image

    found, kept = image.getexif(), Image.Exif()
    for tag, value in found.items():
        if tag not in PRIVATE_OR_STALE and tag != EXIF_IFD:
            kept[tag] = value
    details = {tag: value for tag, value in found.get_ifd(EXIF_IFD).items() if tag != MAKER_NOTE}
    if details:
        kept.get_ifd(EXIF_IFD).update(details)
    return kept.tobytes() if len(kept) or details else None


def write_image(
    path: Path,
    pixels: "np.ndarray",
    kind: Format,
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    quality: int = QUALITY,
) -> None:
    """Encode uint8 grey, RGB or RGBA (H x W, x 3 or x 4). ``OutputTooLarge`` beyond the format's sides; JPEG has no
    alpha; ``quality`` (1..95) counts for JPEG and WebP."""
    from PIL import Image

    height, width = pixels.shape[:2]
    if max(height, width) > MOST_SIDE[kind]:
        raise OutputTooLarge(megapixels=round(height * width / 1e6, 1), limit=f"{MOST_SIDE[kind]} px a side ({kind})")
    if pixels.nbytes > LARGE:
        _give_back()
    options: dict[str, Any] = {
        "png": {"compress_level": 3},
        "jpeg": {"quality": quality, "subsampling": 0, "optimize": pixels.size < 30_000_000},
        "webp": {"quality": quality, "method": 3, "alpha_quality": 100},
    }[kind]
    extra = {key: value for key, value in (("icc_profile", icc), ("exif", exif)) if value}
    Image.fromarray(pixels).save(path, kind.upper(), **options, **extra)
