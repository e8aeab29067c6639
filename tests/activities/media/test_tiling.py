"""Tiles cover a picture once, show what lies around them, and leave no seam."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from activities.media.enlarging import Part, enlarge
from activities.media.tiling import count, fade_mask, tiles


@pytest.mark.parametrize(("width", "height"), [(1, 1), (100, 100), (101, 57), (300, 99)])
def test_kept_parts_cover_every_pixel(width: int, height: int) -> None:
    covered = np.zeros((height, width), int)
    for tile in tiles(width, height, step=50, context=10, fade=0):
        left, top, right, bottom = tile.kept
        covered[top:bottom, left:right] += 1
        assert tile.shown[0] == max(0, left - 10)
        assert tile.shown[3] == min(height, bottom + 10)
    assert (covered == 1).all()
    assert count(width, height, 50) == len(list(tiles(width, height, 50, 10)))


def test_fade_rises_from_the_soft_edges_only() -> None:
    mask = fade_mask(8, 6, (4, 0))
    assert mask[:, 0].max() < 0.15
    assert (np.diff(mask[0]) >= 0).all()
    assert (mask[:, 4:] == 1).all()


class Blur:
    """A network whose result at a pixel depends on 6 pixels around it, wrong at the edges of what it is shown."""

    scale, context, fade, label = 2, 6, 0, "blur"

    def upscale(self, piece: np.ndarray) -> np.ndarray:
        import cv2

        soft = cv2.blur(piece.astype(np.float32), (13, 13), borderType=cv2.BORDER_CONSTANT)
        return np.repeat(np.repeat(soft, 2, 0), 2, 1)


def test_a_tiled_picture_equals_the_untiled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    photograph = load_sample_image("china.jpg")[:203, :301]
    whole = _enlarged(photograph)
    monkeypatch.setattr("activities.media.enlarging.STEP", 64)
    assert np.abs(_enlarged(photograph) - whole).max() <= 1


def test_the_opacity_is_enlarged_by_itself() -> None:
    alpha = np.asarray(Image.linear_gradient("L").resize((120, 90)))
    photograph = np.dstack([load_sample_image("flower.jpg")[:90, :120], alpha])
    large = enlarge(photograph, 2, [Part(Blur(), 1.0)], 0.0, lambda done: None)
    assert large.shape == (180, 240, 4)
    after = np.asarray(Image.fromarray(large[:, :, 3]).resize((120, 90), Image.Resampling.BOX))
    assert np.abs(alpha.astype(int) - after).max() <= 3


def test_sharpening_raises_contrast_at_edges() -> None:
    photograph = load_sample_image("china.jpg")[100:250, 200:400]
    soft, sharp = (enlarge(photograph, 2, [Part(Blur(), 1.0)], amount, lambda done: None) for amount in (0.0, 1.0))
    assert sharp.std() > soft.std()


def _enlarged(photograph: np.ndarray) -> np.ndarray:
    return enlarge(photograph, 2, [Part(Blur(), 1.0)], 0.0, lambda done: None).astype(np.int16)
