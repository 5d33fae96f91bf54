"""People who come through the doors, and the tokens they carry."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import clear_url_caches

from fondaco.interfaces.api.description import description
from fondaco.interfaces.doors.tokens import make_token
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.interfaces.api import room


@dataclass
class Caller:
    """A program with a token. Every call is one HTTP request; no exception may come out of the server."""

    token: str
    user: User

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        client = Client(raise_request_exception=False)
        extra = {f"HTTP_{k.upper()}": v for k, v in headers.items()}
        if self.token:
            extra["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        data = body if isinstance(body, bytes | str) else b"" if body is None else json.dumps(body)
        kind = extra.pop("HTTP_CONTENT_TYPE", "application/json")
        return client.generic(method, path, data, content_type=kind, **extra)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


def caller(
    username: str,
    *patterns: str,
    company: int | None = None,
    scopes: tuple[str, ...] = ("*",),
    scope: str = "company",
    language: str = "en",
) -> Caller:
    """A user with one role that grants ``patterns``, and his token; commits where the database does."""
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title(), language=language)
        role = Role.objects.create(key=f"role-{username}", name=username)
        for pattern in patterns:
            RolePermission.objects.create(role=role, pattern=pattern, scope=scope)
        Membership.objects.create(user=user, role=role, company_id=company)
        _token, text = make_token(user, "test", scopes=scopes)
    return Caller(text, user)


@pytest.fixture(scope="module")
def parcels(live_database: str, django_db_blocker: Any) -> Iterator[Company]:
    """The room of parcels on a database of this module's own, and a company to send them."""
    with django_db_blocker.unblock(), room.declared_room(), room.tables():
        company = open_books().company
        description.cache_clear()
        yield company
        for connection in connections.all():
            connection.close()
    description.cache_clear()
    clear_url_caches()
