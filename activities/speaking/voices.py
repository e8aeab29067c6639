"""The voices of the engine ``speech``. Kokoro's own names: z is Chinese, a American; f a woman, m a man."""

RATE = 24_000
"""Samples a second."""
PHONEMES = 505
"""That one sentence may have."""
VOICES = {
    "zf-xiaoxiao": "zh",
    "zf-xiaobei": "zh",
    "zf-xiaoyi": "zh",
    "zm-yunxi": "zh",
    "zm-yunjian": "zh",
    "zm-yunxia": "zh",
    "zm-yunyang": "zh",
    "af-heart": "en",
    "af-bella": "en",
    "af-sarah": "en",
    "am-michael": "en",
    "am-fenrir": "en",
    "am-puck": "en",
}
"""The language that each was made for; every voice speaks both, the other with an accent."""


def voice_for(text: str) -> str:
    """The voice for a text whose reader did not choose: Chinese where there is a Chinese character."""
    chinese = any("\u4e00" <= each <= "\u9fff" for each in text)
    return "zf-xiaoxiao" if chinese else "af-heart"
