"""What a frame is: a card that a rule names, another sound code, or one of the ways a scan goes wrong.

Pure but for the memory of the last code, which makes a double trigger one scan. Codes are text: leading
zeros count, nothing is padded, trimmed or guessed.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from drivers.errors import BadSettings
from drivers.scanners.aim import Identified, glued_at, split_aim
from drivers.scanners.checks import digits_only, ean13_ok, gtin_ok, luhn_ok
from drivers.scanners.framer import Frame, FrameEnd
from drivers.scanners.spelling import Misread, spell, without_high_bits
from drivers.scanners.stripe import is_stripe, looks_like_bank_card, read_stripe
from drivers.values import Scan, Verdict

Check = Literal["none", "ean13", "luhn"]

REPEAT_MS_DEFAULT = 500
REPEAT_MS_MAX = 2000
CODE_LENGTH_MIN = 3
"""Shorter frames are line noise: no label carries one or two characters."""
EAN_LENGTH = 13

_ENDS = {
    FrameEnd.IDLE: (Verdict.PARTIAL, "no Enter behind the code: scan again, or set the scanner's suffix to CR"),
    FrameEnd.CUT: (Verdict.PARTIAL, "the scanner was unplugged in the middle of a code"),
    FrameEnd.TOO_SLOW: (Verdict.PARTIAL, "the code took too long: check the scanner's baud rate"),
    FrameEnd.OVERFLOW: (Verdict.NOISE, "longer than any code: discarded up to the next Enter"),
    FrameEnd.MISFRAMED: (Verdict.NOISE, "the configured prefix or STX/ETX is missing"),
}


@dataclass(frozen=True, slots=True)
class CardRule:
    """How one kind of card looks. Raises BadSettings.

    `prefixes` empty fits any. `symbologies` (`ean13`, `qr`, `track2` …) bind only where the scanner says what
    it read: with AIM identifiers switched off a card must still be known.
    """

    name: str
    lengths: frozenset[int]
    prefixes: tuple[str, ...] = ()
    kind: str = "card"
    check: Check = "none"
    digits: bool = True
    symbologies: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not self.lengths or min(self.lengths) < CODE_LENGTH_MIN:
            raise BadSettings(f"cards.{self.name}.lengths", f"needs lengths of at least {CODE_LENGTH_MIN}")
        if self.check == "ean13" and self.lengths != {13}:
            raise BadSettings(f"cards.{self.name}.lengths", "an EAN-13 has 13 digits")
        if self.check not in {"none", "ean13", "luhn"}:
            raise BadSettings(f"cards.{self.name}.check", f"{self.check!r} is none of none, ean13, luhn")

    def looks_right(self, found: Identified) -> bool:
        """Whether prefix, length, alphabet and symbology fit; the check digit is another question."""
        code = found.code
        return (
            len(code) in self.lengths
            and (not self.prefixes or code.startswith(self.prefixes))
            and (digits_only(code) or not self.digits)
            and (not self.symbologies or found.symbology is None or found.symbology in self.symbologies)
        )

    def checks_out(self, code: str) -> bool:
        """Whether the check digit is right, or none is asked for."""
        match self.check:
            case "none":
                return True
            case "ean13":
                return ean13_ok(code)
            case "luhn":
                return luhn_ok(code)


@dataclass(frozen=True, slots=True)
class _Finding:
    verdict: Verdict
    reason: str = ""
    code: str = ""
    kind: str = "code"
    rule: str | None = None
    symbology: str | None = None


class Classifier:
    """The rules of one scanner, and what it scanned last."""

    def __init__(self, device: str, rules: tuple[CardRule, ...], *, repeat_ms: int = REPEAT_MS_DEFAULT) -> None:
        """Raises BadSettings. `repeat_ms`: a repeat within it is the same scan; 0 switches that off."""
        if not 0 <= repeat_ms <= REPEAT_MS_MAX:
            raise BadSettings("repeat_ms", f"{repeat_ms} is not from 0 to {REPEAT_MS_MAX}")
        self._device = device
        self._rules = rules
        self._repeat_s = repeat_ms / 1000
        self._last: tuple[str, float] | None = None

    def classify(self, frame: Frame) -> Scan:
        """The scan that a frame is. Every frame is one, so that each can be counted and explained."""
        finding = self._judge(frame)
        if finding.verdict is Verdict.OK and self._repeats(finding.code, frame.at):
            finding = replace(finding, verdict=Verdict.DUPLICATE, reason="the same code again: one scan")
        return Scan(
            device=self._device,
            verdict=finding.verdict,
            payload=finding.code,
            kind=finding.kind,
            received_at=frame.at,
            symbology=finding.symbology,
            rule=finding.rule,
            reason=finding.reason,
        )

    def _repeats(self, code: str, at: float) -> bool:
        last, self._last = self._last, (code, at)
        return last is not None and last[0] == code and at - last[1] < self._repeat_s

    def _judge(self, frame: Frame) -> _Finding:
        if looks_like_bank_card(without_high_bits(frame.data)):
            return _Finding(Verdict.FOREIGN, "a bank card: not read, not kept; ask for the loyalty card")
        if frame.end is not FrameEnd.WHOLE:
            verdict, reason = _ENDS[frame.end]
            return _Finding(verdict, reason)
        text = spell(frame.data)
        if isinstance(text, Misread):
            return _Finding(text.verdict, text.reason)
        if is_stripe(text):
            return self._judge_stripe(text)
        return self._judge_code(split_aim(text))

    def _judge_stripe(self, text: str) -> _Finding:
        stripe = read_stripe(text)
        if stripe is None:
            return _Finding(Verdict.NOISE, "the stripe could not be read: swipe again")
        found = Identified(code=stripe.number, symbology=stripe.symbology)
        return self._by_rule(found) or _Finding(Verdict.FOREIGN, "a stripe that no rule knows: not kept")

    def _judge_code(self, found: Identified) -> _Finding:
        if len(found.code) < CODE_LENGTH_MIN:
            return _Finding(Verdict.NOISE, "too short for a code")
        if glued_at(found.code) is not None or _several_ean(found.code):
            return self._merged(found)
        ruled = self._by_rule(found)
        if ruled is not None:
            return ruled
        if self._two_cards(found):
            return self._merged(found)
        if found.symbology in {"ean13", "ean8"} and not gtin_ok(found.code):
            return _Finding(Verdict.BAD_CHECKSUM, "the check digit is wrong: scan again", found.code)
        return _Finding(Verdict.OK, code=found.code, symbology=found.symbology)

    def _by_rule(self, found: Identified) -> _Finding | None:
        misread: CardRule | None = None
        for rule in self._rules:
            if rule.looks_right(found):
                if rule.checks_out(found.code):
                    return _Finding(
                        Verdict.OK, code=found.code, kind=rule.kind, rule=rule.name, symbology=found.symbology
                    )
                misread = misread or rule
        if misread is None:
            return None
        return _Finding(
            Verdict.BAD_CHECKSUM,
            f"looks like {misread.name}, but its check digit is wrong: scan again",
            found.code,
            rule=misread.name,
            symbology=found.symbology,
        )

    def _two_cards(self, found: Identified) -> bool:
        """Whether the frame is two codes that rules know, one behind the other, or one of them twice."""
        return any(
            self._known(found.code[:place], found.symbology) and self._known(found.code[place:], found.symbology)
            for place in sorted({length for rule in self._rules for length in rule.lengths})
            if place < len(found.code)
        )

    def _known(self, code: str, symbology: str | None) -> bool:
        part = Identified(code=code, symbology=symbology)
        # A rule with neither prefix nor check digit would see a card in any digits and reject sound codes.
        telling = (rule for rule in self._rules if rule.prefixes or rule.check != "none")
        return any(rule.looks_right(part) and rule.checks_out(code) for rule in telling)

    def _merged(self, found: Identified) -> _Finding:
        return _Finding(Verdict.MERGED, "two codes came as one: scan each again", found.code, symbology=found.symbology)


def _several_ean(code: str) -> bool:
    parts = [code[place : place + EAN_LENGTH] for place in range(0, len(code), EAN_LENGTH)]
    return len(parts) > 1 and all(ean13_ok(part) for part in parts)
