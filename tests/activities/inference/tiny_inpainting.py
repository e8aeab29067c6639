"""Inpainting networks without weights, exported as LaMa and MI-GAN are: they fill with the mean of what is known."""

from pathlib import Path
from typing import Any

HEAD = '<ir_version: 8, opset_import: ["": 18]>\n'
BODY = """
    one = Constant <value = float {1.0}> ()
    none = Constant <value = float {0.0}> ()
    eight = Constant <value = float[4] {1.0, 1.0, 8.0, 8.0}> ()
    known = Sub (one, hole)
    seen = Mul (picture, known)
    shares = ReduceMean (known)
    plane = Constant <value = int64[2] {2, 3}> ()
    means = ReduceMean (seen, plane)
    guess = Div (means, shares)
    pooled = AveragePool <kernel_shape = [8, 8], strides = [8, 8]> (seen)
    back = Resize <mode = "nearest"> (pooled, , eight)
    nothing = Mul (back, none)
    zeros = Mul (seen, none)
    halves = Add (nothing, zeros)
    flat = Add (halves, guess)
    inside = Mul (flat, hole)
    whole = Add (inside, seen)
"""
"""Sides that are no multiple of 8 break it, as they break LaMa: what was pooled does not fit what was not."""


def lama_onnx(path: Path, sides: str = "H, W", white: float = 1.0) -> Path:
    """``sides``: "512, 512" for a file of one size; ``white``: what the file gives for white."""
    scaled = f"level = Constant <value = float {{{white}}}> ()\n    output = Mul (whole, level)"
    text = f"""{HEAD}lama (float[1, 3, {sides}] image, float[1, 1, {sides}] mask) => (float[1, 3, {sides}] output) {{
    picture = Identity (image)
    hole = Identity (mask){BODY}    {scaled}\n}}"""
    return _saved(text, path)


def migan_onnx(path: Path, hole_is: int = 0) -> Path:
    """Takes and gives bytes; a mask's 0 is a hole unless ``hole_is`` 255, which is the other way round."""
    hole = "Sub (one8, share)" if hole_is == 0 else "Identity (share)"
    text = f"""{HEAD}migan (uint8[1, 3, H, W] image, uint8[1, 1, H, W] mask) => (uint8[1, 3, H, W] result) {{
    white = Constant <value = float {{255.0}}> ()
    one8 = Constant <value = float {{1.0}}> ()
    picture = Cast <to = 1> (image)
    bytes = Cast <to = 1> (mask)
    share = Div (bytes, white)
    hole = {hole}{BODY}    result = Cast <to = 2> (whole)\n}}"""
    return _saved(text, path)


def odd_onnx(path: Path, how: str) -> Path:
    """Files that are no inpainting network, each in its own way."""
    text = {
        "one input": "net (float[1, 4, H, W] input) => (float[1, 4, H, W] output) { output = Identity (input) }",
        "another shape": "net (float[1, 3, H, W] image, float[1, 1, H, W] mask) => (float[1, 1, H, W] output) "
        "{ output = Identity (mask) }",
        "numbers that are none": "net (float[1, 3, H, W] image, float[1, 1, H, W] mask) => (float[1, 3, H, W] output) "
        "{ big = Sub (mask, mask)\n gone = Div (big, big)\n output = Add (image, gone) }",
        "another range": "net (float[1, 3, H, W] image, float[1, 1, H, W] mask) => (float[1, 3, H, W] output) "
        "{ less = Sub (image, mask)\n output = Neg (less) }",
    }[how]
    return _saved(HEAD + text, path)


def lama_torchscript(path: Path, truth: Any = None) -> Path:
    """``truth``: a float tensor 1 x 3 x H x W that it knows by heart."""
    import torch

    class Network(torch.nn.Module):
        def __init__(self, known: torch.Tensor) -> None:
            super().__init__()
            self.register_buffer("known", known)

        def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            seen = image * (1 - mask)
            guess = seen.mean((2, 3), keepdim=True) / (1 - mask).mean()
            torch.nn.functional.pixel_unshuffle(seen, 8)
            if self.known.shape == image.shape:
                guess = self.known
            return seen + guess * mask

    torch.jit.script(Network(torch.zeros(1) if truth is None else truth)).save(str(path))
    return path


def _saved(text: str, path: Path) -> Path:
    import onnx

    onnx.save(onnx.parser.parse_model(text), path)
    return path
