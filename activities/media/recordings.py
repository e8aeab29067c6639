"""Headers of audio and video, read by PyAV without decoding more than it must. Runs only in the probe's child."""

from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from models.errors import CorruptFile, DecompressionBomb

OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,matroska,avi,mp3,wav,flac,ogg,aac,mpegts,mpeg,flv,asf,aiff,amr,3gp",
    "probesize": "1000000",
    "analyzeduration": "2000000",
}
MIME_TYPES = {
    "matroska,webm": ("video/x-matroska", "audio/x-matroska"),
    "avi": ("video/x-msvideo", "audio/x-msvideo"),
    "mp3": ("video/mpeg", "audio/mpeg"),
    "wav": ("video/wav", "audio/wav"),
    "flac": ("video/flac", "audio/flac"),
    "ogg": ("video/ogg", "audio/ogg"),
    "aac": ("video/aac", "audio/aac"),
    "mpegts": ("video/mp2t", "audio/mp2t"),
    "mpeg": ("video/mpeg", "audio/mpeg"),
    "flv": ("video/x-flv", "audio/x-flv"),
    "asf": ("video/x-ms-wmv", "audio/x-ms-wma"),
    "aiff": ("video/aiff", "audio/aiff"),
    "amr": ("video/amr", "audio/amr"),
}
WEBM_CODECS = {"vp8", "vp9", "av1", "opus", "vorbis"}


def measure(path: Path, max_pixels: int) -> tuple[str, str, dict[str, Any]]:
    """Type, kind and ``duration`` in seconds; of videos ``width, height, fps``, of sound ``sample_rate, channels``."""
    try:
        with av.open(str(path), options=OPTIONS) as container:
            return _measure(container, max_pixels)
    except (av.FFmpegError, ValueError, OSError) as error:
        raise CorruptFile(reason="unreadable header") from error


def moving(container: InputContainer) -> VideoStream | None:
    """The video stream, None for sound; the cover picture of a song is none."""
    real = (each for each in container.streams.video if not each.disposition & Disposition.attached_pic)
    return next(real, None)


def _measure(container: InputContainer, max_pixels: int) -> tuple[str, str, dict[str, Any]]:
    video = moving(container)
    audio = next(iter(container.streams.audio), None)
    if video is None and audio is None:
        raise CorruptFile(reason="no picture and no sound inside")
    details: dict[str, Any] = {"duration": _duration(container)}
    if video is not None:
        if video.width * video.height > max_pixels:
            raise DecompressionBomb(
                found=f"{video.width * video.height / 1e6:.0f} megapixels a frame", limit=f"{max_pixels / 1e6:.0f}"
            )
        if not video.width or not video.height:
            raise CorruptFile(reason="a video without a picture")
        rate = float(video.average_rate or 0)
        details |= {"width": video.width, "height": video.height, "fps": round(rate, 3), "frames": video.frames}
        details["video_codec"] = video.codec_context.name
    if audio is not None:
        details |= {"sample_rate": audio.rate, "channels": audio.channels, "audio_codec": audio.codec_context.name}
    kind = "audio" if video is None else "video"
    return _mime_type(container, details, kind), kind, details


def _duration(container: InputContainer) -> float:
    if container.duration is not None and container.duration > 0:
        return round(container.duration / av.time_base, 3)
    lengths = [float(each.duration * each.time_base) for each in container.streams if each.duration and each.time_base]
    return round(max(lengths, default=0.0), 3)


def _mime_type(container: InputContainer, details: dict[str, Any], kind: str) -> str:
    name = container.format.name
    codecs = {details[key] for key in ("video_codec", "audio_codec") if key in details}
    if name.startswith("matroska") and codecs <= WEBM_CODECS:
        return f"{kind}/webm"
    if name.startswith("mov"):
        quicktime = container.metadata.get("major_brand", "").strip() == "qt"
        return "video/quicktime" if quicktime and kind == "video" else f"{kind}/mp4"
    return MIME_TYPES[name][0 if kind == "video" else 1]
