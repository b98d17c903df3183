"""Routes at the counter: identify, quote, confirm, void, refund."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, post, put
from litestar.params import JSONBody, PathParameter

from agent.api import documents
from agent.api.gate import client_of
from agent.api.handed import RegisterServices
from agent.api.problems import ApiProblem
from agent.api.promised import RefundAnswer, SaleAnswer, VoidAnswer, problems, stored_as
from agent.checkout.baskets import ScanExpired
from agent.checkout.confirm import Requote
from agent.checkout.requests import Done, KeyReused, MoneyRequest, Replayed
from agent.checkout.reverse import Refused
from agent.stores.keys import PosKey

ApiRequest = Request[Any, Any, Any]
Body = JSONBody[dict[str, Any]]
Key = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")]


class Shown(msgspec.Struct, forbid_unknown_fields=True):
    """A card's code as it was typed or read by another system."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    input: Literal["scan", "swipe", "manual"] = "manual"


class CheckoutRoutes(Controller):
    """Thin: each route calls one use case and says its outcome in HTTP."""

    path = "/v1"
    tags = ("Checkout",)

    @post("/identify", status_code=200, sync_to_thread=True, summary="Who a card belongs to, and what they have")
    def identify(self, data: JSONBody[Shown], services: RegisterServices) -> dict[str, Any]:
        return documents.identified(services.identify(data.code, how=data.input))

    @post(
        "/quotes",
        status_code=200,
        sync_to_thread=True,
        summary="What a basket costs and earns; has no effect",
        responses=problems(409, 422, 503),
    )
    def quote(self, data: Body, services: RegisterServices) -> dict[str, Any]:
        answer = services.quote(data)
        if isinstance(answer, ScanExpired):
            raise ApiProblem(409, "scan_expired")
        return documents.quoted(answer)

    @put(
        "/receipts/{key:str}",
        sync_to_thread=True,
        summary="Confirm a basket under the POS's receipt key",
        responses=stored_as(SaleAnswer),
    )
    def confirm(self, request: ApiRequest, key: Key, data: Body, services: RegisterServices) -> Response[bytes]:
        return _said(services.confirm(_money_request(request, key, "sale", data)), key)

    @put(
        "/receipts/{key:str}/void",
        sync_to_thread=True,
        summary="Take a whole receipt back",
        responses=stored_as(VoidAnswer),
    )
    def void(self, request: ApiRequest, key: Key, data: Body, services: RegisterServices) -> Response[bytes]:
        return _said(services.reverse.void(_money_request(request, key, "void", data)), key)

    @put(
        "/refunds/{key:str}",
        sync_to_thread=True,
        summary="Take goods of a receipt back; parts may come one by one",
        responses=stored_as(RefundAnswer),
    )
    def refund(self, request: ApiRequest, key: Key, data: Body, services: RegisterServices) -> Response[bytes]:
        return _said(services.reverse.refund(_money_request(request, key, "refund", data)), key)


def _money_request(request: ApiRequest, key: str, operation: str, body: dict[str, Any]) -> MoneyRequest:
    client = client_of(request)
    return MoneyRequest(PosKey(client.name, client.generation, key, operation), body)


def _said(outcome: Done | Replayed | KeyReused | ScanExpired | Requote | Refused, key: str) -> Response[bytes]:
    match outcome:
        case Done(answer=answer):
            return Response(answer, status_code=201, media_type="application/json")
        case Replayed(answer=bytes() as answer):
            return Response(
                answer, status_code=200, media_type="application/json", headers={"Kopilka-Replayed": "true"}
            )
        case Replayed(summary=summary):
            archived = {"key": key, "archived": True, "summary": summary}
            return Response(
                msgspec.json.encode(archived),
                status_code=200,
                media_type="application/json",
                headers={"Kopilka-Replayed": "true"},
            )
        case KeyReused(seq=seq):
            raise ApiProblem(409, "key_reused", key=key, more={"seq": seq})
        case ScanExpired():
            raise ApiProblem(409, "scan_expired")
        case Requote(quoted=quoted):
            raise ApiProblem(409, "requote", more={"quote": documents.quoted(quoted)})
        case Refused(refusal=refusal, line=line, returnable=returnable):
            raise ApiProblem(
                409,
                refusal,
                line=line or "",
                returnable=returnable or "0",
                more={"line": line, "returnable": returnable} if line is not None else None,
            )
