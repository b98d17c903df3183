"""Routes around the counter: members, receipts, slips, devices, status, and what just happened."""

from secrets import token_hex
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody, PathParameter, QueryParameter
from litestar.response import Stream

from agent.api import documents
from agent.api.gate import client_of
from agent.api.handed import RegisterServices
from agent.api.problems import ApiProblem
from agent.api.promised import problems
from agent.api.sse import heartbeats
from agent.checkout.originals import FoundOriginal, find_original
from agent.checkout.reprint import Reprinted
from agent.checkout.reverse import CashierCode
from agent.stores.spool import SlipState

Limit = Annotated[int, QueryParameter(ge=1, le=100)]
HISTORY = 20
SlipNumber = Annotated[int, PathParameter(ge=1, le=2**53)]


class ByCashier(msgspec.Struct, forbid_unknown_fields=True):
    """Who does it: the shop's own code of the cashier."""

    cashier: CashierCode | None = None


class DeskRoutes(Controller):
    """Thin: each route asks one store or calls one use case."""

    path = "/v1"

    @get(
        "/members/{member:str}",
        sync_to_thread=True,
        tags=["Members"],
        summary="What a member has, and the last entries",
        responses=problems(404, 503),
    )
    def member(self, member: FromPath[str], services: RegisterServices) -> dict[str, Any]:
        row = services.reference.member(member)
        programme = services.programmes.known()
        if row is None:
            raise ApiProblem(404, "no_member", member=member)
        account = services.readings.account(member)
        shown = services.cards.shown(member)
        return {
            "id": row.id,
            "name": services.cards.name_of(row),
            "status": row.status,
            "card_masked": shown,
            "tier": row.tier,
            "wallets": [
                documents.wallet(view) for view in (services.identify.wallets(account, programme) if programme else ())
            ],
            "history": [documents.entry(stored) for stored in services.readings.entries(limit=HISTORY, member=member)],
        }

    @get("/receipts", sync_to_thread=True, tags=["Receipts"], summary="The last receipts of this register")
    def receipts(self, services: RegisterServices, limit: Limit = 20) -> dict[str, Any]:
        rows = services.readings.receipts(limit)
        slips = services.readings.slips_of(rows)
        return {"receipts": [documents.receipt(row, services.cards, slips.get((row.epoch, row.seq))) for row in rows]}

    @get(
        "/receipts/{key:str}",
        sync_to_thread=True,
        tags=["Receipts"],
        summary="One receipt, with what may come back",
        responses=problems(404, 503),
    )
    def receipt(
        self, request: Request[Any, Any, Any], key: FromPath[str], services: RegisterServices
    ) -> dict[str, Any]:
        programme = services.programmes.current()
        with services.ledger.exclusive() as writer:
            found = find_original(writer, key, client=client_of(request).name)
        if not isinstance(found, FoundOriginal):
            raise ApiProblem(404, "no_original", key=key)
        return documents.receipt_detail(found, programme)

    @get("/slips", sync_to_thread=True, tags=["Slips"], summary="The last slips and whether they printed")
    def slips(self, services: RegisterServices, limit: Limit = 20) -> dict[str, Any]:
        return {"slips": [documents.slip(services.spool.row(row)) for row in services.readings.slips(limit)]}

    @get(
        "/slips/{slip:int}",
        sync_to_thread=True,
        tags=["Slips"],
        summary="A slip as text, as it prints",
        responses=problems(404, 503),
    )
    def slip(self, slip: SlipNumber, services: RegisterServices) -> dict[str, Any]:
        row = services.spool.find_slip(slip)
        if row is None:
            raise ApiProblem(404, "no_slip", slip=slip)
        return {
            **documents.slip(row),
            "columns": row.columns,
            "text": services.slips.as_text(row) if row.document is not None else None,
        }

    @get(
        "/slips/{slip:int}/picture",
        sync_to_thread=True,
        tags=["Slips"],
        summary="A slip as a picture, as it prints",
        responses=problems(404, 503),
    )
    def picture(self, slip: SlipNumber, services: RegisterServices) -> Response[bytes]:
        row = services.spool.find_slip(slip)
        if row is None or row.document is None:
            raise ApiProblem(404, "no_slip", slip=slip)
        return Response(services.slips.as_picture(row), media_type="image/png")

    @post(
        "/slips/{slip:int}/reprint",
        status_code=201,
        sync_to_thread=True,
        tags=["Slips"],
        summary="Print a copy",
        responses=problems(404, 503),
    )
    def reprint(
        self,
        slip: SlipNumber,
        data: JSONBody[ByCashier],
        services: RegisterServices,
        idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=128)] = None,
    ) -> dict[str, Any]:
        outcome = services.reprint(slip, key=idempotency_key or token_hex(8), cashier=data.cashier)
        if not isinstance(outcome, Reprinted):
            raise ApiProblem(404, "no_slip", slip=slip)
        return {"id": str(outcome.slip), "copy_of": str(slip)}

    @post(
        "/slips/{slip:int}/discard",
        status_code=200,
        sync_to_thread=True,
        tags=["Slips"],
        summary="It need not print",
        responses=problems(404, 409, 503),
    )
    def discard(self, slip: SlipNumber, data: JSONBody[ByCashier], services: RegisterServices) -> dict[str, Any]:  # noqa: ARG002
        state = services.spool.discard(slip)
        if state is None:
            raise ApiProblem(404, "no_slip", slip=slip)
        if state is not SlipState.CANCELLED:
            raise ApiProblem(409, "slip_not_discardable", state=state.value)
        return {"id": str(slip), "state": state.value}

    @get("/devices", sync_to_thread=True, tags=["Register"], summary="Scanners and printer as they are")
    def devices(self, services: RegisterServices) -> dict[str, Any]:
        return {"devices": [documents.device(report) for report in services.status().devices]}

    @get("/status", sync_to_thread=True, tags=["Register"], summary="How the register is")
    def status(self, services: RegisterServices) -> dict[str, Any]:
        return documents.status(services.status())

    @get("/events", tags=["Register"], summary="What just happened, as server-sent events")
    async def events(self, services: RegisterServices) -> Stream:
        services.events.check_room()
        return Stream(
            heartbeats(services.events.listen()),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )
