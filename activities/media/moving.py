"""Moving stickers: a picture on nothing that bounces, shakes, turns … in a loop, as GIF or WebP.

GIF has one bit of opacity and 256 colors; WebP has all of both. Messengers take stickers of 500 kB at most.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np

Motion = Literal["bounce", "shake", "swing", "pulse", "spin", "float", "jelly"]
FRAMES, FRAME_MS = 16, 60
MOST_BYTES = 500_000
COLORS = (255, 128, 64, 32)
"""Of a GIF, tried in turn until it is small enough; then every second frame is left out."""
OPAQUE = 128


class Pose(NamedTuple):
    """Where a picture is at a moment: moved by shares of its side, turned by degrees, stretched about its foot."""

    x: float = 0.0
    y: float = 0.0
    turn: float = 0.0
    wide: float = 1.0
    high: float = 1.0
    foot: float = 0.5
    """Height of the point that stays where it is: 0 the top, 1 the foot."""


def _bounce(at: float) -> Pose:
    up = abs(math.sin(math.pi * at))
    flat = max(0.0, 1 - up / 0.25)
    return Pose(y=-0.1 * up, wide=0.92 + 0.08 * flat, high=0.92 - 0.08 * flat, foot=1.0)


def _jelly(at: float) -> Pose:
    wave = 0.06 * math.sin(2 * math.pi * at)
    return Pose(wide=0.92 + wave, high=0.92 - wave, foot=1.0)


MOTIONS: dict[str, Callable[[float], Pose]] = {
    "bounce": _bounce,
    "jelly": _jelly,
    "shake": lambda at: Pose(x=0.03 * math.sin(4 * math.pi * at), wide=0.93, high=0.93),
    "swing": lambda at: Pose(turn=8 * math.sin(2 * math.pi * at), wide=0.82, high=0.82, foot=0.7),
    "pulse": lambda at: Pose(wide=(size := 0.93 + 0.07 * math.sin(2 * math.pi * at)), high=size),
    "spin": lambda at: Pose(turn=360 * at, wide=0.72, high=0.72),
    "float": lambda at: Pose(y=0.035 * math.sin(2 * math.pi * at), wide=0.92, high=0.92),
}
"""By the share of the loop, 0..1; each ends where it begins, and leaves the canvas nowhere."""


def frames(body: "np.ndarray", words: "np.ndarray | None", motion: Motion) -> "list[np.ndarray]":
    """The pictures of one loop (uint8 RGBA); ``words`` stand still over them."""
    import numpy as np
    from PIL import Image

    made = []
    for number in range(FRAMES):
        moved = Image.fromarray(_posed(body, MOTIONS[motion](number / FRAMES)))
        if words is not None:
            moved.alpha_composite(Image.fromarray(words))
        made.append(np.asarray(moved))
    return made


def write_webp(path: Path, pictures: "list[np.ndarray]") -> None:
    """An endless loop in full color, of at most ``MOST_BYTES`` where that can be."""
    from PIL import Image

    images = [Image.fromarray(each) for each in pictures]
    for quality in (85, 70, 50, 30):
        images[0].save(
            path, "WEBP", save_all=True, append_images=images[1:], duration=FRAME_MS, loop=0, quality=quality,
            method=4, minimize_size=False,
        )  # fmt: skip
        if path.stat().st_size <= MOST_BYTES:
            return


def write_gif(path: Path, pictures: "list[np.ndarray]", rim: tuple[int, int, int]) -> None:
    """An endless loop; half-transparent pixels are laid on ``rim``, the color that is outside of the picture's edge."""
    step, duration = 1, FRAME_MS
    while True:
        for colors in COLORS:
            _write_gif(path, pictures[::step], rim, colors, duration)
            if path.stat().st_size <= MOST_BYTES:
                return
        if len(pictures) // step <= 4:
            return
        step, duration = 2 * step, 2 * duration


def _write_gif(path: Path, pictures: "list[np.ndarray]", rim: tuple[int, int, int], colors: int, duration: int) -> None:
    import numpy as np
    from PIL import Image

    flat = [_flattened(each, rim) for each in pictures]
    shared = Image.fromarray(np.concatenate(flat[:: max(1, len(flat) // 4)])).quantize(
        colors, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    indexed: list[Image.Image] = []
    for picture, rgb in zip(pictures, flat, strict=True):
        frame = Image.fromarray(rgb).quantize(palette=shared, dither=Image.Dither.NONE)
        numbers = np.asarray(frame).copy()
        numbers[picture[:, :, 3] < OPAQUE] = 255
        made = Image.fromarray(numbers, "P")
        palette = (shared.getpalette() or [])[: 3 * 255]
        made.putpalette(palette + [0] * (768 - len(palette)))
        indexed.append(made)
    indexed[0].save(
        path, "GIF", save_all=True, append_images=indexed[1:], duration=duration, loop=0, disposal=2, transparency=255,
        optimize=False,
    )  # fmt: skip


def _flattened(picture: "np.ndarray", rim: tuple[int, int, int]) -> "np.ndarray":
    import numpy as np

    share = picture[:, :, 3:].astype(np.float32) / 255
    return np.rint(picture[:, :, :3] * share + np.array(rim, np.float32) * (1 - share)).astype(np.uint8)


def _posed(body: "np.ndarray", pose: Pose) -> "np.ndarray":
    """The body in a pose: warped with its colors weighted by their opacity, four times finer where it turns."""
    import cv2
    import numpy as np

    side = body.shape[0]
    center = np.array([side / 2, side * pose.foot])
    angle = math.radians(pose.turn)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = turn @ np.diag([pose.wide, pose.high])
    shift = center - matrix @ center + side * np.array([pose.x, pose.y])
    share = body[:, :, 3:].astype(np.float32) / 255
    warped = cv2.warpAffine(
        np.dstack([body[:, :, :3] * share, share * 255]).astype(np.float32), np.column_stack([matrix, shift]),
        (side, side), flags=cv2.INTER_AREA if pose.turn == 0 else cv2.INTER_CUBIC,
    )  # fmt: skip
    alpha = warped[:, :, 3]
    colors = np.where(alpha[:, :, None] > 1, warped[:, :, :3] * 255 / np.maximum(alpha, 1)[:, :, None], 0)
    return np.dstack([np.clip(np.rint(colors), 0, 255), np.clip(np.rint(alpha), 0, 255)]).astype(np.uint8)
