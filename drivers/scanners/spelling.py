"""Which characters a scanner's bytes are, and what went wrong where they are not plain ASCII."""

from dataclasses import dataclass

from drivers.values import Verdict

SEPARATOR = 0x1D
"""GS stands between the fields of a GS1 code and is data."""
PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True, slots=True)
class Misread:
    """Bytes that are no code, with the likeliest reason."""

    verdict: Verdict
    reason: str


def spell(data: bytes) -> str | Misread:
    """The text of a frame, or why it has none."""
    if any(byte > 0x7F for byte in data):  # noqa: PLR2004 - the end of ASCII
        return _why_not_ascii(data)
    if not _readable(data):
        return Misread(Verdict.NOISE, "control characters inside the code")
    return data.decode("ascii")


def without_high_bits(data: bytes) -> str:
    """What the line carried if the eighth bit is only parity; control characters as dots."""
    stripped = (byte & 0x7F for byte in data)
    return "".join(chr(byte) if byte in PRINTABLE else "." for byte in stripped)


def _why_not_ascii(data: bytes) -> Misread:
    plain = bytes(byte & 0x7F for byte in data)
    # One parity in every byte, the plain ones too, is no accident of an alphabet.
    odd_bytes = sum(byte.bit_count() % 2 for byte in data)
    if odd_bytes in {0, len(data)} and _readable(plain) and not _utf8_cyrillic(data):
        return Misread(Verdict.PARITY_SUSPECT, "the eighth bit is set as parity would: set 8N1 or the scanner's parity")
    if _cyrillic(data):
        return Misread(Verdict.WRONG_LAYOUT, "Cyrillic letters: the scanner types with a Russian keyboard layout")
    if _readable(plain):
        return Misread(Verdict.PARITY_SUSPECT, "eighth bits are set: baud rate or parity differ from the scanner's")
    return Misread(Verdict.NOISE, "neither text nor a known fault")


def _readable(data: bytes) -> bool:
    return all(byte in PRINTABLE or byte == SEPARATOR for byte in data)


def _utf8_cyrillic(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _all_cyrillic(text)


def _cyrillic(data: bytes) -> bool:
    if _utf8_cyrillic(data):
        return True
    return any(_all_cyrillic(data.decode(table, errors="replace")) for table in ("cp1251", "cp866"))


def _all_cyrillic(text: str) -> bool:
    """Whether all is printable, and what is beyond ASCII belongs to the Russian alphabet or is its number sign."""
    return all(
        character.isprintable() if character.isascii() else "а" <= character.lower() <= "я" or character in "ёЁ№"
        for character in text
    )
