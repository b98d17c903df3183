"""What a printer draws for a barcode or QR command: modules, dark and light.

Sources: GS1 General Specifications 5.2 (EAN/UPC), ISO/IEC 15417 (Code 128), 16388 (Code 39), 16390 (ITF).
"""

from dataclasses import dataclass
from functools import lru_cache

from drivers.scanners.checks import digits_only, gs1_check_digit

QR_BYTES_MAX = 2953
QR_KEPT_MAX = 32
QR_LEVELS = {48: "ERROR_CORRECT_L", 49: "ERROR_CORRECT_M", 50: "ERROR_CORRECT_Q", 51: "ERROR_CORRECT_H"}


class BadCode(Exception):
    """Data that this symbology cannot carry."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A one-dimensional code: `modules` of 1 (bar) and 0 (space), and the text under it."""

    symbology: str
    text: str
    modules: str


_EAN_LEFT = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split()
_EAN_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")

_CODE_128 = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 "
    "113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 "
    "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 "
    "113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 "
    "241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
    "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 "
    "211232 2331112"
).split()
_CODE_128_STOP = 106
_CODE_128_MODULUS = 103
_CODE_128_SETS = {"A": 103, "B": 104, "C": 105}
_CODE_128_SWITCH = {"A": 101, "B": 100, "C": 99}
_CODE_128_FNC1 = 102
_CODE_128_C_MAX = 99

_CODE_39_KEYS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*"
_CODE_39 = (
    "nnnwwnwnn wnnwnnnnw nnwwnnnnw wnwwnnnnn nnnwwnnnw wnnwwnnnn nnwwwnnnn nnnwnnwnw wnnwnnwnn nnwwnnwnn "
    "wnnnnwnnw nnwnnwnnw wnwnnwnnn nnnnwwnnw wnnnwwnnn nnwnwwnnn nnnnnwwnw wnnnnwwnn nnwnnwwnn nnnnwwwnn "
    "wnnnnnnww nnwnnnnww wnwnnnnwn nnnnwnnww wnnnwnnwn nnwnwnnwn nnnnnnwww wnnnnnwwn nnwnnnwwn nnnnwnwwn "
    "wwnnnnnnw nwwnnnnnw wwwnnnnnn nwnnwnnnw wwnnwnnnn nwwnwnnnn nwnnnnwnw wwnnnnwnn nwwnnnwnn nwnwnwnnn "
    "nwnwnnnwn nwnnnwnwn nnnwnwnwn nwnnwnwnn"
).split()
_CODE_39_WIDTHS = {"n": 1, "w": 3}
_ITF = ("nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn")


def bars(system: int, data: bytes) -> Bars:
    """The bars for GS k with this symbology number, either function. Raises BadCode."""
    system = system - 65 if system >= 65 else system  # noqa: PLR2004 - function B counts from the letter A
    text = data.decode("ascii", errors="replace")
    match system:
        case 0:
            digits = _with_check("UPC-A", text, 12)
            return Bars("UPC-A", digits, _ean13("0" + digits))
        case 2:
            digits = _with_check("EAN-13", text, 13)
            return Bars("EAN-13", digits, _ean13(digits))
        case 3:
            digits = _with_check("EAN-8", text, 8)
            return Bars("EAN-8", digits, _ean8(digits))
        case 4:
            return _code_39(text)
        case 5:
            return _itf(text)
        case 8:
            return _code_128(text)
        case _:
            raise BadCode(f"symbology {system} is not built into this printer")


@lru_cache(maxsize=QR_KEPT_MAX)
def qr(data: bytes, level: int) -> tuple[tuple[bool, ...], ...]:
    """The modules of a QR code without its quiet zone, row by row. Raises BadCode."""
    # Here, not above: a register without a twin must not pay for the import.
    from qrcode import constants  # type: ignore[import-untyped]  # noqa: PLC0415
    from qrcode.exceptions import DataOverflowError  # type: ignore[import-untyped]  # noqa: PLC0415
    from qrcode.main import QRCode  # type: ignore[import-untyped]  # noqa: PLC0415

    if not data or len(data) > QR_BYTES_MAX or level not in QR_LEVELS:
        raise BadCode("no QR code can carry that")
    code = QRCode(border=0, error_correction=getattr(constants, QR_LEVELS[level]))
    code.add_data(data)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:  # it has no one way to say so
        raise BadCode("too much for a QR code of that level") from error
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


