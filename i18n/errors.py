"""What can be wrong with a request for words; each is a mistake of a programmer or of a setting.

WordsError
├── UnknownLocale(locale, known)   no catalogue of that language is shipped
├── UnknownCode(locale, code)      the catalogue has no text under that code
└── MissingValue(code, value)      the text has a placeholder that the caller did not fill
"""


class WordsError(Exception):
    """The root of the tree above."""


class UnknownLocale(WordsError):
    """A language without a catalogue."""

    def __init__(self, locale: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no words for locale {locale!r}; choose one of: {', '.join(known)}")
        self.locale = locale
        self.known = known


class UnknownCode(WordsError):
    """A code without a text, or a counted code asked for as a plain one (or the reverse)."""

    def __init__(self, locale: str, code: str) -> None:
        super().__init__(f"no text for {code!r} in {locale}; add it to i18n/catalogues/*.po and compile them")
        self.locale = locale
        self.code = code


class MissingValue(WordsError):
    """A placeholder without a value."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(f"the text of {code!r} needs a value for {{{value}}}")
        self.code = code
        self.value = value
