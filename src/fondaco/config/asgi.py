"""ASGI application: MCP at /mcp, live pages at /-/live; everything else as the WSGI application answers it, only slower."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
pages = get_asgi_application()

from fondaco.interfaces.live.wall import with_wall  # noqa: E402  needs the applications that the line above set up
from fondaco.interfaces.mcp.application import with_mcp  # noqa: E402

application = with_mcp(with_wall(pages))
