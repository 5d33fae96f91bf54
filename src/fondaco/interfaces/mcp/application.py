"""The ASGI door of MCP: who comes to no tenant or has no valid API token stays outside. Everything but ``/mcp`` goes on to the pages and REST."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from django.utils import translation
from pydantic_core import to_json

from fondaco.interfaces.api.problems import CONTENT_TYPE, WrongMethod, as_json
from fondaco.interfaces.doors.policy import NotSignedIn
from fondaco.interfaces.mcp.server import current_token, in_thread, known, make_application
from fondaco.platform.database import tenancy
from fondaco.platform.database.refusals import UserError
from fondaco.platform.tenants.directory import tenant_at

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def with_mcp(pages: Application) -> Application:
    """Put MCP before ``pages``."""
    mcp = Served()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await mcp.live(receive, send)
        elif scope["type"] == "http" and scope["path"].rstrip("/") == "/mcp":
            await mcp.begin()  # outside of any tenant: its task outlives the request
            try:
                with tenancy.serving(await _tenant(scope)):
                    token = _token(scope)
                    if not token or not await in_thread(known, token):
                        raise NotSignedIn()
                    # Nothing is ever told by itself: a stream that somebody opens by GET would stay open, and empty, for ever.
                    if scope["method"] != "POST":
                        raise WrongMethod(method=scope["method"][:20], path="/mcp", allowed="POST")
                    current_token.set(token)
                    await mcp.application({**scope, "path": "/mcp"}, receive, send)
            except UserError as refusal:
                await _refuse(send, refusal)
        else:
            await pages(scope, receive, send)

    return application


class Served:
    """The MCP application with its task group, which begins with the first call where the server tells no lifespan."""

    def __init__(self) -> None:
        self.application = make_application()
        self.begun: asyncio.Event | None = None
        self.task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Start the task group once; everybody waits until it stands."""
        if self.begun is None:
            self.begun = asyncio.Event()
            self.task = asyncio.create_task(self._hold(self.begun))
        await self.begun.wait()

    async def _hold(self, begun: asyncio.Event) -> None:
        try:
            # Entered and left in one task, as its task group demands.
            async with self.application.router.lifespan_context(self.application):
                begun.set()
                await asyncio.Event().wait()
        finally:
            begun.set()  # whoever waits then hears of the fault from his own call

    async def live(self, receive: Receive, send: Send) -> None:
        """Follow the lifespan of a server that tells it."""
        await receive()
        await self.begin()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
        await send({"type": "lifespan.shutdown.complete"})


def _token(scope: Scope) -> str:
    """The bearer token; cookies are not looked at, so no page elsewhere can call in a user's name."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if kind.lower() == "bearer" else ""
    return ""


async def _tenant(scope: Scope) -> tenancy.Tenant | None:
    """Whose tools are asked for, by the host; ``None`` where there is one tenant only. Refuses like the gate of the pages."""
    if not tenancy.several():
        return None
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    tenant: tenancy.Tenant = await in_thread(tenant_at, ",".join(hosts))
    return tenant


async def _refuse(send: Send, refusal: UserError) -> None:
    with translation.override("en"):
        body = to_json(as_json(refusal))
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"cache-control", b"no-store")]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="fondaco"'))
    if isinstance(refusal, WrongMethod):
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
