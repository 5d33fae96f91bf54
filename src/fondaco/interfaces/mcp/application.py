"""The ASGI door of MCP: who has no valid API token stays outside. Everything but ``/mcp`` goes on to the pages and REST."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.utils import translation
from pydantic_core import to_json

from fondaco.interfaces.api.problems import CONTENT_TYPE, as_json
from fondaco.interfaces.doors.policy import NotSignedIn
from fondaco.interfaces.mcp.server import current_token, in_thread, known, make_application

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def with_mcp(pages: Application) -> Application:
    """Put MCP before ``pages``."""
    mcp = make_application()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        # The MCP server starts its sessions in the lifespan; Django has none.
        if scope["type"] == "lifespan":
            await mcp(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].rstrip("/") == "/mcp":
            token = _token(scope)
            if not token or not await in_thread(known, token):
                await _refuse(send)
                return
            current_token.set(token)
            await mcp({**scope, "path": "/mcp"}, receive, send)
        else:
            await pages(scope, receive, send)

    return application


def _token(scope: Scope) -> str:
    """The bearer token; cookies are not looked at, so no page elsewhere can call in a user's name."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if kind.lower() == "bearer" else ""
    return ""


async def _refuse(send: Send) -> None:
    with translation.override("en"):
        body = to_json(as_json(NotSignedIn()))
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"www-authenticate", b'Bearer realm="fondaco"'), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": body})
