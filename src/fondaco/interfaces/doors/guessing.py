"""Guessing passwords is slowed down: so many failures by account and by address in a quarter of an hour, then none is looked at."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from fondaco.interfaces.doors.addresses import client_address
from fondaco.platform.access.models import SignInAttempt

WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_USER = 8
ATTEMPTS_PER_ADDRESS = 30


def too_many_failures(request: HttpRequest, username: str) -> bool:
    """Whether this account, or the address the request comes from, has failed too often lately."""
    lately = SignInAttempt.objects.filter(at__gt=timezone.now() - WINDOW)
    return (
        lately.filter(username=username).count() >= ATTEMPTS_PER_USER
        or lately.filter(address=client_address(request)).count() >= ATTEMPTS_PER_ADDRESS
    )


def note_failure(request: HttpRequest, username: str) -> None:
    """Count one wrong password."""
    SignInAttempt.objects.create(username=username, address=client_address(request))
