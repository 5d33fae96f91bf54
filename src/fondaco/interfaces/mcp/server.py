"""The MCP server: the tools as a model sees them, each run as its own unit of work in a thread."""

import json
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.utils import translation
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field
from starlette.applications import Starlette

from fondaco.interfaces.api.problems import Fault, as_json
from fondaco.interfaces.doors.policy import BadBody, NotSignedIn
from fondaco.interfaces.doors.tokens import actor_of_token
from fondaco.interfaces.mcp import tools
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import retrying, unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources import strict_json

logger = logging.getLogger("fondaco.mcp")

#: As many database connections as this process opens for models.
THREADS = 4
BODY = 4 * 1024 * 1024

INSTRUCTIONS = (
    "Fondaco is an ERP and CRM. Call describe first: without an argument it lists the resources you may use, with one it tells the fields, "
    "filters, verbs and what create takes. Keys are strings, amounts are decimal strings, days are ISO 8601. Filters are fields, with a "
    "comparison such as due_on__lt or on__within (this_month, last_quarter, 2026-03), or named conditions such as overdue. Writes take sets and are all or nothing. Documents are not edited "
    "once posted: verbs move them (perform). When something is refused, the detail says what to do; do not work around it, tell the user. "
    "Give every write an idempotency_key of your own, and repeat it unchanged when you are unsure whether the write arrived."
)

current_token: ContextVar[str] = ContextVar("fondaco_mcp_token", default="")
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mcp")

Key = Annotated[str, Field(description="Same key and content: done once, the first result is given again", max_length=200)]
Reason = Annotated[str, Field(description="Why, in the user's words; kept in the history", max_length=2000)]
ResourceKey = Annotated[str, Field(description="Key of a resource, such as invoices")]
Rows = Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]
Ids = Annotated[list[str], Field(min_length=1, max_length=1000)]

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
DESTROYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)


def actor_now(token: str) -> Actor:
    """The actor behind a token; must run in a unit of work. Raises NotSignedIn."""
    actor = actor_of_token(token, channel="mcp")
    if actor is None:
        raise NotSignedIn()
    return actor


def known(token: str) -> bool:
    """Whether the token opens the door."""
    with unit_of_work("visitor", "mcp"):
        return actor_of_token(token, channel="mcp") is not None


async def in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """Run ``work`` in one of the few threads that hold a database connection; broken or old connections are closed."""

    def run() -> Any:
        close_old_connections()
        try:
            return work(*arguments)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False, executor=_threads)()


async def call(tool: Callable[..., dict[str, Any]], *given: Any, **named: Any) -> Any:
    """Run a tool for whoever holds the token of this request; refusals become the tool's error, as problem details."""
    return await in_thread(run_tool, current_token.get(), tool, given, named)


def run_tool(
    token: str, tool: Callable[..., dict[str, Any]], given: tuple[Any, ...], named: dict[str, Any]
) -> dict[str, Any] | CallToolResult:
    """A tool in its own unit of work, in the user's language, again after a lost race."""
    language = "en"

    def work() -> dict[str, Any]:
        nonlocal language
        with refusals_translated(), unit_of_work("visitor", "mcp"):
            actor = actor_now(token)
            language = actor.language
            with translation.override(language), unit_of_work(actor.username, f"mcp {tool.__name__}"):
                return tool(actor, *given, **named)

    try:
        try:
            strict_json.check([*given, *named.values()])
        except strict_json.NotStrict as error:
            raise BadBody(why=str(error)) from error
        return retrying(work)
    except UserError as refusal:
        with translation.override(language):
            return refused(refusal)
    except Exception:
        reference = secrets.token_hex(6)
        logger.exception("Fault %s in tool %s", reference, tool.__name__)
        return refused(Fault(reference=reference))


def refused(refusal: UserError) -> CallToolResult:
    """A refusal as the tool's result: problem details, as REST gives them; must run in the reader's language."""
    problem = as_json(refusal)
    text = TextContent(type="text", text=json.dumps(problem, ensure_ascii=False))
    return CallToolResult(content=[text], structured_content=problem, is_error=True)


