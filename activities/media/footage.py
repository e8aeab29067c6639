"""What a tool must know of a video before it cuts, filters or copies it, and the filters that make any source ordinary.

Runs in slots only: PyAV reads packets here, and decodes no more than the first picture.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import CorruptFile, UnsupportedType

from . import ffmpeg

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer

HDR_TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}
"""Transfer characteristics of ITU-T H.273: PQ and HLG."""
MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}
SAME_PACE = 0.02
"""A step between pictures may differ from the usual one by this share and the rate is still called constant."""


@dataclass(frozen=True)
class Sound:
    """One audio track: ``index`` among the file's streams, codec, samples a second, channels."""

    index: int
    codec: str
    rate: int
    channels: int


@dataclass(frozen=True)
class Footage:
    """Facts about a video. ``width`` and ``height``: of the upright picture, in its stored pixels.

    ``times``: when each picture is shown, int64 ticks of ``tick`` seconds, ascending; ``keys``: those at which decoding
    can begin; both as stored, so that the first may differ from 0. ``exact``: every packet says its time.
    ``matrix``: FFmpeg's name of the color matrix, None if the file does not say.
    """

    path: Path
    width: int
    height: int
    rate: Fraction
    tick: Fraction
    times: "np.ndarray"
    keys: "np.ndarray"
    exact: bool
    rotation: int
    hdr: str | None
    interlaced: bool
    matrix: str | None
    pixel_aspect: Fraction
    codec: str
    container: str
    sounds: tuple[Sound, ...]

    @property
    def frames(self) -> int:
        return len(self.times)

    @property
    def start(self) -> float:
        """Seconds at which the first picture is shown, by the file's own clock."""
        return float(self.times[0] * self.tick)

    @property
    def duration(self) -> float:
        """Seconds from the first picture to the end of the last."""
        return float((self.times[-1] - self.times[0]) * self.tick + 1 / self.rate)

    @property
    def colors(self) -> str:
        """The color matrix to read the pictures by: where the file does not say, as players guess it by the size."""
        if self.hdr:
            return "bt709"
        return self.matrix or ("bt709" if max(self.width, self.height) >= 1280 else "smpte170m")

    @property
    def variable(self) -> bool:
        """Whether pictures come at an uneven pace."""
        import numpy as np

        steps = np.diff(self.times)
        usual = float(1 / self.rate / self.tick)
        return bool(len(steps) and (np.abs(steps - usual) > max(1, SAME_PACE * usual)).any())


def survey(path: Path) -> Footage:
    """Read every packet's header and the first picture. About a second for 500 MB.

    Raises ``CorruptFile`` (unreadable, or no picture decodes) and ``UnsupportedType`` (no moving picture inside).
    """
    with readable(path) as pictures, readable(path) as packets:
        return _survey(path, pictures, packets)


def glance(path: Path) -> Footage:
    """As ``survey``, from the header and the first picture alone: as fast for an hour as for a minute.

    ``times`` holds only the first picture's and what the header says of the end, and ``keys`` only the first.
    """
    with readable(path) as pictures:
        return _survey(path, pictures, None)


@contextmanager
def readable(path: Path) -> "Iterator[InputContainer]":
    """The file opened; whatever libav finds wrong with it, now or within the block, is ``CorruptFile``."""
    import av

    try:
        with open_footage(path) as container:
            yield container
    except (av.FFmpegError, ValueError, OSError) as error:
        raise CorruptFile(reason=_words(error)) from error


def open_footage(path: Path) -> "InputContainer":
    """Open by PyAV under the same whitelists as FFmpeg; raises ``av.FFmpegError``."""
    import av

    return av.open(f"file:{path}", options={"protocol_whitelist": "file", "format_whitelist": ffmpeg.FORMATS})


