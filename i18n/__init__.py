"""Russian and English words by code.

The texts are gettext catalogues in `catalogues/`: edit the `.po` files, then run `scripts/compile_words.py`.
A code is dotted and names its use: `slip.balance`, `problem.key_reused`, `device.paper_out`.
"""

from i18n.errors import MissingValue, UnknownCode, UnknownLocale, WordsError
from i18n.words import LOCALES, Words, words

__all__ = ["LOCALES", "MissingValue", "UnknownCode", "UnknownLocale", "Words", "WordsError", "words"]
