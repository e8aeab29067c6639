"""Small real files of many kinds, made by the libraries that users' programs use."""

import io
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import imageio_ffmpeg
from PIL import Image
from sklearn.datasets import load_sample_image

RECORDINGS = {
    "clip.mp4": ["-f", "lavfi", "-i", "testsrc=d=2:s=320x180:r=10", "-f", "lavfi", "-i", "sine=d=2", "-shortest"],
    "clip.webm": ["-f", "lavfi", "-i", "testsrc=d=1:s=160x90:r=10"],
    "clip.mkv": ["-f", "lavfi", "-i", "testsrc=d=1:s=160x90:r=10"],
    "clip.avi": ["-f", "lavfi", "-i", "testsrc=d=1:s=160x90:r=10"],
    "tone.mp3": ["-f", "lavfi", "-i", "sine=d=2"],
    "tone.wav": ["-f", "lavfi", "-i", "sine=d=2"],
    "tone.m4a": ["-f", "lavfi", "-i", "sine=d=2"],
}


def photo() -> Image.Image:
    """A photograph of 640 x 427."""
    return Image.fromarray(load_sample_image("china.jpg"))


def image(kind: str, **options: object) -> bytes:
    """The photograph as ``kind``, a format of Pillow."""
    body = io.BytesIO()
    photo().save(body, kind, **options)
    return body.getvalue()


def animation(frames: int = 4) -> bytes:
    """A GIF of different frames."""
    body = io.BytesIO()
    pictures = [photo().resize((64, 43)).rotate(20 * number) for number in range(frames)]
    pictures[0].save(body, "GIF", save_all=True, append_images=pictures[1:])
    return body.getvalue()


def record(folder: Path, name: str) -> Path:
    """One of ``RECORDINGS``."""
    path = folder / name
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-v", "error", "-nostdin", "-y", *RECORDINGS[name], str(path)], check=True)
    return path


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", compression) as writer:
        for name, content in entries.items():
            writer.writestr(name, content)
    return body.getvalue()


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A few hundred bytes that say they are 900 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    """A WebP header of 16,383 x 16,383 pixels, which a decoder would allocate at once."""
    canvas = bytes(4) + (16_382).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + b"VP8L" + struct.pack("<I", 8) + b"\x2f" + bytes(7)
    return b"RIFF" + struct.pack("<I", len(body)) + body
