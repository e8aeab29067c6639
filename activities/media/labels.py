"""Labels of content that an engine generated, as GB 45438-2025 asks: in the file's XMP, and as a sign in the picture.

The implicit label is appendix E of the standard, carried as TC260-PG-20258A says: the property ``AIGC`` (JSON) of the
namespace ``http://www.tc260.org.cn/ns/AIGC/1.0/``. The sign is the standard's 5.2: words in a corner, their height 5 %
of the shorter side or more. Nothing here takes a label away.
"""

import html
import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from .packets import MOST_BYTES, read_packet, write_packet

if TYPE_CHECKING:
    import numpy as np

    from .images import Picture

NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
LABELED = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
"""Types of files that can carry an implicit label here."""
KEYS = ("Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2")
MOST_CHARACTERS = 1000
"""Of one field that is written."""
WORDS = re.compile(
    r"(?:\bA[Il1|]|人工智能|AIGC)[\s\-_]*(?:技术)?[\s\-_]*(?:辅助)?(?:生成|合成|generated)", re.IGNORECASE
)
CAPITALS = 737
"""Height of the sign's capitals in units of its view box."""
SHARE = 0.05
SMALLEST_CAPITALS = 8
"""Pixels; below, nobody could read the sign."""
MARGIN = 0.02
OPENING = re.compile(rb"<([\w.-]+):AIGC\b[^<>]*>")
ATTRIBUTE = re.compile(rb"""\s[\w.-]+:AIGC\s*=\s*(["'])""")
MOST_LABELS = 10
"""That are taken out of a packet; one that holds more is replaced as a whole."""
END = b"</rdf:RDF>"


