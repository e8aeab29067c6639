"""Guesses how an English word sounds that no dictionary has: letter groups become phonemes, the longest first.

Enough for names and inventions to be understood; a dictionary is always better.
"""

import re

RULES = (
    ("tion$", "ʃən"), ("sion$", "ʒən"), ("ture$", "ʧəɹ"), ("cious$", "ʃəs"), ("tious$", "ʃəs"), ("ous$", "əs"),
    ("igh", "I"), ("eigh", "A"), ("augh", "ɔ"), ("ough", "O"), ("tch", "ʧ"), ("dge$", "ʤ"), ("dge", "ʤ"),
    ("sch", "ʃ"), ("zh", "ʤ"), ("^x(?=i)", "ʃ"), ("q(?=i)", "ʧ"), ("chr", "kɹ"), ("ck", "k"), ("ch", "ʧ"),
    ("sh", "ʃ"), ("th", "θ"), ("ph", "f"), ("wh", "w"), ("^kn", "n"), ("^wr", "ɹ"), ("^ps", "s"), ("^x", "z"),
    ("gn$", "n"), ("mb$", "m"), ("ng$", "ŋ"), ("ng", "ŋɡ"), ("qu", "kw"), ("gh", "ɡ"), ("ss", "s"), ("ll", "l"),
    ("tt", "t"), ("nn", "n"), ("mm", "m"), ("pp", "p"), ("bb", "b"), ("dd", "d"), ("ff", "f"), ("gg", "ɡ"),
    ("rr", "ɹ"), ("zz", "z"), ("cc(?=[eiy])", "ks"), ("cc", "k"), ("eau", "O"), ("oo", "u"), ("ee", "i"), ("ea", "i"),
    ("ai", "A"), ("ay", "A"), ("ei", "A"), ("ey$", "i"), ("ey", "A"), ("oa", "O"), ("oe$", "O"), ("ou", "W"),
    ("ow$", "O"), ("ow", "W"), ("oi", "Y"), ("oy", "Y"), ("au", "ɔ"), ("aw", "ɔ"), ("ew", "ju"), ("ie$", "i"),
    ("ie", "i"), ("ue$", "u"), ("ui", "u"), ("eu", "ju"), ("arr", "æɹ"), ("ar", "ɑɹ"), ("err", "ɛɹ"), ("er$", "əɹ"),
    ("er", "ɜɹ"), ("ir", "ɜɹ"), ("or", "ɔɹ"), ("ur", "ɜɹ"), ("yr", "ɪɹ"), ("a(?=[^aeiouywx]e$)", "A"),
    ("i(?=[^aeiouyw]e$)", "I"), ("o(?=[^aeiouyw]e$)", "O"), ("u(?=[^aeiouyw]e$)", "u"), ("e(?=[^aeiouyw]e$)", "i"),
    ("le$", "ᵊl"), ("(?<=[aeiouyl].)e$", ""), ("(?<=[^aeiou])e$", ""), ("c(?=[eiy])", "s"), ("c", "k"),
    ("g(?=[eiy])", "ʤ"), ("g", "ɡ"), ("j", "ʤ"), ("x", "ks"), ("y$", "i"), ("^y", "j"), ("y(?=[aeiou])", "j"),
    ("y", "ɪ"), ("r", "ɹ"), ("q", "k"), ("s(?=m$)", "z"), ("h$", ""), ("o$", "O"), ("i$", "i"), ("a$", "ə"),
    ("u$", "u"), ("e", "ɛ"), ("a", "æ"), ("i", "ɪ"), ("o", "ɑ"), ("u", "ʌ"),
)  # fmt: skip
COMPILED = tuple((re.compile(pattern), sound) for pattern, sound in RULES)
VOWELS = "AIOQWYaiuæɑəɛɜɪɔʊʌᵊ"


def guessed(word: str) -> str:
    """Phonemes of a word of the letters a to z, its stress on the first vowel, or the second last of a long word."""
    sounds, at = [], 0
    while at < len(word):
        for pattern, sound in COMPILED:
            found = _here(pattern, word, at)
            if found:
                sounds.append(sound)
                at = max(at + 1, found.end())
                break
        else:
            sounds.append(word[at] if word[at] in "bdfhklmnpstvwz" else "")
            at += 1
    return _stressed("".join(sounds))


def _here(pattern: re.Pattern[str], word: str, at: int) -> re.Match[str] | None:
    """A match that begins at ``at``; ``^`` means the word's begin."""
    if pattern.pattern.startswith("^") and at:
        return None
    return pattern.match(word, at)


def _stressed(sounds: str) -> str:
    vowels = [at for at, each in enumerate(sounds) if each in VOWELS and each not in "əᵊ"]
    if not vowels:
        return sounds
    at = vowels[-2] if len(vowels) > 2 else vowels[0]
    return f"{sounds[:at]}ˈ{sounds[at:]}"
