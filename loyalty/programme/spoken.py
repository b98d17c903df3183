"""Names that people read: on slips and screens, in their language; ids are for programmes and ledgers."""

from typing import Self

from pydantic import model_validator

from loyalty.strict import Fault, Model, ShortText, refuse


class Spoken(Model):
    """A name by language. A language that is missing borrows the other's."""

    ru: ShortText | None = None
    en: ShortText | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.ru is None and self.en is None:
            refuse([Fault((), "missing", "a name needs ru or en")])
        return self

    def said(self, language: str) -> str:
        """The name in that language, or in the one that there is."""
        return (self.ru if language == "ru" else self.en) or self.ru or self.en or ""


def name_of(part: str, spoken: Spoken | None, language: str) -> str:
    """What people read for a part of the programme: its name, else its id."""
    return spoken.said(language) if spoken is not None else part
