"""The surface that a poster is drawn on: drawings as SVG, photographs, shadows, and text that can be read."""

from string import Template as Words
from typing import TYPE_CHECKING

from .backdrops import Pasted, contact_shadow
from .colors import Rgb, luminance
from .framing import Frame, place
from .palettes import Palette, code
from .posters_reading import MIDDLE
from .posters_shapes import outline, piece, rendered
from .posters_text import Placed
from .resizing import enlarge
from .templates import Art, Card, Subject, Window
from .typesetting_ink import Ink, paint

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SEED = 20
DARK_VEIL: tuple[Rgb, float] = ((8, 8, 12), 0.34)
LIGHT_VEIL: tuple[Rgb, float] = ((255, 255, 255), 0.55)
BLUR = 0.018
"""Standard deviation of a blurred photograph, as a share of the shorter side."""
DROP, SOFT, SMALL = 14, 16, 4
"""Of shadows: how far down, their softness (units), and by how much smaller than the picture they are made."""
STICKER_SHADOW = 0.28


class Canvas:
    """``unit``: pixels of a thousandth of the shorter side. ``clear``: begin with nothing instead of a ground."""

    def __init__(self, width: int, height: int, unit: float, palette: Palette, *, clear: bool) -> None:
        import numpy as np

        self._size = (width, height)
        self.unit = unit
        self.palette = palette
        self._clear = clear
        self._pixels = np.zeros((height, width, 4), np.uint8)

    @property
    def pixels(self) -> "np.ndarray":
        """What is drawn so far, uint8 RGBA; to be changed in place."""
        return self._pixels

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
        width, height = (side / self.unit for side in self._size)
        colors = {role: code(color) for role, color in self.palette.items()}
        places = {"w": width, "h": height, "cx": width / 2, "cy": height / 2}
        body = Words(drawing).substitute(colors | {name: f"{value:.2f}" for name, value in places.items()})
        body += "".join(piece(each, svg, width, height) for each, svg in art)
        self._over(rendered(body, (width, height), self._size))

    def photograph(self, photo: "np.ndarray", *, blurred: bool) -> None:
        """Cover the ground by a photograph (uint8 RGB) under a dark veil; a light one if the palette's ink is dark."""
        import cv2
        import numpy as np

        width, height = self._size
        pixels = Pasted((height, width), photo, "cover", (0, 0, 0)).rows(0, height)
        if blurred:
            pixels = cv2.GaussianBlur(pixels, (0, 0), BLUR * min(self._size))
        color, share = DARK_VEIL if luminance(self.palette["ink"]) > MIDDLE else LIGHT_VEIL
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
        left, top, width, height = (side / self.unit for side in self._box(window.box))
        rim, shape = window.rim, "ellipse" if window.round else "rect"
        outer = (left - rim, top - rim, width + 2 * rim, height + 2 * rim)
        self._soft(shape, outer, window.radius + rim / 2, window.shadow)
        border = f'<g fill="$panel">{outline(shape, *outer, window.radius + rim / 2)}</g>' if rim else ""
        self.svg(f'{border}<g fill="$second">{outline(shape, left, top, width, height, window.radius)}</g>')

    def card(self, card: Card) -> None:
        """A surface to put texts on."""
        left, top, width, height = (side / self.unit for side in self._box(card.box))
        self._soft("rect", (left, top, width, height), card.radius, card.shadow)
        line = f' stroke="$ink" stroke-width="{card.line}"' if card.line else ""
        self.svg(f'<g fill="${card.fill}"{line}>{outline("rect", left, top, width, height, card.radius)}</g>')

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
        item, (left, top, width, height) = placed.item, (side / self.unit for side in placed.box)
        if placed.block is None:
            across = item.size[0]
            x = {"left": left, "center": left + (width - across) / 2, "right": left + width - across}
            self.svg(f'<g transform="translate({x[placed.align]:.2f} {top:.2f})">{item.svg}</g>')
            return
        size = placed.block.size / self.unit
        if item.badge:
            ink = [each / self.unit for each in placed.block.ink]
            pad_x, pad_y = item.badge.pad[0] * size, item.badge.pad[1] * size
            box = (left + ink[0] - pad_x, top - pad_y, ink[2] - ink[0] + 2 * pad_x, height + 2 * pad_y)
            radius = min(item.badge.radius * size, box[3] / 2)
            self.svg(f'<g fill="${item.badge.fill}">{outline("rect", *box, radius)}</g>')
        if item.mark:
            strips = "".join(
                outline("rect", left + x0 - 0.12 * size, top + y - 0.3 * size, x1 - x0 + 0.24 * size, 0.42 * size, 0)
                for x0, x1, y in self._lines(placed)
            )
            self.svg(f'<g fill="${item.mark}">{strips}</g>')

    def write(self, placed: Placed) -> None:
        """Draw the letters."""
        item, block = placed.item, placed.block
        if block is None:
            return
        ink = Ink(
            self.palette[item.color],
            fade=self.palette[item.fade] if item.fade else None,
            outline=item.outline,
            outline_color=self.palette[item.outline_color],
            shadow=item.shadow,
        )
        paint(self._pixels, block, placed.box[0], placed.box[1], ink)

    def cut_out(self, rim: float) -> None:
        """Give everything that is drawn the white rim of a sticker and a light shadow."""
        import cv2
        import numpy as np
        from PIL import Image

        reach = max(1, round(rim * self.unit))
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
        fallen = ImageChops.offset(small, 0, round(DROP * self.unit / SMALL))
        soft = fallen.filter(ImageFilter.GaussianBlur(SOFT * self.unit / SMALL)).resize(shape.size)
        layer = Image.new("RGBA", shape.size, (0, 0, 0, 0))
        layer.putalpha(soft.point(lambda value: round(value * strength)))
        self._over(layer)

    def _soft(self, shape: str, box: tuple[float, float, float, float], radius: float, strength: float) -> None:
        """The shadow of a shape in units, drawn small, since it is soft."""
        from PIL import Image, ImageFilter

        if not strength:
            return
        small = (max(1, self._size[0] // SMALL), max(1, self._size[1] // SMALL))
        units = (self._size[0] / self.unit, self._size[1] / self.unit)
        body = outline(shape, box[0], box[1] + DROP, box[2], box[3], radius)
        dark = rendered(body, units, small).getchannel("A")
        dark = dark.filter(ImageFilter.GaussianBlur(SOFT * self.unit / SMALL)).resize(
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
        units = (size[0] / self.unit, size[1] / self.unit)
        shape = "ellipse" if window.round else "rect"
        return rendered(outline(shape, 0, 0, *units, window.radius), units, size).getchannel("A")

    def _lines(self, placed: Placed) -> list[tuple[float, float, float]]:
        """Left, right and baseline of each line, in units from the box's corner."""
        rows: dict[float, list[float]] = {}
        assert placed.block is not None
        size = placed.block.size
        for glyph in placed.block.glyphs:
            advance = glyph.face.advance(glyph.text) if glyph.face else 1.1
            rows.setdefault(glyph.y, []).extend((glyph.x, glyph.x + advance * size))
        return [(min(xs) / self.unit, max(xs) / self.unit, y / self.unit) for y, xs in rows.items()]
