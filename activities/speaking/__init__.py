"""How texts are spoken: numbers and signs become words, words become the phonemes of the engine ``speech``."""
