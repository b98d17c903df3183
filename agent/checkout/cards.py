"""Cards: whose is it, and may it be used here. The register keeps no card number: it looks up an HMAC."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Literal

import structlog

from agent.errors import KeyringError, ReferenceUnavailable
from agent.keyring import Keyring
from agent.stores.reference import MemberRow, ReferenceStore
from drivers.values import masked
from loyalty.ledger.sale import CardVerdict

CardInput = Literal["scan", "swipe", "manual"]

SCANS_KEPT = 64

log = structlog.get_logger("cards")


@dataclass(frozen=True, slots=True)
class CardFound:
    """What is known of a card that was shown. `member` is None unless the verdict is `known`."""

    verdict: CardVerdict
    masked: str
    member: MemberRow | None = None


class Cards:
    """Finds cards in the reference. Never raises for a reference that is being rebuilt."""

    def __init__(self, reference: ReferenceStore, keyring: Keyring) -> None:
        self._reference = reference
        self._keyring = keyring

    def find(self, code: str) -> CardFound:
        """The verdict on a card's code. `unavailable` where the reference cannot be read just now."""
        shown = masked(code)
        try:
            card = self._reference.card(self._keyring.card_lookup(code))
            member = self._reference.member(card.member) if card else None
        except ReferenceUnavailable:
            return CardFound("unavailable", shown)
        if card is None or member is None:
            return CardFound("unknown", shown)
        if "blocked" in (card.status, member.status):
            return CardFound("blocked", shown)
        return CardFound("known", shown, member)

    def name_of(self, member: MemberRow) -> str | None:
        """The member's name where this register keeps names."""
        if member.name_sealed is None:
            return None
        try:
            return self._keyring.unseal(member.name_sealed, about=f"name {member.id}").decode()
        except KeyringError as error:
            # A name that does not open must not stop a sale: the member goes by the card.
            log.warning("name_unreadable", error=str(error))
            return None

    def shown(self, member: str) -> str | None:
        """A masked card of the member's, for lists."""
        try:
            tail = self._reference.card_tail(member)
        except ReferenceUnavailable:
            return None
        return f"••••{tail}" if tail else None


@dataclass(frozen=True, slots=True)
class ScannedCard:
    """A card's code, how it was shown, and when (monotonic seconds)."""

    code: str
    how: CardInput
    at: float


class Scans:
    """Handles to cards just scanned, so that a screen can sell to a card whose number it never sees.

    A handle has a time to live: a card scanned long ago never reaches a later customer's receipt.
    """

    def __init__(self, *, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._codes: OrderedDict[str, ScannedCard] = OrderedDict()

    def remember(self, code: str, how: CardInput) -> str:
        """A new handle for that code, scanned or typed."""
        handle = token_hex(8)
        with self._lock:
            self._codes[handle] = ScannedCard(code, how, self._monotonic())
            while len(self._codes) > SCANS_KEPT:
                self._codes.popitem(last=False)
        return handle

    def card(self, handle: str) -> ScannedCard | None:
        """The card behind a handle, None once it is too old."""
        with self._lock:
            remembered = self._codes.get(handle)
            if remembered is None or self._monotonic() - remembered.at > self._seconds:
                self._codes.pop(handle, None)
                return None
            return remembered
