"""The only door to FFmpeg: every command is built by ffmpeg-python and run here, under limits, and ended when we leave.

Nothing a user wrote stands in a filter: words come in as pictures that we drew. A process belongs to the slot's group,
dies with it, and is killed when its caller leaves early. Importing this loads no library that decodes.
"""

import ctypes
import re
import resource
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

import ffmpeg

from models.errors import CorruptFile, DiskFull, DomainError, ToolBroken, ToolFailed, UnsupportedType

if TYPE_CHECKING:
    import numpy as np

Stream = Any
"""A node or stream of ffmpeg-python's graph."""
Watch = Callable[[float], None]

FORMATS = "mov,matroska,avi,mp3,wav,flac,ogg,aac,mpegts,mpeg,flv,asf,aiff,amr,3gp,nut"
"""Containers that may be read: those of the probe, and the one of our own chunks."""
MEMORY = 8 * 1024**3
OPEN_FILES = 256
LONGEST_LINE = 4096
LAST_LINES = 20
PROGRESS_LINE = re.compile(r"[a-z0-9_]+=")
SAID_WHERE = re.compile(r"^(\[[^\]]*\]\s*)+")
REFUSED_FILE = {
    183: CorruptFile,  # AVERROR_INVALIDDATA
    69: CorruptFile,  # more frames were damaged than -max_error_rate lets pass
    8: UnsupportedType,  # AVERROR_DECODER_NOT_FOUND or AVERROR_DEMUXER_NOT_FOUND
}
NO_SPACE = 228  # AVERROR(ENOSPC)
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def source(path: Path, *, threads: int = 0, **options: Any) -> Stream:
    """A user's recording as an input; ``options`` are FFmpeg's input options. ``threads`` decode, 0: as many as fit."""
    return ffmpeg.input(
        f"file:{path}",
        protocol_whitelist="file,pipe",
        format_whitelist=FORMATS,
        **({"threads": threads} if threads else {}),
        **options,
    )


def own(path: Path) -> Stream:
    """A file that we wrote in between, in NUT."""
    return ffmpeg.input(f"file:{path}", f="nut", format_whitelist="nut", protocol_whitelist="file").video


def still(path: Path, **options: Any) -> Stream:
    """A PNG that we drew as an input of one frame."""
    return ffmpeg.input(f"file:{path}", f="png_pipe", format_whitelist="png_pipe", protocol_whitelist="file", **options)


def combined(streams: list[Stream], name: str, *values: Any, **options: Any) -> Stream:
    """One stream out of several, by the filter ``name``; texts of ``options`` are expressions of ours."""
    return ffmpeg.filter(streams, name, *values, **options)


def sequence(streams: list[Stream], count: int, sounds: int) -> list[Stream]:
    """``count`` pieces one behind the other; ``streams``: of each its pictures, then its ``sounds``."""
    joined = ffmpeg.concat(*streams, n=count, v=1, a=sounds).node
    return [joined[number] for number in range(1 + sounds)]


def raw(width: int, height: int, rate: str, *, pixels: str = "rgb24", **options: Any) -> Stream:
    """Frames that ``write_frames`` hands over: RGB (or RGBA: ``pixels`` "rgba"), 8 bits; ``rate``: "30000/1001"."""
    return ffmpeg.input("pipe:0", f="rawvideo", pix_fmt=pixels, s=f"{width}x{height}", r=rate, **options)


def output(streams: Stream | list[Stream], path: Path, threads: int, **options: Any) -> Stream:
    """Where filtered streams are encoded to; ``options`` are FFmpeg's output options. Carries no metadata over."""
    given = streams if isinstance(streams, list) else [streams]
    return ffmpeg.output(*given, f"file:{path}", threads=threads, map_metadata=-1, **options)


def nowhere(stream: Stream) -> Stream:
    """An output that keeps nothing, for filters that only look."""
    return ffmpeg.output(stream, "pipe:1", f="null")


def run(output: Stream, threads: int, watch: Watch | None = None) -> None:
    """Run to the end; ``watch`` is told the seconds of output written so far.

    Raises ``CorruptFile``, ``UnsupportedType``, ``DiskFull``; ``ToolBroken`` for a command that FFmpeg refuses;
    ``ToolFailed`` if the process was killed.
    """
    with _running(output, threads) as process:
        for seconds in process.times():
            if watch is not None:
                watch(seconds)
        process.finish()