def make_server() -> MCPServer[Any]:
    """The server with its tools."""
    server: MCPServer[Any] = MCPServer("fondaco", title="Fondaco", instructions=INSTRUCTIONS, log_level="WARNING", subscriptions=False)

    @server.tool(title="Describe", annotations=READS)
    async def describe(resource: Annotated[str, Field(description="Key of a resource; empty: list all")] = "") -> dict[str, Any]:
        """List the resources you may use, or tell everything about one: fields, filters, verbs with parameters, what create takes."""
        return await call(tools.describe, resource)

    @server.tool(title="Search", annotations=READS)
    async def search(words: Annotated[str, Field(description="Words that must all occur", min_length=2, max_length=200)]) -> dict[str, Any]:
        """Find records of any kind by words, when you do not know where they are; exact is false where a word was mistyped."""
        return await call(tools.search, words)

    @server.tool(title="Find", annotations=READS)
    async def find(
        resource: ResourceKey,
        filters: Annotated[
            dict[str, Any], Field(description='Such as {"state": "posted", "due_on__lt": "2026-04-01", "overdue": true}')
        ] = {},  # noqa: B006
        search: Annotated[str, Field(description="Words that must all occur")] = "",
        sort: Annotated[str, Field(description="A field; with - before it descending")] = "",
        fields: Annotated[list[str], Field(description="Only these fields")] = [],  # noqa: B006
        after: Annotated[str, Field(description="The mark `after` of the page before", max_length=4000)] = "",
        limit: Annotated[int, Field(ge=1, le=tools.ROWS)] = 20,
        count: Annotated[bool, Field(description="Tell the number of all rows too")] = False,
    ) -> dict[str, Any]:
        """Find records of a resource: filter, search, sort, page."""
        return await call(tools.find, resource, filters, search, sort, fields, after, limit, count=count)

    @server.tool(title="Read", annotations=READS)
    async def read(resource: ResourceKey, id: str) -> dict[str, Any]:
        """Read one record with its lines, its version, and the verbs that are open to you on it now."""
        return await call(tools.read, resource, id)

    @server.tool(title="Create", annotations=WRITES)
    async def create(resource: ResourceKey, rows: Rows, idempotency_key: Key = "", reason: Reason = "") -> dict[str, Any]:
        """Create records, all or none. What a row takes is told by describe; records are named by key or natural key."""
        return await call(tools.create, resource, rows, reason, idempotency_key)

    @server.tool(title="Change", annotations=WRITES)
    async def change(resource: ResourceKey, rows: Rows, idempotency_key: Key = "", reason: Reason = "") -> dict[str, Any]:
        """Change records, all or none: each row has its id, the version last read, and only the fields that change. Given lines replace the lines."""
        return await call(tools.change, resource, rows, reason, idempotency_key)

    @server.tool(title="Delete", annotations=DESTROYS)
    async def remove(resource: ResourceKey, ids: Ids, idempotency_key: Key = "", reason: Reason = "") -> dict[str, Any]:
        """Delete records that nothing refers to, all or none; of documents only drafts."""
        return await call(tools.remove, resource, ids, reason, idempotency_key)

    @server.tool(title="Perform", annotations=DESTROYS)
    async def perform(
        resource: ResourceKey,
        verb: Annotated[str, Field(description="A verb of the resource, such as post")],
        ids: Ids,
        parameters: Annotated[dict[str, Any], Field(description="As describe tells them")] = {},  # noqa: B006
        versions: Annotated[dict[str, int], Field(description="Version last read, by id; refused when one has moved on")] = {},  # noqa: B006
        reason: Reason = "",
        idempotency_key: Key = "",
    ) -> dict[str, Any]:
        """Use a verb (post, reverse, confirm ...) on a set of records, all or nothing."""
        return await call(tools.perform, resource, verb, ids, parameters, versions, reason, idempotency_key)

    return server


def make_application() -> Starlette:
    """The server as an ASGI application, answering at ``/mcp`` without sessions: any process may answer any call."""
    hosts = [h for h in settings.ALLOWED_HOSTS if h != "*"]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection="*" not in settings.ALLOWED_HOSTS,
        allowed_hosts=[*hosts, *(f"{h}:*" for h in hosts)],
        allowed_origins=[f"{scheme}://{h}{port}" for scheme in ("http", "https") for h in hosts for port in ("", ":*")],
    )
    return make_server().streamable_http_app(
        stateless_http=True, json_response=True, streamable_http_path="/mcp", max_request_body_size=BODY, transport_security=security
    )
