"""The description is whole and valid: every resource and verb is reachable, documented, and said once."""

import re

import pytest
from django.test import Client
from django.urls import resolve
from openapi_spec_validator import OpenAPIV31SpecValidator

from fondaco.interfaces.api.description import description
from fondaco.interfaces.api.problems import kinds
from fondaco.interfaces.api.views import collection, member
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.resources.declare import RESOURCES
from tests.interfaces.conftest import caller

RESERVED = {"export", "import"}


@pytest.fixture(scope="module")
def document(parcels):
    return description()


def test_the_description_is_valid_openapi(document):
    assert document["openapi"] == "3.1.0"
    errors = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []


def test_every_resource_and_verb_is_reachable_and_documented(document):
    for resource in RESOURCES.values():
        address = f"/api/v1/{resource.key}"
        assert resolve(address).func is collection and resolve(f"{address}/1").func is member
        assert set(document["paths"][address]) >= ({"get", "post", "patch"} if resource.write_permission else {"get"})
        verbs = [a.verb for a in resource.actions()]
        assert len(verbs) == len(set(verbs)) and not RESERVED & set(verbs), resource.key
        for action in resource.actions():
            operation = document["paths"][f"{address}/{action.verb}"]["post"]
            assert action.description in operation["description"] and action.permission in operation["description"]
            body = document["components"]["schemas"][
                operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            ]
            assert set(action.parameters.model_fields) <= set(body["properties"])
            assert not {"ids", "versions"} & set(action.parameters.model_fields), action.key
    served = {a.key for r in RESOURCES.values() for a in r.actions()}
    assert set(ACTIONS) <= served, f"verbs of no resource: {sorted(set(ACTIONS) - served)}"


def test_keys_are_words_and_clash_with_no_route():
    for key in RESOURCES:
        assert re.fullmatch(r"[a-z][a-z0-9-]*", key) and key not in {"tokens"}


def test_operations_have_names_of_their_own_and_tell_their_problems(document):
    operations = [o for path in document["paths"].values() for method, o in path.items() if method != "parameters"]
    names = [o["operationId"] for o in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert operation["summary"] and {"401", "403"} <= set(operation["responses"])


def test_codes_of_refusals_are_distinct():
    classes = list(kinds().values())
    assert len({c.code for c in classes}) == len(classes)


def test_the_page_for_people_shows_every_verb_and_runs_nothing(parcels):
    answer = Client().get("/api/docs")
    page = answer.content.decode()
    assert answer.status_code == 200 and answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", page)
    for resource in RESOURCES.values():
        assert f'id="{resource.key}"' in page
        for action in resource.actions():
            assert f"/api/v1/{resource.key}/{action.verb}" in page
    assert Client().get("/api/v1/openapi.json").json()["info"]["title"] == "Fondaco"


def test_answers_are_as_described(document):
    clerk = caller("clerk", "*")
    made = clerk.post("/api/v1/parcels", {"company": "TEST", "title": "Described", "lines": [{"content": "x"}]}).json()
    shown = document["components"]["schemas"]["Parcels"]["properties"]
    assert set(made) == set(shown)
    row = clerk.get("/api/v1/parcels").json()["data"][0]
    assert set(row) == set(document["components"]["schemas"]["ParcelsRow"]["properties"])