def _survey(path: Path, container: "InputContainer", packets: "InputContainer | None") -> Footage:
    import av
    import numpy as np

    from .recordings import moving

    video = moving(container)
    if video is None or video.time_base is None:
        raise UnsupportedType(found=container.format.name)
    first = next(container.decode(video), None)
    if first is None:
        raise CorruptFile(reason="no picture can be decoded")
    rate, tick = Fraction(video.average_rate or video.guessed_rate or 25), Fraction(video.time_base)
    begin = first.pts or 0
    if packets is None:
        told = video.duration * tick if video.duration else None
        seconds = told or Fraction(container.duration or 0, av.time_base)
        times, keys, exact = [begin, begin + max(0, round((seconds - 1 / rate) / tick))], [begin], False
    else:
        times, keys, exact = _times(packets, video.index)
    if not len(times):
        raise CorruptFile(reason="no picture inside")
    turned = first.rotation % 180 != 0
    width, height = (first.height, first.width) if turned else (first.width, first.height)
    return Footage(
        path=path,
        width=width,
        height=height,
        rate=rate,
        tick=tick,
        times=np.array(times, np.int64),
        keys=np.array(keys or times[:1], np.int64),
        exact=exact,
        rotation=first.rotation,
        hdr=HDR_TRANSFERS.get(int(first.color_trc)),
        interlaced=first.interlaced_frame,
        matrix=MATRICES.get(int(first.colorspace)),
        pixel_aspect=Fraction(video.sample_aspect_ratio or 1),
        codec=video.codec_context.name,
        container=container.format.name,
        sounds=tuple(
            Sound(each.index, each.codec_context.name, each.rate, each.channels)
            for each in container.streams.audio
            if each.rate
        ),
    )


def _times(container: "InputContainer", video: int) -> tuple[list[int], list[int], bool]:
    """Sorted times of all pictures and of keyframes; decoding times stand in where a packet does not say."""
    times, keys, exact = [], [], True
    for packet in container.demux(container.streams[video]):
        if packet.size == 0 or packet.is_discard:
            continue
        when = packet.pts if packet.pts is not None else packet.dts
        exact = exact and packet.pts is not None
        if when is None:
            continue
        times.append(when)
        if packet.is_keyframe:
            keys.append(when)
    unique = sorted(set(times))
    return unique, sorted(set(keys)), exact and len(unique) == len(times)


def upright(footage: Footage, stream: ffmpeg.Stream) -> ffmpeg.Stream:
    """The pictures as they are meant to be seen, in 8 bits: FFmpeg turns them by itself; we weave fields, map HDR to
    BT.709 and cut an odd last row or column, which H.264 cannot hold."""
    if footage.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    if footage.hdr:
        stream = (
            stream.filter("zscale", transferin=footage.hdr, transfer="linear", npl=203)
            .filter("format", "gbrpf32le")
            .filter("zscale", primaries="bt709")
            .filter("tonemap", tonemap="mobius", desat=0)
            .filter("zscale", transfer="bt709", matrix="bt709", range="tv")
        )
    if footage.width % 2 or footage.height % 2:
        stream = stream.filter("crop", even(footage.width), even(footage.height), 0, 0)
    return stream


def even(side: int) -> int:
    """The largest even number of pixels that is not more; 2 at the least."""
    return max(2, side - side % 2)


def pictures(
    footage: Footage, size: tuple[int, int], threads: int, *, rate: str | None = None, span: Any = None
) -> "Iterator[np.ndarray]":
    """All pictures of ``footage``, or of the piece that the chunk ``span`` names, as uint8 RGB of ``size`` (width,
    height). ``rate``: so many a second instead of each. Memory stays flat however long it is."""
    from .cutting import opened

    stream = upright(footage, opened(footage, span, threads))
    if rate is not None:
        stream = stream.filter("fps", fps=rate)
    stream = stream.filter("scale", *size, flags="area+accurate_rnd", in_color_matrix=footage.colors)
    stream = stream.filter("setsar", 1)
    return ffmpeg.read_frames(stream, *size, threads)


def _words(error: Exception) -> str:
    """What libav says, without the path."""
    return str(getattr(error, "strerror", None) or "unreadable")[:200]
