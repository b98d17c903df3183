"""A trial slip: shows a person whether a printer's width, code page and codes are set up right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slips.document import Align, Barcode, Columns, Cut, Document, Qr, Rule, RuleKind, Size, Text

if TYPE_CHECKING:
    from i18n import Words
    from slips.profile import PrinterProfile

_LETTERS = "Аа Бб Вв Гг Дд Ее Ёё Жж Зз Ии Йй Кк Лл Мм Нн Оо Пп Рр Сс Тт Уу Фф Хх Цц Чч Шш Щщ Ъъ Ыы Ьь Ээ Юю Яя"
_SIGNS = "№ «» “” — … ₽ € £ %"
_EAN13 = "4006381333931"


def trial_slip(profile: PrinterProfile, words: Words) -> Document:
    """The slip, made for the width and code page of `profile`."""
    page = words.say("trial.slot", page=profile.code_page.upper(), slot=profile.slot)
    facts = (
        (words.say("trial.printer"), profile.model),
        (words.say("trial.width"), words.count("trial.columns", profile.columns)),
        (words.say("trial.code_page"), page),
    )
    ruler = "".join(str(column % 10) for column in range(1, profile.columns + 1))
    return Document(
        (
            Text(words.say("trial.title"), align=Align.CENTER, bold=True, size=Size.TALL),
            Rule(RuleKind.DOUBLE),
            *(Columns((fact,)) for fact in facts),
            Rule(),
            Text(words.say("trial.ruler")),
            Text(ruler),
            Text(words.say("trial.letters")),
            Text(_LETTERS),
            Text(words.say("trial.signs")),
            Text(_SIGNS),
            Text(words.say("trial.bold"), bold=True),
            Text(words.say("trial.tall"), size=Size.TALL),
            Text(words.say("trial.double"), size=Size.DOUBLE),
            Rule(),
            Text(words.say("trial.bars")),
            Barcode(_EAN13),
            Qr(_EAN13),
            Cut(),
        ),
        words.locale,
    )
