"""The OpenAPI document, held against the running API."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from agent.api.promised import ProblemDocument, RefundAnswer, SaleAnswer, VoidAnswer

BASKET: dict[str, Any] = {"lines": [{"id": "1", "sku": "MILK", "quantity": "2", "price": "89.90"}]}


@pytest.fixture
def api(open_shop) -> httpx.Client:
    client: httpx.Client = open_shop.client()
    return client


def promised(api: httpx.Client, path: str, method: str) -> dict[str, Any]:
    document = api.get("/schema/openapi.json").json()
    answers: dict[str, Any] = document["paths"][path][method]["responses"]
    return answers


def test_money_requests_say_everything_that_they_may_answer(api: httpx.Client) -> None:
    """An integrator who generates a client from the document must be ready for a replay and for a refusal."""
    for path in ("/v1/receipts/{key}", "/v1/receipts/{key}/void", "/v1/refunds/{key}"):
        answers = promised(api, path, "put")
        assert {"200", "201", "400", "401", "409", "422", "429", "503", "507"} <= answers.keys(), path
        assert "application/problem+json" in answers["409"]["content"]
        assert "$ref" in json.dumps(answers["201"]["content"]["application/json"]["schema"])


def test_answers_have_the_promised_shape(api: httpx.Client) -> None:
    """A field that is promised and missing stops a till at the counter."""
    sold = api.put("/v1/receipts/PROMISE-1", json=BASKET)
    assert sold.status_code == 201
    msgspec.json.decode(sold.content, type=SaleAnswer)
    refunded = api.put(
        "/v1/refunds/PROMISE-R",
        json={"original": {"receipt_key": "PROMISE-1"}, "lines": [{"id": "1", "quantity": "1"}]},
    )
    assert refunded.status_code == 201
    msgspec.json.decode(refunded.content, type=RefundAnswer)
    api.put("/v1/receipts/PROMISE-2", json=BASKET)
    voided = api.put("/v1/receipts/PROMISE-2/void", json={})
    assert voided.status_code == 201
    msgspec.json.decode(voided.content, type=VoidAnswer)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/v1/receipts/P-3", {"lines": "none"}, 422),
        ("PUT", "/v1/receipts/P-3", {"lines": [{"sku": "A", "quantity": "1", "price": 1.5}]}, 422),
        ("PUT", "/v1/refunds/P-R", {"original": {"receipt_key": "NOWHERE"}}, 409),
        ("GET", "/v1/members/nobody", None, 404),
        ("GET", "/v1/slips/99999999999999999999", None, 400),
        ("GET", "/v1/slips/9999", None, 404),
        ("PUT", "/v1/receipts/a%20b", BASKET, 400),
        ("POST", "/v1/imports", {}, 403),
    ],
)
def test_every_refusal_is_a_problem_document(api: httpx.Client, method: str, path: str, body: Any, status: int) -> None:
    """One shape of error for a POS to show, whatever went wrong."""
    answer = api.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(answer.content, type=ProblemDocument)
    assert problem.status == status
    assert problem.detail