@dataclass(frozen=True)
class Label:
    """An implicit label. ``label``: "1" is generated, "2" may be, "3" is suspected to be."""

    label: str = "1"
    producer: str = ""
    produce_id: str = ""
    reserved_1: str = ""
    propagator: str = ""
    propagate_id: str = ""
    reserved_2: str = ""

    def facts(self) -> dict[str, str]:
        """By the standard's own keys."""
        return {key: getattr(self, each.name)[:MOST_CHARACTERS] for key, each in zip(KEYS, fields(self), strict=True)}

    def json(self) -> str:
        """The standard's text."""
        return json.dumps(self.facts(), ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def parsed(text: str) -> "Label | None":
        """From the standard's text; fields that miss are empty, others are left out. None if it is not JSON.

        Anybody may have written it: what cannot be printed or stored is left out, and the fields' length is bounded.
        """
        try:
            facts = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return Label(*(_plain(facts.get(key, "")) for key in KEYS)) if isinstance(facts, dict) else None


def _plain(value: object) -> str:
    return "".join(letter for letter in str(value)[:MOST_CHARACTERS] if letter.isprintable())


def read(path: Path) -> Label | None:
    """The implicit label of a picture, or None; reads the file's head alone for JPEG, and never fails for content."""
    packet = read_packet(path)
    found = None if packet is None else _found(packet)
    return None if found is None else Label.parsed(html.unescape(found[1].decode("utf-8", "replace")))


def _found(packet: bytes) -> tuple[slice, bytes] | None:
    """Where the label stands in a packet, as an element or as an attribute, and its text; in linear time."""
    opening = OPENING.search(packet)
    if opening is not None:
        close = b"</" + opening[1] + b":AIGC"
        start, end = opening.end(), packet.find(close, opening.end())
        rest = packet.find(b">", end)
        if end >= 0 <= rest:
            return slice(opening.start(), rest + 1), packet[start:end]
    attribute = ATTRIBUTE.search(packet)
    if attribute is not None:
        end = packet.find(attribute[1], attribute.end())
        if end >= 0:
            return slice(attribute.start(), end + 1), packet[attribute.end() : end]
    return None


def _without(packet: bytes) -> bytes:
    """The packet without its labels; empty if there are too many."""
    for _ in range(MOST_LABELS):
        found = _found(packet)
        if found is None:
            return packet
        packet = packet[: found[0].start] + packet[found[0].stop :]
    return b""


def add(path: Path, label: Label) -> None:
    """Write the implicit label, in the place of an earlier one; the pixels and other metadata stay as they are.

    Raises ``UnsupportedType`` unless it is a PNG, JPEG, WebP or GIF file.
    """
    text = html.escape(label.json(), quote=False).encode()
    element = b"<TC260:AIGC>" + text + b"</TC260:AIGC>"
    node = b'<rdf:Description rdf:about="" xmlns:TC260="' + NAMESPACE.encode() + b'">' + element + b"</rdf:Description>"
    packet = _without(read_packet(path) or b"")
    before, end, after = packet.rpartition(END)
    if end and len(packet) + len(node) <= MOST_BYTES:
        write_packet(path, before + node + end + after)
        return
    write_packet(
        path,
        b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        + node
        + END
        + b'</x:xmpmeta><?xpacket end="w"?>',
    )


def says_generated(words: str) -> bool:
    """Whether words that were read in a picture are a sign as the standard describes it: AI or 人工智能, and 生成 or
    合成, or their like in English; readers take the I for an l."""
    return WORDS.search(words) is not None


def sign(path: Path, mime_type: str, language: str) -> None:
    """Draw the sign into a picture file, in its own format, with its profile and EXIF; into every frame of one that
    moves."""
    from .images import read_image
    from .saving import save

    picture = read_image(path)
    if picture.frames > 1 or mime_type == "image/gif":
        _sign_frames(path, mime_type, language)
        return
    drawn = save(path.parent, f"{path.stem}-signed", signed(picture, language), "auto", mime_type)
    drawn.path.replace(path)


def _sign_frames(path: Path, mime_type: str, language: str) -> None:
    import numpy as np
    from PIL import Image, ImageSequence

    from .images import QUALITY

    with Image.open(path) as image:
        loop, frames, durations = image.info.get("loop"), [], []
        for frame in ImageSequence.Iterator(image):
            frames.append(_signed_frame(np.asarray(frame.convert("RGBA")), language, hard=mime_type == "image/gif"))
            durations.append(frame.info.get("duration", 100))
    options = {} if loop is None else {"loop": loop}
    kind = mime_type.removeprefix("image/").upper()
    options |= {"GIF": {"disposal": 2}, "WEBP": {"quality": QUALITY, "method": 3}}.get(kind, {})
    first, *others = (Image.fromarray(frame) for frame in frames)
    first.save(path, kind, save_all=True, append_images=others, duration=durations, **options)


def _signed_frame(rgba: "np.ndarray", language: str, hard: bool) -> "np.ndarray":
    """With the sign; ``hard`` where a pixel shows or does not: the sign's soft ground is then solid."""
    import numpy as np

    from .images import Picture

    drawn = signed(Picture(rgba[:, :, :3], rgba[:, :, 3]), language)
    assert drawn.alpha is not None
    return np.dstack([drawn.pixels, np.where(drawn.alpha > 100, 255, 0).astype(np.uint8) if hard else drawn.alpha])


def signed(picture: "Picture", language: str) -> "Picture":
    """The picture with the sign in its lower right corner."""
    from dataclasses import replace

    import numpy as np
    from PIL import Image

    sign = _sign(language, picture.width, picture.height)
    margin = round(MARGIN * min(picture.width, picture.height))
    top = max(0, picture.height - sign.shape[0] - margin)
    left = max(0, picture.width - sign.shape[1] - margin)
    place = (slice(top, top + sign.shape[0]), slice(left, left + sign.shape[1]))
    sign = sign[: picture.height - top, : picture.width - left]
    opacity = np.full(picture.pixels.shape[:2], 255, np.uint8) if picture.alpha is None else picture.alpha.copy()
    pixels = picture.pixels.copy()
    ground = Image.fromarray(np.dstack([pixels[place], opacity[place]]))
    drawn = np.asarray(Image.alpha_composite(ground, Image.fromarray(sign)))
    pixels[place], opacity[place] = drawn[:, :, :3], drawn[:, :, 3]
    return replace(picture, pixels=pixels, alpha=None if picture.alpha is None else opacity)


def _sign(language: str, width: int, height: int) -> "np.ndarray":
    """uint8 RGBA of the words for a picture of that size: as high as the standard wants, never wider than it."""
    import io
    import math

    import numpy as np
    import resvg_py
    from PIL import Image

    name = "zh" if language.startswith("zh") else "en"
    svg = Path(__file__).with_name("signs").joinpath(f"generated-{name}.svg").read_text(encoding="utf-8")
    box = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', svg)
    assert box is not None
    wide, high = float(box[3]), float(box[4])
    scale = max(SMALLEST_CAPITALS, math.ceil(SHARE * min(width, height))) / CAPITALS
    scale = min(scale, width / wide, height / high)
    size = (max(1, math.floor(wide * scale)), max(1, math.ceil(high * scale)))
    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=size[0], height=size[1])
    return np.asarray(Image.open(io.BytesIO(bytes(drawn))).convert("RGBA"))
