"""Turns English words into the phonemes of the engine ``speech``, by the dictionaries of misaki (Apache-2.0).

They are American and know 180,000 words. Endings, possessives, compounds and spelled letters follow by rule; what is
left is guessed. A word that sounds in two ways is said in the more common one, since nothing here parses sentences.
"""

import json
import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from .letters import guessed
from .numbers_en import spoken

VOWELS = "AIOQWYaiuæɑəɛɜɪɔʊʌᵊᵻ"
STRONG, WEAK = "ˈ", "ˌ"
LONGEST_WORD = 30
"""Letters of a compound."""
BEFORE_VOWEL = {"the": "ði", "to": "tʊ", "a": "ɐn"}
BEFORE_CONSONANT = {"the": "ðə", "to": "tə", "a": "ɐ", "an": "ɐn"}
PIECE = re.compile(r"[A-Za-z]+\.(?:[A-Za-z]\.)+|(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|approx|Inc|Ltd)\.|"
                   r"[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)*['’]?|[&@%+=/]|[;:,.!?—…\"()“”]|\s+|-")  # fmt: skip
TURNED = str.maketrans({"ɾ": "T", "ʔ": "t"})
"""What Kokoro 1.0 calls the flap and the stop."""
PLAIN = str.maketrans("àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ", "aaaaaaceeeeiiiinoooooouuuuyy")


def phonemes(text: str) -> str:
    """A sentence, its marks kept; numbers and signs are read aloud."""
    pieces = [piece for piece in PIECE.findall(_worded(spoken(text))) if piece != "-"]
    sounds = ["" if _is_word(piece) else " " if piece.isspace() else piece for piece in pieces]
    following: str | None = None
    for at in range(len(pieces) - 1, -1, -1):
        if _is_word(pieces[at]):
            sounds[at] = _said(pieces[at], following)
            following = sounds[at]
        elif not pieces[at].isspace():
            following = None
    return re.sub(" +", " ", "".join(sounds)).strip().translate(TURNED)


def _worded(text: str) -> str:
    """Abbreviations, signs and the points of addresses as words."""
    text = re.sub(r"(?<=[a-z0-9])\.(?=[a-z]{2})", " dot ", re.sub(r"https?://", "", text))
    for sign, word in _own()["words"].items():
        edges = (r"(?<![\w.])", r"(?!\w)") if sign[0].isalpha() else ("", "")
        text = re.sub(edges[0] + re.escape(sign) + edges[1], f" {word} ", text)
    return text.replace("’", "'")


def _is_word(piece: str) -> bool:
    return piece[0].isalpha()


def _said(piece: str, following: str | None) -> str:
    """One word before the phonemes of the next, None at the end or before a mark."""
    lower = piece.lower()
    if lower in BEFORE_CONSONANT and not (piece == "A" and following is None):
        vowel = following is not None and following.lstrip(STRONG + WEAK)[:1] in VOWELS
        if lower in BEFORE_VOWEL and vowel:
            return BEFORE_VOWEL[lower] if lower != "a" else "ɐ"
        return BEFORE_CONSONANT[lower]
    if "." in piece:
        return _spelled(piece.replace(".", ""))
    return pronounced(piece)


@lru_cache(4096)
def pronounced(word: str) -> str:
    """The phonemes of a word, or of its letters if it is an abbreviation."""
    lower = word.lower().translate(PLAIN)
    name = lower.removesuffix("'s")
    if name in _own()["sounds"]:
        return str(_own()["sounds"][name]) + ("z" if name != lower else "")
    if len(word) > 1 and word.isupper():
        readable = lower in _own()["short"].split() or (len(word) > 3 and _found(lower) and word not in _dictionary())
        return (_found(lower) or "") if readable else _dictionary().get(word) or _spelled(word)
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+", word.translate(PLAIN))
    if len(parts) > 1 and not _found(lower):
        return " ".join(pronounced(part) for part in parts)
    return _dictionary().get(word) or _found(lower) or _compound(lower) or guessed(lower.replace("'", ""))


def _spelled(word: str) -> str:
    """Letter by letter, the last one stressed."""
    names = [_dictionary().get(letter.upper(), "").replace(STRONG, WEAK) for letter in word if letter.isalpha()]
    head, _, last = "".join(names).rpartition(WEAK)
    return f"{head}{STRONG}{last}"


def _found(lower: str) -> str | None:
    """In the dictionaries, or a form of what is there."""
    known = _dictionary()
    return known.get(lower) or known.get(lower.capitalize()) or _plural(lower) or _past(lower) or _going(lower)


def _stem(*candidates: str) -> str | None:
    known = _dictionary()
    forms = (form for each in candidates if len(each) > 1 for form in (each, each.capitalize()))
    return next((known[form] for form in forms if form in known), None)


def _plural(lower: str) -> str | None:
    """-s, -es, -ies, 's and s'."""
    if not lower.endswith(("s", "s'")) or lower.endswith("ss"):
        return None
    bare = lower.removesuffix("'").removesuffix("'s")
    stem = _stem(bare) if lower.endswith("'s") else None
    bare = bare.removesuffix("s")
    stem = stem or _stem(bare, bare.removesuffix("'"), bare.removesuffix("e"), re.sub("ie$", "y", bare))
    if not stem:
        return None
    if stem[-1] in "szʃʒʧʤ":
        return f"{stem}ᵻz"
    return stem + ("s" if stem[-1] in "ptkfθ" else "z")


def _past(lower: str) -> str | None:
    """-d and -ed."""
    if not lower.endswith("ed") or len(lower) < 4:
        return None
    stem = _stem(lower[:-2], lower[:-1], re.sub("ied$", "y", lower), re.sub(r"(.)\1ed$", r"\1", lower))
    if not stem:
        return None
    if stem[-1] in "td":
        return f"{stem}ᵻd"
    return stem + ("t" if stem[-1] in "pkfθʃsʧ" else "d")


def _going(lower: str) -> str | None:
    """-ing and -ly."""
    if lower.endswith("ing") and len(lower) > 5:
        stem = _stem(lower[:-3], f"{lower[:-3]}e", re.sub(r"(.)\1ing$", r"\1", lower))
        return f"{stem}ɪŋ" if stem else None
    if lower.endswith("ly") and len(lower) > 4:
        stem = _stem(lower[:-2], f"{lower[:-2]}le", re.sub("ily$", "y", lower))
        return f"{stem.removesuffix('l')}li" if stem else None
    return None


def _compound(lower: str) -> str | None:
    """Two known words written as one: the pair whose shorter one is longest."""
    ways = [(min(at, len(lower) - at), at) for at in range(3, min(len(lower), LONGEST_WORD) - 2)]
    for _, at in sorted(ways, reverse=True):
        first, second = _found(lower[:at]), _found(lower[at:])
        if first and second:
            return first + second.replace(STRONG, WEAK)
    return None


@cache
def _own() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("english.toml").read_text(encoding="utf-8"))


@cache
def _dictionary() -> dict[str, str]:
    """The surer of the two dictionaries first; of several ways to say a word the common one."""
    words: dict[str, str] = {}
    for name in ("us_silver.json", "us_gold.json"):
        found = json.loads(files("misaki.data").joinpath(name).read_text(encoding="utf-8"))
        words |= {word: said if isinstance(said, str) else said["DEFAULT"] for word, said in found.items()}
    return words
