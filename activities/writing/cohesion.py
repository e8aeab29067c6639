"""Which sentences hang on the one before them, in Chinese and English, by how they begin."""

import re

HANGING = {
    "zh": re.compile(
        r"^(?:他|她|它|这|那(?!不勒斯)|此|其(?!实)|该|前者|后者|两者|二者|据此|对此|为此|与此|如此|上述|以上|同样|也(?!门)|还(?!原)|"
        r"只有这样|不仅如此|除此之外|除此以外|相比之下|从此|从那|之后|随后|接着|原来|结果(?!显示|表明)|于是|当时)"
    ),
    "en": re.compile(
        r"^[\"“‘']?(?:he|she|it(?! (?:is|was|takes|took) \w+ (?:that|to)\b)|they|this|that|these|those|such|his|her|"
        r"its|their|him|them|in (?:that|this|these|those)|since then|what (?:it|he|she|they|we)|at first|from then|"
        r"the (?:former|latter|same|other|result|difference|reason|effect|idea|trial|approach|method|problem|situation|"
        r"change|plan|decision|move|answer|latest)s?|both|neither|another|others|then|"
        r"instead|otherwise|after that|at that time|one of them|similarly|likewise)\b",
        re.IGNORECASE,
    ),
}
"""How a sentence begins that means something only behind the one before it."""
LINKS = {
    "zh": re.compile(
        r"^(?:(?:然而|但是|但(?!愿)|不过|可是|因此|所以|因而|而且|并且|而(?!立|今|言))[，,]?|"
        r"(?:此外|另外|同时|与此同时|其次|再次|最后|首先|总之|总的来说|综上所述|另一方面|一方面|事实上|实际上|其实|当然|那么|"
        r"反之|例如|比如|换句话说|也就是说|第[一二三四五]|更重要的是)[，,：:])\s*"
    ),
    "en": re.compile(
        r"^(?:(?:but|and|yet|so(?! far| many| much)|therefore|thus|hence)\b,?|"
        r"(?:however|still|moreover|furthermore|besides|in addition|additionally|also|as a result|in contrast|"
        r"by contrast|meanwhile|nevertheless|nonetheless|consequently|finally|"
        r"first|firstly|second|secondly|third|lastly|in short|"
        r"in conclusion|overall|in fact|indeed|for example|for instance|of course|on the other hand|on the one hand|"
        r"in other words|more importantly|most importantly),)\s+",
        re.IGNORECASE,
    ),
}
"""Links to the sentence before; they go where that one was not picked."""


def hangs(text: str, language: str) -> bool:
    """Whether a sentence means something only behind the one before it."""
    return HANGING[language].match(LINKS[language].sub("", text)) is not None


def unlinked(text: str, language: str) -> str:
    """A sentence without its link to the one before, as it stands alone."""
    bare = LINKS[language].sub("", text)
    return bare if language == "zh" or bare == text else bare[:1].upper() + bare[1:]
