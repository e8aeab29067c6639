"""Joins encoded chunks and the source's sound into one file without encoding a picture again.

Packets are laid side by side in decoding order; each gets the time that its original had. Memory grows by a few bytes
a picture.
"""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import ToolBroken

from . import ffmpeg
from .cutting import Span, within
from .footage import Footage, open_footage

if TYPE_CHECKING:
    import numpy as np

CARRIED = frozenset({"aac", "mp3", "mp3float", "ac3", "eac3", "opus", "flac", "alac", "mp2", "mp2float"})
SOUND_RATE = "192k"
FINE = Fraction(1, 90_000)
"""Ticks of pictures that have other times than the source's."""


@dataclass(frozen=True)
class Wrapping:
    """A container. ``carried``: codecs of sound that it takes as they are; others become ``sound`` once. ``options``
    of its muxer (bitexact: no random numbers); ``alpha``: whether it says beside its pictures that they have opacity.
    """

    name: str
    carried: frozenset[str]
    sound: str
    options: dict[str, str]
    alpha: bool = False


WRAPPINGS = {
    ".mp4": Wrapping("mp4", CARRIED, "aac", {"movflags": "faststart"}),
    ".mov": Wrapping("mov", frozenset({"aac", "mp3", "mp3float", "alac"}), "aac", {"movflags": "faststart"}),
    ".webm": Wrapping("webm", frozenset({"opus", "vorbis"}), "libopus", {"fflags": "bitexact"}, alpha=True),
}


@dataclass(frozen=True)
class Reel:
    """One chunk's file and when each of its pictures is shown, in ticks, in decoding order."""

    path: Path
    shown: "np.ndarray"
    tick: Fraction

    def at(self, tick: Fraction) -> "np.ndarray":
        """The same in other ticks."""
        import numpy as np

        return self.shown if tick == self.tick else np.round(self.shown * float(self.tick / tick)).astype(np.int64)


def join(footage: Footage, spans: Sequence[Span], chunks: Sequence[Path], path: Path, threads: int) -> int:
    """Write ``path`` of the chunks of ``spans``, with all sound; returns the number of pictures in it.

    Its suffix, one of ``WRAPPINGS``, says the container.
    """
    import av

    wrapping = WRAPPINGS[path.suffix]

    reels = [_reel(footage, span, chunk) for span, chunk in zip(spans, chunks, strict=True)]
    tick = footage.tick if all(reel.tick == footage.tick for reel in reels) else FINE
    with ExitStack() as stack:
        target = stack.enter_context(av.open(str(path), "w", format=wrapping.name, options=wrapping.options))
        template = stack.enter_context(open_footage(reels[0].path)).streams.video[0]
        video = target.add_stream_from_template(template)
        if wrapping.alpha:
            video.metadata["alpha_mode"] = "1"
        sound = stack.enter_context(open_footage(_sound(footage, wrapping, path, threads)))
        tracks = {each.index: target.add_stream_from_template(each) for each in sound.streams.audio if each.rate}
        begin = max(0.0, min([footage.start, *_starts(sound)]))
        pictures = _pictures(footage, reels, tick, video, begin)
        for packet in heapq.merge(pictures, _sounds(sound, tracks, begin), key=_when):
            target.mux(packet)
    return sum(len(reel.shown) for reel in reels)


def _starts(container: Any) -> list[float]:
    """When each audio track begins, in seconds; those that do not say are left out."""
    tracks = [each for each in container.streams.audio if each.start_time is not None and each.time_base is not None]
    return [float(each.start_time * each.time_base) for each in tracks]


def _reel(footage: Footage, span: Span, chunk: Path) -> Reel:
    """When a chunk's pictures are shown: as in the source where it has as many, else as its own file says."""
    import numpy as np

    with open_footage(chunk) as container:
        video = container.streams.video[0]
        own = [packet.pts for packet in container.demux(video) if packet.pts is not None]
        tick = Fraction(video.time_base or FINE)
    order = np.argsort(np.argsort(np.array(own, np.int64), kind="stable"), kind="stable")
    wanted = within(footage, span)
    if len(wanted) == len(own):
        return Reel(chunk, wanted[order], footage.tick)
    return Reel(chunk, np.array(own, np.int64), tick)


def _pictures(footage: Footage, reels: list[Reel], tick: Fraction, stream: Any, begin: float) -> Iterator[Any]:
    """Packets of all reels, timed. A picture is decoded ``delay`` pictures before it may be shown (H.264, C.4)."""
    import numpy as np

    shown = np.concatenate([reel.at(tick) for reel in reels])
    ordered = np.unique(shown)
    if len(ordered) != len(shown):
        raise ToolBroken(reason="two pictures at one time")
    delay = int((np.arange(len(shown)) - np.searchsorted(ordered, shown)).max())
    step = max(1, round(1 / footage.rate / tick))
    decoded = np.concatenate([ordered[0] - step * np.arange(delay, 0, -1), ordered])
    offset, at, head = round(begin / tick), 0, b""
    for reel in reels:
        with open_footage(reel.path) as container:
            video = container.streams.video[0]
            head = head or bytes(video.codec_context.extradata or b"")
            if bytes(video.codec_context.extradata or b"") != head:
                raise ToolBroken(reason="chunks were encoded differently")
            for packet in container.demux(video):
                if packet.size:
                    packet.time_base = tick
                    packet.pts, packet.dts = int(shown[at]) - offset, int(decoded[at]) - offset
                    packet.duration = _until_next(ordered, int(shown[at]), step)
                    packet.stream = stream
                    at += 1
                    yield packet


def _until_next(ordered: "np.ndarray", shown: int, step: int) -> int:
    """Ticks from a picture to the one after it; the last stays for an ordinary step."""
    import numpy as np

    following = int(np.searchsorted(ordered, shown)) + 1
    return int(ordered[following]) - shown if following < len(ordered) else step


def _sound(footage: Footage, wrapping: Wrapping, path: Path, threads: int) -> Path:
    """Where the sound lies as the container takes it: the source itself, or an encoded copy beside ``path``."""
    if all(sound.codec in wrapping.carried for sound in footage.sounds):
        return footage.path
    copy = path.with_name(f"sound{path.suffix}")
    streams = [ffmpeg.source(footage.path, copyts=None)[str(sound.index)] for sound in footage.sounds]
    made = ffmpeg.output(streams, copy, threads, acodec=wrapping.sound, audio_bitrate=SOUND_RATE, f=wrapping.name)
    ffmpeg.run(made, threads)
    return copy


def _sounds(container: Any, tracks: dict[int, Any], begin: float) -> Iterator[Any]:
    """The packets of all tracks as they are, ``begin`` seconds earlier; those without sound of their own end it."""
    if not tracks:
        return
    for packet in container.demux([container.streams[index] for index in tracks]):
        if packet.size == 0 or packet.dts is None:
            continue
        offset = round(begin / packet.time_base)
        packet.pts, packet.dts = (packet.pts if packet.pts is not None else packet.dts) - offset, packet.dts - offset
        packet.stream = tracks[packet.stream_index]
        yield packet


def _when(packet: Any) -> float:
    return float(packet.dts * packet.time_base)
