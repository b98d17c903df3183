"""A basket as a client sent it, made whole: the card behind a scan's handle, the catalogue's word on each sku."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent.checkout.cards import CardFound, Cards, Scans
from agent.errors import ReferenceUnavailable
from agent.stores.reference import ProductRow, ReferenceStore
from loyalty.basket import Basket, Line
from loyalty.documents.basket import read_basket
from loyalty.programme.compile import CompiledProgramme


@dataclass(frozen=True, slots=True)
class ScanExpired:
    """The basket names a scan that is too old, or from before a restart: the card must be scanned again."""


@dataclass(frozen=True, slots=True)
class ReadBasket:
    """A basket that can be priced, and what is known of its card (None: none was shown)."""

    basket: Basket
    card: CardFound | None


class Baskets:
    """Reads baskets for this register."""

    def __init__(self, cards: Cards, scans: Scans, reference: ReferenceStore, *, store: str, register: str) -> None:
        self._cards = cards
        self._scans = scans
        self._reference = reference
        self._store = store
        self._register = register

    def read(self, document: Mapping[str, Any], compiled: CompiledProgramme) -> ReadBasket | ScanExpired:
        """The basket in `document`. Raises `BadDocument` with every problem."""
        card = document.get("card")
        if isinstance(card, dict) and card.keys() == {"scan"}:
            scanned = self._scans.card(str(card["scan"]))
            if scanned is None:
                return ScanExpired()
            document = {**document, "card": {"code": scanned.code, "input": scanned.how}}
        basket = read_basket(document, compiled=compiled, store=self._store, register=self._register)
        found = self._cards.find(basket.card.code) if basket.card else None
        return ReadBasket(self._with_catalogue(basket), found)

    def _with_catalogue(self, basket: Basket) -> Basket:
        """Categories that the POS did not send, from the catalogue; what it sent prevails."""
        unplaced = [line.sku for line in basket.lines if line.category is None]
        if not unplaced:
            return basket
        try:
            products = self._reference.products(unplaced)
        except ReferenceUnavailable:
            return basket
        return replace(basket, lines=tuple(_placed(line, products.get(line.sku)) for line in basket.lines))


def _placed(line: Line, product: ProductRow | None) -> Line:
    if product is None or line.category is not None:
        return line
    return replace(line, category=product.category, attributes={**product.attributes, **line.attributes})
