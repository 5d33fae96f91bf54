"""A route of the API: a door whose every answer, refusals and faults included, is JSON."""

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from fondaco.interfaces.api.problems import Busy, Fault, TooFast, WrongMethod, problem
from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import BadBody, door
from fondaco.platform.database import tenancy

logger = logging.getLogger("fondaco.api")

#: Requests a second and at once, for each token or address and each process: far above honest work, below a runaway loop.
RATE, BURST = 400.0, 2000.0
CALLERS = 5000


def route(permission: str, *methods: str) -> Callable[..., Any]:
    """Declare a view of the API: ``door(permission, *methods)`` with problem details for every refusal and fault."""

    def declare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        opened = door(permission, *methods, channel="api", refuse=problem)(view)

        @wraps(opened)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                wait = _calls.wait(_caller(request))
                if wait:
                    return problem(request, TooFast(seconds=wait))
                response = opened(request, *args, **kwargs)
                if isinstance(response, HttpResponseNotAllowed):
                    allowed = response.headers["Allow"]
                    response = problem(request, WrongMethod(path=request.path, method=request.method, allowed=allowed))
                    response.headers["Allow"] = allowed
            except SuspiciousOperation as error:
                response = problem(request, BadBody(why=str(error)))
            except (OperationalError, InterfaceError):
                logger.exception("The database did not answer %s %s", request.method, request.path)
                response = problem(request, Busy())
            except Exception:
                reference = secrets.token_hex(6)
                logger.exception("Fault %s in %s %s", reference, request.method, request.path)
                response = problem(request, Fault(reference=reference))
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("Vary", "Authorization, Cookie, Accept-Language")
            return response

        return answered

    return declare


def _caller(request: HttpRequest) -> str:
    return f"{tenancy.key()} {request.headers.get('Authorization', '')[:30] or client_address(request)}"


class Calls:
    """How many calls each caller has left; refills with time. Of this process only."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self.left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.lock = Lock()

    def wait(self, caller: str) -> int:
        """Count one call; 0, or the seconds to wait when there was none left."""
        now = time.monotonic()
        with self.lock:
            left, since = self.left.pop(caller, (self.burst, now))
            left = min(self.burst, left + (now - since) * self.rate)
            allowed = left >= 1
            self.left[caller] = (left - 1 if allowed else left, now)
            while len(self.left) > CALLERS:
                self.left.popitem(last=False)
        return 0 if allowed else max(1, round((1 - left) / self.rate))


_calls = Calls(RATE, BURST)
