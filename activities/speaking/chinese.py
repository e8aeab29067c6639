"""Turns Chinese words into the phonemes of the engine ``speech``: words by jieba, readings by pypinyin, tones as they
are spoken beside each other, sounds by misaki.
"""

import logging
import re
from functools import cache, lru_cache
from typing import Any

BARE = str.maketrans("", "", "\u032f")
"""Kokoro knows no non-syllabic vowels apart."""
READINGS = {
    "还款": [["huan2"], ["kuan3"]],
    "银行": [["yin2"], ["hang2"]],
    "行业": [["hang2"], ["ye4"]],
    "重庆": [["chong2"], ["qing4"]],
    "长按": [["chang2"], ["an4"]],
    "好评": [["hao3"], ["ping2"]],
    "调色": [["tiao2"], ["se4"]],
    "打折": [["da3"], ["zhe2"]],
}
"""Of words that are read wrongly without."""


COUNTED = re.compile("[零一二三四五六七八九十]*一[月日号楼]")
"""Where 一 keeps its tone."""
PARTICLES = {("地", "uv"): "de5", ("得", "ud"): "de5", ("着", "uz"): "zhe5"}
"""Characters that are said otherwise as particles."""


def phonemes(text: str) -> str:
    """Chinese characters alone, words apart by spaces."""
    return " ".join(_word(word, tag) for word, tag in _words(text))


def _words(text: str) -> list[tuple[str, str]]:
    """Words with their kind, small ones joined where their tones depend on each other."""
    tagger, tones = _tools()
    cut = [(pair.word, pair.flag) for pair in tagger.cut(text)]
    return [(word, tag) for word, tag in tones.pre_merge_for_modify(cut) if word.strip()]


@lru_cache(8192)
def _word(word: str, tag: str) -> str:
    """A word of the kind ``tag``, its tones as they are said within it."""
    from misaki.zh import ZHG2P
    from pypinyin import Style, lazy_pinyin

    if (word, tag) in PARTICLES:
        return str(ZHG2P.py2ipa(PARTICLES[word, tag])).translate(BARE)
    syllables = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
    finals = lazy_pinyin(word, style=Style.FINALS_TONE3, neutral_tone_with_five=True)
    bends = len(finals) == len(word) and not COUNTED.fullmatch(word)
    spoken = _tools()[1].modified_tone(word, tag, list(finals)) if bends else finals
    sounds = []
    for syllable, final in zip(syllables, spoken, strict=True):
        toned = syllable[:-1] + final[-1] if syllable[-1:].isdigit() and final[-1:].isdigit() else syllable
        sounds.append(ZHG2P.py2ipa(toned))
    return "".join(sounds).translate(BARE)


@cache
def _tools() -> tuple[Any, Any]:
    """Who tells words and their kinds, and who bends tones. Nothing is cached in a folder that others may write to."""
    import jieba
    import jieba.posseg
    from misaki.tone_sandhi import ToneSandhi
    from pypinyin import load_phrases_dict

    jieba.setLogLevel(logging.WARNING)
    dictionary = jieba.dt
    if not dictionary.initialized:
        dictionary.FREQ, dictionary.total = dictionary.gen_pfdict(dictionary.get_dict_file())
        dictionary.initialized = True
    load_phrases_dict(READINGS)
    return jieba.posseg.POSTokenizer(dictionary), ToneSandhi()