def read_frames(stream: Stream, width: int, height: int, threads: int, **options: Any) -> "Iterator[np.ndarray]":
    """Frames of a stream, uint8 RGB, H x W x 3, one at a time. The stream must have that size; errors as ``run``.

    Closing the iterator ends the process.
    """
    import numpy as np

    output = ffmpeg.output(stream, "pipe:1", f="rawvideo", pix_fmt="rgb24", **{"fps_mode": "passthrough"} | options)
    size = width * height * 3
    with _running(output, threads, stdout=subprocess.PIPE) as process:
        pipe = process.popen.stdout
        assert pipe is not None
        while len(block := pipe.read(size)) == size:
            yield np.frombuffer(block, np.uint8).reshape(height, width, 3)
        process.finish()


def write_frames(output: Stream, frames: "Iterator[np.ndarray]", threads: int) -> int:
    """Feed frames (uint8 RGB, H x W x 3) to an output whose graph begins with ``raw``; returns how many there were."""
    import numpy as np

    written = 0
    with _running(output, threads, stdin=subprocess.PIPE) as process:
        pipe = process.popen.stdin
        assert pipe is not None
        try:
            for frame in frames:
                pipe.write(np.ascontiguousarray(frame).data)
                written += 1
            pipe.close()
        except BrokenPipeError as error:
            process.finish()
            raise ToolFailed(reason="FFmpeg closed its input") from error
        process.finish()
    return written


@dataclass
class _Process:
    """A running FFmpeg: ``said`` are the last lines of its log, ``said_times`` what ``-progress`` tells."""

    popen: "subprocess.Popen[bytes]"
    said: "deque[str]"
    said_times: "SimpleQueue[float | None]"
    listener: Thread

    def times(self) -> Iterator[float]:
        """Seconds of output written, as they are told, until the process hangs up."""
        while (seconds := self.said_times.get()) is not None:
            yield seconds

    def finish(self) -> None:
        """Wait for the end; raises the error that the exit status names."""
        code = self.popen.wait()
        self.listener.join()
        if code:
            raise _named(code, self.said)


@contextmanager
def _running(output: Stream, threads: int, **pipes: int) -> Iterator[_Process]:
    popen = subprocess.Popen(
        _command(output, threads),
        stdin=pipes.get("stdin", subprocess.DEVNULL),
        stdout=pipes.get("stdout", subprocess.DEVNULL),
        stderr=subprocess.PIPE,
        preexec_fn=_confine,
    )
    assert popen.stderr is not None
    said: deque[str] = deque(maxlen=LAST_LINES)
    times: SimpleQueue[float | None] = SimpleQueue()
    listener = Thread(target=_listen, args=(popen.stderr, said, times), daemon=True)
    listener.start()
    try:
        yield _Process(popen, said, times, listener)
    finally:
        popen.kill()
        popen.wait()
        listener.join()
        for pipe in (popen.stdout, popen.stderr):
            if pipe is not None:
                pipe.close()
        _close_quietly(popen.stdin)


def _command(output: Stream, threads: int) -> list[str]:
    from imageio_ffmpeg import get_ffmpeg_exe

    argv: list[str] = ffmpeg.compile(output, cmd=get_ffmpeg_exe(), overwrite_output=True)
    before = ["-hide_banner", "-nostdin", "-v", "error", "-progress", "pipe:2", "-stats_period", "0.25"]
    filtering = ["-filter_threads", str(threads), "-filter_complex_threads", str(threads)]
    return [argv[0], *before, *filtering, *argv[1:]]


def _confine() -> None:
    """In the child, before FFmpeg: bounded memory and files, no core, death with the slot."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _listen(log: IO[bytes], said: "deque[str]", times: "SimpleQueue[float | None]") -> None:
    """Tell progress from complaints until the log is closed."""
    while line := log.readline(LONGEST_LINE):
        words = line.decode(errors="replace").strip()
        name, _, value = words.partition("=")
        if name == "out_time_us" and value.strip().lstrip("-").isdigit():
            times.put(int(value) / 1e6)
        elif words and not PROGRESS_LINE.match(words):
            said.append(words)
    times.put(None)


def _named(code: int, said: "deque[str]") -> DomainError:
    """The error of an exit status; its reason is FFmpeg's first complaint, without our paths and addresses."""
    reason = next((_without_place(line) for line in said), f"status {code}")
    if code < 0:
        return ToolFailed(reason=f"FFmpeg ended with {signal.Signals(-code).name}")
    if code == NO_SPACE:
        return DiskFull()
    refused = REFUSED_FILE.get(code)
    if refused is not None:
        return refused(reason=reason, found=reason)
    return ToolBroken(reason=reason)


def _without_place(line: str) -> str:
    return re.sub(r"(file:)?/\S+", "the file", SAID_WHERE.sub("", line))[:200]


def _close_quietly(pipe: "IO[bytes] | None") -> None:
    """What a killed process did not read is lost on purpose."""
    if pipe is not None:
        try:
            pipe.close()
        except BrokenPipeError:
            return
