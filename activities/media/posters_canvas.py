"""The surface that a poster is drawn on: drawings as SVG, photographs, shadows, and text that can be read."""

import io
import math
from string import Template as Words
from typing import TYPE_CHECKING

from .backdrops import Pasted, contact_shadow
from .colors import Rgb, contrast, luminance
from .framing import Frame, place
from .palettes import READABLE, Palette, code
from .posters_text import Placed
from .resizing import enlarge
from .templates import Art, Card, Subject, Window
from .typesetting_ink import Ink, paint, surroundings

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SEED = 20
DARK_VEIL: tuple[Rgb, float] = ((8, 8, 12), 0.34)
LIGHT_VEIL: tuple[Rgb, float] = ((255, 255, 255), 0.55)
BLUR = 0.018
"""Standard deviation of a blurred photograph, as a share of the shorter side."""
MARGIN = 0.1
"""By how much more than needed a ground is darkened, since pixels are rounded."""
MIDDLE = 0.18
"""Luminance over which a color is read better on black."""
SPREAD, COARSE = 70, 8
"""Softness of a veil behind texts in units, and by how much smaller than the picture it is made."""
NEAR = 0.1
"""Em around the letters in which their ground is judged."""
DROP, SOFT, SMALL = 14, 16, 4
"""Of shadows: how far down, their softness (units), and by how much smaller than the picture they are made."""
STICKER_SHADOW = 0.28
ART_SIDE = 32
"""Units of the drawings of emoji."""


