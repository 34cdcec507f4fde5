"""The API against its own OpenAPI description, fuzzed: no crash, no undescribed answer, no other media type."""

from __future__ import annotations

from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from nms.access import UserRole
from tests.views.browser import Browser
from tests.views.city import City

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 12


def send(client: Browser, case: schemathesis.Case) -> httpx.Response:
    given = case.as_transport_kwargs(base_url=client.base_url)
    body = {name: given[name] for name in ("json", "data") if given.get(name) is not None}
    if "data" in body:
        body = {"content": body["data"]}
    headers = {name: value for name, value in (given.get("headers") or {}).items() if name.lower() != "authorization"}
    return client.request(given["method"], given["url"], params=given.get("params"), headers=headers, **body)


def test_no_request_that_the_description_allows_or_forbids_breaks_the_api(city: City) -> None:
    city.judge("sw-tesoreria")
    client = city.client(UserRole.ADMINISTRATOR)
    schema = schemathesis.openapi.from_dict(city.application().openapi())
    fuzzed = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.endswith("/stream"):
            continue
        fuzzed += 1
        fuzz(client, operation)
    assert fuzzed >= 25


def fuzz(client: Browser, operation: Any) -> None:
    @seed(20261122)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: schemathesis.Case) -> None:
        case.validate_response(send(client, case), checks=CHECKS)

    one()


def test_the_description_is_openapi_3_1_and_names_the_bearer_scheme_and_the_problems(city: City) -> None:
    document = city.application().openapi()
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, item in document["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in item.values():
            assert {"401", "403", "422", "429"} <= operation["responses"].keys()
            assert "application/problem+json" in operation["responses"]["422"]["content"]


def test_the_description_itself_is_served(city: City) -> None:
    assert city.client().get("/api/v1/openapi.json").json()["info"]["title"] == "nms"
