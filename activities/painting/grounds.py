"""What a painter is asked for when words are to stand on its picture: calm, and without words of its own."""

from .scene import Scene

WANTED = "{}, a calm and atmospheric scene, soft light, photograph, empty space, no people"
UNWANTED = "text, letters, watermark, logo, frame, blurry"


def behind(words: str, width: int, height: int, seed: int) -> Scene:
    """A photograph to the meaning of ``words``, sides in pixels."""
    return Scene(WANTED.format(" ".join(words.split())), width, height, UNWANTED, seed)
