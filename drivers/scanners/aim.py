"""AIM symbology identifiers: what a scanner may put before a code to say what kind of code it read.

Source: ISO/IEC 15424 (`]`, a letter for the symbology, a modifier).
"""

from dataclasses import dataclass

AIM_LENGTH = 3
FNC1 = "\x1d"

_LETTERS = {
    "A": "code39",
    "C": "code128",
    "E": "ean",
    "F": "codabar",
    "G": "code93",
    "H": "code11",
    "I": "itf",
    "L": "pdf417",
    "M": "msi",
    "Q": "qr",
    "S": "2of5",
    "d": "datamatrix",
    "e": "gs1_databar",
    "z": "aztec",
    "X": "other",
}
_SPECIAL = {
    "]C1": "gs1_128",
    "]E0": "ean13",
    "]E3": "ean13_addon",
    "]E4": "ean8",
    "]Q3": "gs1_qr",
    "]d2": "gs1_datamatrix",
}


@dataclass(frozen=True, slots=True)
class Identified:
    """A code without its identifier; `symbology` is None where the scanner did not say."""

    code: str
    symbology: str | None


def split_aim(text: str) -> Identified:
    """Takes the identifier off, and a leading FNC1 (0x1D) with or without one."""
    symbology = symbology_of(text)
    rest = text[AIM_LENGTH:] if symbology else text
    return Identified(code=rest.removeprefix(FNC1), symbology=symbology)


def symbology_of(text: str) -> str | None:
    """The symbology that `text` begins by naming, or None."""
    if len(text) < AIM_LENGTH or text[0] != "]" or not text[2].isalnum():
        return None
    return _SPECIAL.get(text[:AIM_LENGTH]) or _LETTERS.get(text[1])


def glued_at(code: str) -> int | None:
    """Where a second identifier begins inside `code`: two codes came as one frame."""
    for place in range(1, len(code)):
        if code[place] == "]" and symbology_of(code[place:]):
            return place
    return None
