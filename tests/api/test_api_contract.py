"""The contract: what /openapi.json promises is what is answered, whatever is asked."""

from __future__ import annotations

import re

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from servers import TOKEN, UNTIL_EPOCH

from tuimon.model.catalogue import FAMILIES, METRICS
from tuimon.model.process import PROCESS_HELP

EXAMPLES = 8
SPAN = f"from={UNTIL_EPOCH - 600}&to={UNTIL_EPOCH}"
STREAM = "/api/v1/stream"
ASKED = {
    "/api/v1/metrics/current": "",
    "/api/v1/health": "",
    "/api/v1/catalogue": "",
    "/api/v1/metrics/{family}": f"{SPAN}&points=3",
    "/api/v1/series": f"{SPAN}&points=3&metric=disk&metric=cpu",
    "/api/v1/metrics/processes": "limit=5",
    "/api/v1/processes/{pid}": "",
    "/api/v1/processes/usage": SPAN,
    "/api/v1/snapshot": f"at={UNTIL_EPOCH - 9}",
    "/api/v1/frames": f"from={UNTIL_EPOCH - 60}&to={UNTIL_EPOCH}",
    "/api/v1/history": "",
    "/api/v1/keys": SPAN,
    "/api/v1/moments": f"at={UNTIL_EPOCH - 9}&before=3&after=3",
    "/api/v1/processes/lifetimes": SPAN,
    "/api/v1/processes/tables": f"{SPAN}&limit=3",
    "/api/v1/processes/{pid}/past": SPAN,
    "/api/v1/alerts": f"at={UNTIL_EPOCH - 9}",
    "/api/v1/alerts/rules": "",
    "/api/v1/events": SPAN,
}


@pytest.fixture(scope="session")
def contract(simulated):
    return simulated.get("/openapi.json", token="").json


def one_of(methods):
    (one,) = methods.values()
    return one


def validator(contract, path: str, example: bool = False):
    content = one_of(contract["paths"][path])["responses"]["200"]["content"]["application/json"]
    schema = {"$ref": content["schema"]["$ref"], "components": contract["components"]}
    return jsonschema_rs.validator_for(schema), content.get("example") if example else None


def test_it_is_openapi_3_1_and_names_every_field_with_unit_and_help(contract):
    assert contract["openapi"] == "3.1.0"
    schemas = contract["components"]["schemas"]
    for family, metrics in METRICS.items():
        properties = schemas[family.capitalize()]["properties"]
        for metric in metrics:
            assert metric.help in properties[metric.name]["description"]
            assert properties[metric.name]["x-unit"] == metric.unit
    for name, (_, text) in PROCESS_HELP.items():
        assert text in schemas["Process"]["properties"][name]["description"]
    assert set(FAMILIES) <= set(schemas["Frame"]["properties"])


def test_every_field_of_every_answer_says_what_it_is(contract):
    def silent(schema, path):
        for name, one in schema.get("properties", {}).items():
            if not one.get("description"):
                yield f"{path}.{name}"
            yield from silent(one, f"{path}.{name}")
        for part in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
            if isinstance(part, dict):
                yield from silent(part, path)

    assert [one for name, schema in contract["components"]["schemas"].items() for one in silent(schema, name)] == []


def test_every_path_and_parameter_says_what_it_is_for(contract):
    for path, methods in contract["paths"].items():
        one = one_of(methods)
        assert one["summary"], path
        assert one["description"], path
        assert all(
            parameter.get("description") or parameter["name"] == "family" for parameter in one.get("parameters", [])
        ), path
    names = [one_of(methods)["operationId"] for methods in contract["paths"].values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", ASKED)
def test_an_answer_keeps_to_its_schema(simulated, contract, path):
    pid = simulated.get("/api/v1/metrics/processes?limit=1").json["processes"][0]["pid"]
    pid = 1 if path.endswith("past") else pid
    families = FAMILIES if "{family}" in path else [""]
    check, _ = validator(contract, path)
    for family in families:
        answer = simulated.get(f"{path.format(family=family, pid=pid)}?{ASKED[path]}")
        assert answer.status == 200, answer.body
        assert [error.message for error in check.iter_errors(answer.json)] == []


def test_an_example_keeps_to_its_schema(contract):
    shown = 0
    for path, methods in contract["paths"].items():
        if "application/json" in one_of(methods)["responses"]["200"]["content"] and "export" not in path:
            check, example = validator(contract, path, example=True)
            if example is not None:
                shown += 1
                assert [error.message for error in check.iter_errors(example)] == [], path
    assert shown >= 8


def test_the_viewer_of_the_contract_needs_no_internet(simulated):
    page = simulated.get("/docs", token="")
    assert page.status == 200
    needed = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert len(needed) == 4
    for path in needed:
        assert path.startswith("/assets/")
        assert len(simulated.get(path, token="").body) > 100
    assert "https:" not in page.headers["content-security-policy"]


def test_the_page_asks_nobody_else(simulated):
    page = simulated.get("/", token="")
    assert page.status == 200
    assert "//" not in re.sub(r"<!--.*?-->", "", page.body.decode(), flags=re.DOTALL)
    assert b"innerHTML" not in simulated.get("/assets/page.js", token="").body
    assert simulated.get("/assets/..%2f__init__.py").status == 404


def test_whatever_is_asked_the_answer_is_one_of_the_contract(simulated, contract):
    schema = schemathesis.openapi.from_dict(contract)
    asked = 0

    def check(case) -> None:
        nonlocal asked
        asked += 1
        if case.path == STREAM:  # it has no end
            kind = case.as_transport_kwargs(base_url=simulated.url, headers={"Authorization": f"Bearer {TOKEN}"})
            with requests.request(**kind, stream=True, timeout=60) as begun:
                documented = one_of(contract["paths"][STREAM])["responses"][str(begun.status_code)]
                assert begun.headers["content-type"].partition(";")[0] in documented["content"]
            return
        response = case.call(base_url=simulated.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
        case.validate_response(
            response,
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )

    for operation in schema.get_all_operations():
        ask = operation.ok().as_strategy()
        settings(
            max_examples=EXAMPLES,
            phases=[Phase.generate],
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(schemathesis_given(ask)(check))()
    assert asked >= EXAMPLES * 10


def schemathesis_given(strategy):
    from hypothesis import given

    return given(case=strategy)