class Canvas:
    """``unit``: pixels of a thousandth of the shorter side. ``clear``: begin with nothing instead of a ground."""

    def __init__(self, width: int, height: int, unit: float, palette: Palette, *, clear: bool) -> None:
        import numpy as np

        self._size = (width, height)
        self._unit = unit
        self._palette = palette
        self._clear = clear
        self._pixels = np.zeros((height, width, 4), np.uint8)

    def result(self) -> "np.ndarray":
        """uint8 RGB, or RGBA where the ground is clear."""
        import numpy as np

        return self._pixels if self._clear else np.ascontiguousarray(self._pixels[:, :, :3])

    def fill(self, color: Rgb) -> None:
        """One color everywhere."""
        self._pixels[:] = (*color, 255)

    def svg(self, drawing: str, art: "list[tuple[Art, str]] | tuple[()]" = ()) -> None:
        """Lay a drawing in the template's units over everything, then pieces of art in their boxes."""
        if not drawing and not art:
            return
        width, height = (side / self._unit for side in self._size)
        colors = {role: code(color) for role, color in self._palette.items()}
        places = {"w": width, "h": height, "cx": width / 2, "cy": height / 2}
        body = Words(drawing).substitute(colors | {name: f"{value:.2f}" for name, value in places.items()})
        body += "".join(_piece(each, svg, width, height) for each, svg in art)
        self._over(rendered(body, (width, height), self._size))

    def photograph(self, photo: "np.ndarray", *, blurred: bool) -> None:
        """Cover the ground by a photograph (uint8 RGB) under a dark veil; a light one if the palette's ink is dark."""
        import cv2
        import numpy as np

        width, height = self._size
        pixels = Pasted((height, width), photo, "cover", (0, 0, 0)).rows(0, height)
        if blurred:
            pixels = cv2.GaussianBlur(pixels, (0, 0), BLUR * min(self._size))
        color, share = DARK_VEIL if luminance(self._palette["ink"]) > MIDDLE else LIGHT_VEIL
        self._pixels[:, :, :3] = np.round(pixels * (1 - share) + np.array(color, np.float32) * share)
        self._pixels[:, :, 3] = 255

    def texture(self, kind: str) -> None:
        """Fibers of paper, or fine grain: noise of a fixed seed."""
        import cv2
        import numpy as np

        width, height = self._size
        random = np.random.default_rng(SEED)
        noise = random.standard_normal((height, width), np.float32) * 2.0
        if kind == "paper":
            coarse = random.standard_normal((height // 3 + 1, width // 3 + 1), np.float32)
            long = cv2.GaussianBlur(coarse, (0, 0), sigmaX=3, sigmaY=0.7) + cv2.GaussianBlur(coarse, (0, 0), 6) * 2
            noise += cv2.resize(long, (width, height), interpolation=cv2.INTER_LINEAR) * 6
        color = self._pixels[:, :, :3].astype(np.float32) + noise[:, :, None]
        self._pixels[:, :, :3] = np.clip(np.round(color), 0, 255)

    def window(self, photo: "np.ndarray", window: Window) -> None:
        """A photograph (uint8 RGB) in a box, cropped to cover it."""
        import numpy as np
        from PIL import Image

        left, top, width, height = self._box(window.box)
        self.pane(window)
        inner = Pasted((height, width), photo, "cover", (255, 255, 255)).rows(0, height)
        mask = self._shape((width, height), window)
        layer = Image.fromarray(np.clip(np.round(inner), 0, 255).astype(np.uint8)).convert("RGBA")
        layer.putalpha(mask)
        self._over(layer, (left, top))

    def pane(self, window: Window) -> None:
        """The rim and shadow of a window, and a calm surface where a photograph would be."""
        left, top, width, height = (side / self._unit for side in self._box(window.box))
        rim, shape = window.rim, "ellipse" if window.round else "rect"
        outer = (left - rim, top - rim, width + 2 * rim, height + 2 * rim)
        self._soft(shape, outer, window.radius + rim / 2, window.shadow)
        border = f'<g fill="$panel">{_outline(shape, *outer, window.radius + rim / 2)}</g>' if rim else ""
        self.svg(f'{border}<g fill="$second">{_outline(shape, left, top, width, height, window.radius)}</g>')

    def card(self, card: Card) -> None:
        """A surface to put texts on."""
        left, top, width, height = (side / self._unit for side in self._box(card.box))
        self._soft("rect", (left, top, width, height), card.radius, card.shadow)
        line = f' stroke="$ink" stroke-width="{card.line}"' if card.line else ""
        self.svg(f'<g fill="${card.fill}"{line}>{_outline("rect", left, top, width, height, card.radius)}</g>')

    def stand(self, subject: "np.ndarray", where: Subject) -> None:
        """A product (uint8 RGBA, cropped) as large as its box lets it be, on the box's lower rim or in its middle."""
        import numpy as np
        from PIL import Image

        left, top, width, height = self._box(where.box)
        placed = place(subject, Frame("", width, height, 1.0)).pixels
        if where.stand:
            rows = np.flatnonzero((placed[:, :, 3] > 12).any(1))
            placed = np.roll(placed, height - 1 - int(rows[-1]), axis=0) if len(rows) else placed
        whole = np.zeros_like(self._pixels)
        whole[top : top + height, left : left + width] = placed
        if where.shadow and where.stand:
            ground = contact_shadow(whole[:, :, 3], where.shadow)
            dark = 1 - enlarge(ground, (self._size[1], self._size[0]), 0, self._size[1])[:, :, None]
            self._pixels[:, :, :3] = np.round(self._pixels[:, :, :3] * dark)
        elif where.shadow:
            self._drop(Image.fromarray(whole[:, :, 3]), where.shadow)
        self._over(Image.fromarray(whole))

    def drawing(self, placed: Placed) -> None:
        """What an item draws besides letters: its own SVG, a badge behind it, or strips of color behind its lines."""
        item, (left, top, width, height) = placed.item, (side / self._unit for side in placed.box)
        if placed.block is None:
            across = item.size[0]
            x = {"left": left, "center": left + (width - across) / 2, "right": left + width - across}
            self.svg(f'<g transform="translate({x[placed.align]:.2f} {top:.2f})">{item.svg}</g>')
            return
        size = placed.block.size / self._unit
        if item.badge:
            ink = [each / self._unit for each in placed.block.ink]
            pad_x, pad_y = item.badge.pad[0] * size, item.badge.pad[1] * size
            box = (left + ink[0] - pad_x, top - pad_y, ink[2] - ink[0] + 2 * pad_x, height + 2 * pad_y)
            radius = min(item.badge.radius * size, box[3] / 2)
            self.svg(f'<g fill="${item.badge.fill}">{_outline("rect", *box, radius)}</g>')
        if item.mark:
            strips = "".join(
                _outline("rect", left + x0 - 0.12 * size, top + y - 0.3 * size, x1 - x0 + 0.24 * size, 0.42 * size, 0)
                for x0, x1, y in self._lines(placed)
            )
            self.svg(f'<g fill="${item.mark}">{strips}</g>')

    def write(self, placed: Placed) -> None:
        """Draw the letters."""
        item, block = placed.item, placed.block
        if block is None:
            return
        ink = Ink(
            self._palette[item.color],
            fade=self._palette[item.fade] if item.fade else None,
            outline=item.outline,
            outline_color=self._palette[item.outline_color],
            shadow=item.shadow,
        )
        paint(self._pixels, block, placed.box[0], placed.box[1], ink)

    def guard(self, stack: list[Placed]) -> None:
        """Darken or lighten the ground of a stack's texts, very softly and no more than must be, until all are read."""
        import cv2
        import numpy as np

        texts = [each for each in stack if each.block is not None and not (each.item.badge or each.item.outline)]
        if not texts or all(self.contrast(each) >= READABLE for each in texts):
            return
        text = luminance(self._palette[texts[0].item.color])
        away = np.array((0, 0, 0) if text > MIDDLE else (255, 255, 255), np.float32)
        share = max(self._needed(each, away) for each in texts)
        small = cv2.resize(np.zeros(self._pixels.shape[:2], np.float32), None, fx=1 / COARSE, fy=1 / COARSE)
        reach = SPREAD * self._unit / COARSE
        for each in texts:
            rows, columns = self._near(each)
            top, bottom = (round(edge / COARSE) for edge in (rows.start, rows.stop))
            left, right = (round(edge / COARSE) for edge in (columns.start, columns.stop))
            out = round(1.6 * reach)
            small[max(0, top - out) : bottom + out, max(0, left - out) : right + out] = 1
        soft = cv2.GaussianBlur(small, (0, 0), reach, borderType=cv2.BORDER_REPLICATE)
        cover = cv2.resize(soft, self._pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        cover = (np.minimum(1, cover * 1.15) * share)[:, :, None]
        color = self._pixels[:, :, :3]
        self._pixels[:, :, :3] = np.round(color + (away - color) * cover)

    def _needed(self, placed: Placed, away: "np.ndarray") -> float:
        """How much of ``away`` must be mixed in until this text can be read, 0..1."""
        text = luminance(self._palette[placed.item.color])
        worst = self._worst(placed, text)
        shares = (step / 50 for step in range(51))
        mixed = ((share, tuple(worst + (away - worst) * share)) for share in shares)
        return next((share for share, rgb in mixed if contrast(text, luminance(rgb)) >= READABLE + MARGIN), 1.0)

    def contrast(self, placed: Placed) -> float:
        """Of a text's color against the pixels around its letters that are nearest to it; an outline is its ground."""
        text = luminance(self._palette[placed.item.color])
        if placed.item.outline:
            return contrast(text, luminance(self._palette[placed.item.outline_color]))
        return contrast(text, luminance(tuple(self._worst(placed, text))))

    def cut_out(self, rim: float) -> None:
        """Give everything that is drawn the white rim of a sticker and a light shadow."""
        import cv2
        import numpy as np
        from PIL import Image

        reach = max(1, round(rim * self._unit))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
        grown = cv2.GaussianBlur(cv2.dilate(self._pixels[:, :, 3], disc), (0, 0), max(0.8, reach / 12))
        drawn = self._pixels.copy()
        self._pixels[:] = 0
        self._drop(Image.fromarray(grown), STICKER_SHADOW)
        white = np.full_like(drawn, 255)
        white[:, :, 3] = grown
        self._over(Image.fromarray(white))
        self._over(Image.fromarray(drawn))

    def _over(self, layer: "Image.Image", at: tuple[int, int] = (0, 0)) -> None:
        import numpy as np
        from PIL import Image

        whole = Image.fromarray(self._pixels)
        whole.alpha_composite(layer, at)
        self._pixels = np.asarray(whole).copy()

    def _drop(self, shape: "Image.Image", strength: float) -> None:
        """A soft shadow of ``shape`` (coverage), a little lower than it."""
        from PIL import Image, ImageChops, ImageFilter

        small = shape.resize((max(1, shape.width // SMALL), max(1, shape.height // SMALL)))
        fallen = ImageChops.offset(small, 0, round(DROP * self._unit / SMALL))
        soft = fallen.filter(ImageFilter.GaussianBlur(SOFT * self._unit / SMALL)).resize(shape.size)
        layer = Image.new("RGBA", shape.size, (0, 0, 0, 0))
        layer.putalpha(soft.point(lambda value: round(value * strength)))
        self._over(layer)

    def _soft(self, shape: str, box: tuple[float, float, float, float], radius: float, strength: float) -> None:
        """The shadow of a shape in units, drawn small, since it is soft."""
        from PIL import Image, ImageFilter

        if not strength:
            return
        small = (max(1, self._size[0] // SMALL), max(1, self._size[1] // SMALL))
        units = (self._size[0] / self._unit, self._size[1] / self._unit)
        body = _outline(shape, box[0], box[1] + DROP, box[2], box[3], radius)
        dark = rendered(body, units, small).getchannel("A")
        dark = dark.filter(ImageFilter.GaussianBlur(SOFT * self._unit / SMALL)).resize(
            self._size, Image.Resampling.BILINEAR
        )
        layer = Image.new("RGBA", self._size, (0, 0, 0, 0))
        layer.putalpha(dark.point(lambda value: round(value * strength)))
        self._over(layer)

    def _box(self, shares: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """Left, top, width, height in whole pixels inside the picture."""
        width, height = self._size
        left, top = round(shares[0] * width), round(shares[1] * height)
        return left, top, min(width - left, round(shares[2] * width)), min(height - top, round(shares[3] * height))

    def _shape(self, size: tuple[int, int], window: Window) -> "Image.Image":
        units = (size[0] / self._unit, size[1] / self._unit)
        shape = "ellipse" if window.round else "rect"
        return rendered(_outline(shape, 0, 0, *units, window.radius), units, size).getchannel("A")

    def _lines(self, placed: Placed) -> list[tuple[float, float, float]]:
        """Left, right and baseline of each line, in units from the box's corner."""
        rows: dict[float, list[float]] = {}
        assert placed.block is not None
        size = placed.block.size
        for glyph in placed.block.glyphs:
            advance = glyph.face.advance(glyph.text) if glyph.face else 1.1
            rows.setdefault(glyph.y, []).extend((glyph.x, glyph.x + advance * size))
        return [(min(xs) / self._unit, max(xs) / self._unit, y / self._unit) for y, xs in rows.items()]

    def _near(self, placed: Placed) -> tuple[slice, slice]:
        """Rows and columns around the ink."""
        assert placed.block is not None
        left, top, right, bottom = placed.block.ink
        room, x, y = NEAR * placed.block.size, placed.box[0], placed.box[1]
        rows = slice(max(0, math.floor(y + top - room)), max(0, math.ceil(y + bottom + room)))
        return rows, slice(max(0, math.floor(x + left - room)), max(0, math.ceil(x + right + room)))

    def _worst(self, placed: Placed, text: float) -> "np.ndarray":
        """The color around the letters that they are hardest to read on, but for a hundredth of the pixels there."""
        import cv2
        import numpy as np

        assert placed.block is not None
        reach = max(1.0, NEAR * placed.block.size)
        grown, x, y = surroundings(placed.block, placed.box[0], placed.box[1], reach)
        top, left = max(0, y), max(0, x)
        ground = self._pixels[top : y + grown.shape[0], left : x + grown.shape[1], :3].astype(np.float32)
        around = grown[top - y :, left - x :][: ground.shape[0], : ground.shape[1]] > 128
        seen = cv2.blur(ground, (3, 3))[around]
        lights = seen @ np.array((0.2126, 0.7152, 0.0722), np.float32)
        order = np.argsort(lights, kind="stable")
        edge = int(0.99 * (len(order) - 1)) if text > MIDDLE else int(0.01 * (len(order) - 1))
        worst: np.ndarray = seen[order[edge]]
        return worst


def rendered(body: str, units: tuple[float, float], size: tuple[int, int]) -> "Image.Image":
    """SVG elements in a drawing of ``units``, as RGBA of ``size`` pixels."""
    import resvg_py
    from PIL import Image

    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{size[0]}" '
        f'height="{size[1]}" viewBox="0 0 {units[0]:.4f} {units[1]:.4f}" preserveAspectRatio="none">{body}</svg>'
    )
    with Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))) as image:
        return image.convert("RGBA")


def _piece(where: Art, svg: str, width: float, height: float) -> str:
    """Art in its box, as large as fits, in the middle."""
    x, y, wide, high = where.box[0] * width, where.box[1] * height, where.box[2] * width, where.box[3] * height
    side = min(wide, high)
    left, top = x + (wide - side) / 2, y + (high - side) / 2
    turn = f"rotate({where.turn} {left + side / 2:.2f} {top + side / 2:.2f})"
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    place = f'x="{left:.2f}" y="{top:.2f}" width="{side:.2f}" height="{side:.2f}"'
    drawn = f'<svg {place} viewBox="0 0 {ART_SIDE} {ART_SIDE}">{inner}</svg>'
    return f'<g transform="{turn}" opacity="{where.opacity}">{drawn}</g>'


def _outline(shape: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    if shape == "ellipse":
        return (
            f'<ellipse cx="{x + width / 2:.2f}" cy="{y + height / 2:.2f}" rx="{width / 2:.2f}" ry="{height / 2:.2f}"/>'
        )
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" rx="{radius:.2f}"/>'
