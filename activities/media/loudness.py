"""How loud sound is, as broadcasters measure it (ITU-R BS.1770-4), and how to bring it to where it should be."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

BLOCK, OVERLAP = 0.4, 0.75
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
SPOKEN = -17.0
"""LUFS of speech that is heard on phones and speakers."""
HIGHEST = 0.89
"""Of full scale: a peak of -1 dB, so that no encoder clips."""
HOLD = 0.005
"""Seconds at a time in which peaks are held down."""


def loudness(sound: "np.ndarray", rate: int) -> float:
    """LUFS of one channel (-1..1); -inf for silence, and for what is shorter than a block."""
    import numpy as np

    size = round(BLOCK * rate)
    step = round(size * (1 - OVERLAP))
    weights = _weights(size, rate)
    powers = []
    for begin in range(0, len(sound) - size + 1, step):
        spectrum = np.fft.rfft(sound[begin : begin + size].astype(np.float64))
        powers.append(float((np.abs(spectrum) ** 2 * weights).sum()) / size**2)
    loud = np.array(powers)
    loud = loud[_lufs(loud) > ABSOLUTE_GATE]
    if not len(loud):
        return float("-inf")
    loud = loud[_lufs(loud) > _lufs(loud.mean()) + RELATIVE_GATE]
    return float(_lufs(loud.mean()))


def leveled(sound: "np.ndarray", rate: int, target: float = SPOKEN) -> "np.ndarray":
    """The sound as loud as ``target``; peaks that would clip are held down for the moment. Silence stays silence."""
    import numpy as np

    found = loudness(sound, rate)
    if not np.isfinite(found):
        return sound
    louder = sound * np.float32(10 ** ((target - found) / 20))
    return np.asarray(louder * _held(louder, rate), np.float32)


def _held(sound: "np.ndarray", rate: int) -> "np.ndarray":
    """By what to multiply each sample, so that none is over HIGHEST: falls before a peak, and rises again after it."""
    import numpy as np

    size = round(HOLD * rate)
    padded = np.pad(np.abs(sound), (0, -len(sound) % size))
    wanted = np.minimum(1.0, HIGHEST / np.maximum(padded.reshape(-1, size).max(1), 1e-9))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(wanted, 2, constant_values=1.0), 5).min(1)
    smooth = np.convolve(np.pad(around, 1, "edge"), np.ones(3) / 3, "valid")
    held: np.ndarray = np.interp(np.arange(len(sound)) / size - 0.5, np.arange(len(smooth)), smooth)
    return held


def _lufs(power: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 1e-12)))


def _weights(size: int, rate: int) -> "np.ndarray":
    """Power of the K filter at the frequencies of a block, each counted twice that has a mirror image."""
    import numpy as np

    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    power = np.abs(_shelf(z, rate) * _high_pass(z, rate)) ** 2
    twice = np.full(len(z), 2.0)
    twice[0] = 1.0
    if size % 2 == 0:
        twice[-1] = 1.0
    weights: np.ndarray = power * twice
    return weights


def _shelf(z: "np.ndarray", rate: int) -> "np.ndarray":
    """The first stage: the head lifts what is above 1.7 kHz by 4 dB. Its analog prototype at any rate."""
    import numpy as np

    turn, quality, lift = np.tan(np.pi * 1681.974450955533 / rate), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = lift**0.4996667741545416
    bottom = 1 + turn / quality + turn**2
    above = (lift + middle * turn / quality + turn**2, 2 * (turn**2 - lift), lift - middle * turn / quality + turn**2)
    below = (bottom, 2 * (turn**2 - 1), 1 - turn / quality + turn**2)
    return np.asarray(np.polyval(above[::-1], z) / np.polyval(below[::-1], z))


def _high_pass(z: "np.ndarray", rate: int) -> "np.ndarray":
    """The second stage: what is below 38 Hz is hardly heard."""
    import numpy as np

    turn, quality = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    below = (1 + turn / quality + turn**2, 2 * (turn**2 - 1), 1 - turn / quality + turn**2)
    scale = below[0]
    return np.asarray((1 - z) ** 2 / (np.polyval(below[::-1], z) / scale))