def _with_check(name: str, text: str, length: int) -> str:
    if not digits_only(text) or len(text) not in {length - 1, length}:
        raise BadCode(f"{name} needs {length - 1} or {length} digits")
    body = text[: length - 1]
    whole = body + gs1_check_digit(body)
    if text not in {body, whole}:
        raise BadCode(f"{name} with a wrong check digit")
    return whole


def _ean13(digits: str) -> str:
    left = "".join(
        _ean_digit(digit, parity) for digit, parity in zip(digits[1:7], _EAN_PARITY[int(digits[0])], strict=True)
    )
    return f"101{left}01010{''.join(_ean_digit(digit, 'R') for digit in digits[7:])}101"


def _ean8(digits: str) -> str:
    left = "".join(_ean_digit(digit, "L") for digit in digits[:4])
    return f"101{left}01010{''.join(_ean_digit(digit, 'R') for digit in digits[4:])}101"


def _ean_digit(digit: str, alphabet: str) -> str:
    left = _EAN_LEFT[int(digit)]
    right = left.translate(str.maketrans("01", "10"))
    return {"L": left, "R": right, "G": right[::-1]}[alphabet]


def _code_39(text: str) -> Bars:
    inner = text.strip("*")
    if not inner or any(letter not in _CODE_39_KEYS[:-1] for letter in inner):
        raise BadCode("CODE39 with characters it does not have")
    letters = [_widths(_CODE_39[_CODE_39_KEYS.index(letter)]) for letter in f"*{inner}*"]
    return Bars("CODE39", inner, "0".join(_runs(letter) for letter in letters))


def _itf(text: str) -> Bars:
    if not digits_only(text) or len(text) % 2:
        raise BadCode("ITF needs an even number of digits")
    widths = [1, 1, 1, 1]
    for first, second in zip(text[::2], text[1::2], strict=True):
        for bar, space in zip(_ITF[int(first)], _ITF[int(second)], strict=True):
            widths += [_CODE_39_WIDTHS[bar], _CODE_39_WIDTHS[space]]
    return Bars("ITF", text, _runs([*widths, 3, 1, 1]))


def _code_128(text: str) -> Bars:
    """ESC/POS marks the code sets in the data: `{A`, `{B`, `{C`, and `{1` for FNC1, `{{` for a brace."""
    if text[:1] != "{" or text[1:2] not in _CODE_128_SETS:
        raise BadCode("CODE128 data must begin with {A, {B or {C")
    values: list[int] = []
    shown: list[str] = []
    current = ""
    place = 0
    while place < len(text):
        mark = text[place + 1 : place + 2] if text[place] == "{" else ""
        if mark and mark in _CODE_128_SETS:
            values.append((_CODE_128_SWITCH if values else _CODE_128_SETS)[mark])
            current = mark
            place += 2
        elif mark == "1":
            values.append(_CODE_128_FNC1)
            place += 2
        elif mark == "{":
            values.append(_code_128_value("{", current))
            shown.append("{")
            place += 2
        else:
            value = _code_128_value(text[place], current)
            values.append(value)
            shown.append(f"{value:02d}" if current == "C" else text[place])
            place += 1
    if len(values) == 1:
        raise BadCode("CODE128 without data")
    check = (values[0] + sum(weight * value for weight, value in enumerate(values))) % _CODE_128_MODULUS
    modules = "".join(_runs([int(width) for width in _CODE_128[value]]) for value in [*values, check, _CODE_128_STOP])
    return Bars("CODE128", "".join(shown), modules)


def _code_128_value(letter: str, code_set: str) -> int:
    code = ord(letter)
    if code_set == "C" and code <= _CODE_128_C_MAX:
        return code  # set C carries pairs of digits as bytes 0 to 99
    if code_set == "B" and 32 <= code < 128:  # noqa: PLR2004 - the alphabet of set B
        return code - 32
    if code_set == "A" and code < 96:  # noqa: PLR2004 - the alphabet of set A
        return code - 32 if code >= 32 else code + 64  # noqa: PLR2004
    raise BadCode(f"CODE128 set {code_set} has no character {code}")


def _widths(pattern: str) -> list[int]:
    return [_CODE_39_WIDTHS[letter] for letter in pattern]


def _runs(widths: list[int]) -> str:
    return "".join(("1" if place % 2 == 0 else "0") * width for place, width in enumerate(widths))
