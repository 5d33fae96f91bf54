"""MCP: the same tokens, rights and refusals as REST, through the real ASGI application."""

import asyncio
import json
from typing import Any

import pytest
from django.db import connections

from fondaco.interfaces.mcp.application import with_mcp
from tests.interfaces.api.room import Parcel
from tests.interfaces.conftest import caller


@pytest.fixture(scope="module")
def people(parcels):
    return {"clerk": caller("clerk", "*"), "reader": caller("reader", "parcels.view_parcel", language="it")}


def talk(
    token: str,
    *messages: dict[str, Any] | bytes,
    path: str = "/mcp",
    host: str = "testserver",
    lifespan: bool = True,
    method: str = "POST",
    **headers: str,
) -> list[tuple[int, Any]]:
    """Send each message, bytes as they are, as a request of its own to a freshly started application; status and content of each answer."""

    async def pages(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def conversation() -> list[tuple[int, Any]]:
        application = with_mcp(pages)
        if not lifespan:
            return [await request(application, m) for m in messages]
        began, ended, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        asked = iter(["lifespan.startup", "lifespan.shutdown"])

        async def life() -> dict[str, Any]:
            kind = next(asked)
            if kind == "lifespan.shutdown":
                await stop.wait()
            return {"type": kind}

        async def told(message: Any) -> None:
            (began if "startup" in message["type"] else ended).set()

        living = asyncio.create_task(application({"type": "lifespan"}, life, told))
        await began.wait()
        answers = [await request(application, m) for m in messages]
        stop.set()
        await ended.wait()
        await living
        return answers

    async def request(application: Any, message: dict[str, Any] | bytes) -> tuple[int, Any]:
        given = {
            "host": host, "content-type": "application/json", "accept": "application/json, text/event-stream",
            "mcp-protocol-version": "2025-06-18", **({"authorization": f"Bearer {token}"} if token else {}), **headers,
        }  # fmt: skip
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
            "http_version": "1.1", "headers": [(k.encode(), v.encode()) for k, v in given.items()], "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        }  # fmt: skip
        sent: list[Any] = []
        parts = iter(
            [{"type": "http.request", "body": message if isinstance(message, bytes) else json.dumps(message).encode(), "more_body": False}]
        )

        async def receive() -> Any:
            try:
                return next(parts)
            except StopIteration:
                await asyncio.sleep(3600)

        async def send(part: Any) -> None:
            sent.append(part)

        await application(scope, receive, send)
        body = b"".join(p.get("body", b"") for p in sent)
        return sent[0]["status"], json.loads(body) if body[:1] in {b"{", b"["} else body

    return asyncio.run(conversation())


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def use(who: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    """The result of a tool; its problem under ``refused``."""
    ((status, answer),) = talk(who.token, message("tools/call", name=tool, arguments=arguments))
    assert status == 200, answer
    result = answer["result"]
    text = result["content"][0]["text"]
    assert text.startswith("{") or result.get("isError"), text
    if result.get("isError"):
        return {"refused": json.loads(text) if text.startswith("{") else text}
    return json.loads(text)


def test_nobody_enters_without_a_valid_token(people):
    for token in ["", "wrong", "fdc_00000000_x"]:
        ((status, answer),) = talk(token, message("tools/list"))
        assert status == 401 and answer["code"] == "doors.not_signed_in"


def test_other_addresses_go_on_to_the_pages(people):
    assert talk("", message("tools/list"), path="/invoices")[0][0] == 204


def test_a_page_elsewhere_cannot_rebind_the_name(people):
    assert talk(people["clerk"].token, message("tools/list"), host="evil.example")[0][0] == 421
    assert talk(people["clerk"].token, message("tools/list"), origin="http://evil.example")[0][0] == 403


def test_a_server_without_lifespan_serves_too(people):
    answers = talk(people["clerk"].token, message("tools/list"), message("tools/list"), lifespan=False)
    assert [status for status, _answer in answers] == [200, 200]


def test_the_tools_are_few_and_say_what_they_do(people):
    ((_status, answer),) = talk(people["clerk"].token, message("tools/list"))
    tools = {t["name"]: t for t in answer["result"]["tools"]}
    assert set(tools) == {"describe", "search", "find", "read", "create", "change", "remove", "perform"}
    assert all(t["description"] and t["inputSchema"]["type"] == "object" for t in tools.values())
    assert tools["find"]["annotations"]["readOnlyHint"] is True and tools["perform"]["annotations"]["destructiveHint"] is True


def test_records_of_any_kind_are_found_by_words(people):
    found = use(people["clerk"], "search", words="euro")["found"]
    assert {"resource": "currencies", "id": "EUR", "label": "EUR", "exact": True} in found
    assert use(people["reader"], "search", words="euro")["found"] == []


def test_a_parcel_is_made_sent_and_found(people, parcels):
    clerk = people["clerk"]
    described = use(clerk, "describe", resource="parcels")
    assert described["verbs"]["send"]["parameters"]["required"] == ["carrier"] and "title" in described["create"]["properties"]
    assert "parcels" in use(clerk, "describe")["resources"]
    made = use(clerk, "create", resource="parcels", rows=[{"company": "TEST", "title": "By a model", "weight": 2.5}], idempotency_key="k")
    assert (
        use(clerk, "create", resource="parcels", rows=[{"company": "TEST", "title": "By a model", "weight": 2.5}], idempotency_key="k")[
            "replayed"
        ]
        is True
    )
    (key,) = made["ids"]
    read = use(clerk, "read", resource="parcels", id=key)
    assert read["weight"] == "2.500" and read["open"]["verbs"][0]["verb"] == "send"
    assert use(clerk, "change", resource="parcels", rows=[{"id": key, "pieces": 2, "version": read["version"]}])["ids"] == [key]
    stale = use(clerk, "perform", resource="parcels", verb="send", ids=[key], parameters={"carrier": "x"}, versions={key: read["version"]})
    assert stale["refused"]["code"] == "documents.stale"
    assert use(clerk, "perform", resource="parcels", verb="send", ids=[key], parameters={"carrier": "x"})["done"] == "Sent"
    found = use(clerk, "find", resource="parcels", filters={"state": "sent", "pieces__gte": 2}, fields=["title"], count=True)
    assert found["count"] == 1 and found["rows"][0]["title"] == "By a model"


def test_rights_and_refusals_are_those_of_the_other_doors(people, parcels):
    reader = people["reader"]
    before = Parcel.objects.count()
    assert use(reader, "create", resource="parcels", rows=[{"company": "TEST", "title": "x"}])["refused"]["status"] == 403
    assert use(reader, "perform", resource="parcels", verb="send", ids=["1"], parameters={"carrier": "x"})["refused"]["status"] == 403
    assert use(reader, "find", resource="companies")["refused"]["status"] == 403
    assert use(reader, "find", resource="parcels", sort="cost")["refused"]["status"] == 400
    assert set(use(reader, "describe")["resources"]) == {"parcels"}
    assert "cost" not in use(reader, "describe", resource="parcels")["fields"]
    assert Parcel.objects.count() == before


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("find", {"resource": "nothing"}), ("find", {"resource": "parcels", "filters": {"user__password": "x"}}), ("find", {"resource": "parcels", "filters": {"title": {"x": 1}}}),
        ("find", {"resource": "parcels", "search": "a\u0000"}), ("find", {"resource": "parcels", "after": "x"}), ("find", {"resource": "parcels", "limit": 10**9}),
        ("read", {"resource": "parcels", "id": "x"}), ("read", {"resource": "parcels", "id": "9" * 40}), ("create", {"resource": "parcels", "rows": []}),
        ("create", {"resource": "parcels", "rows": [{"title": "a\u0000"}]}), ("create", {"resource": "parcels", "rows": [{"state": "sent"}]}),
        ("change", {"resource": "parcels", "rows": [{"pieces": 1}]}), ("remove", {"resource": "parcels", "ids": ["x"]}),
        ("perform", {"resource": "parcels", "verb": "explode", "ids": ["1"]}), ("perform", {"resource": "parcels", "verb": "send", "ids": ["1"], "parameters": {"value": "NaN"}}),
        ("perform", {"resource": "parcels"}), ("nothing", {}),
    ],
)  # fmt: skip
def test_nonsense_is_refused_calmly(people, tool, arguments):
    ((_status, answer),) = talk(people["clerk"].token, message("tools/call", name=tool, arguments=arguments))
    if "error" in answer:
        return  # refused by the protocol
    assert answer["result"]["isError"] is True
    assert "api.fault" not in answer["result"]["content"][0]["text"]


def test_a_long_conversation_leaves_no_connection_open(people):
    from fondaco.interfaces.mcp.server import THREADS

    talk(people["clerk"].token, *[message("tools/call", name="describe", arguments={})] * 20)
    with connections["default"].cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'")
        assert cursor.fetchone()[0] == 0
        cursor.execute("select count(*) from pg_stat_activity where datname = current_database()")
        assert cursor.fetchone()[0] <= THREADS + 3
