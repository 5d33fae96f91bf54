"""Mail that goes out by the SMTP server of an account: carried from the outbox after the commit, on a guarded line."""

import smtplib
import socket
import ssl
from collections.abc import Iterable, Mapping
from typing import Any

from fondaco.frontoffice.correspondence import consenting
from fondaco.frontoffice.correspondence.fetching import password_of
from fondaco.frontoffice.correspondence.imap import Failed
from fondaco.frontoffice.correspondence.models import BY_PASSWORD, PLAIN, STARTTLS, TLS, MailAccount
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.reaching import is_loopback, line
from fondaco.platform.events.sending import carries, mail_of

CHANNEL = "account_mail"
SECONDS = 30


class NotHandedOver(Exception):
    """The account cannot send; the text says why. It is tried again."""


def senders() -> Any:
    """Accounts by which mail can go out."""
    return MailAccount.objects.filter(is_active=True).exclude(smtp_host="").exclude(sealed_password="")


def accounts_of(addresses: Iterable[str]) -> dict[str, int]:
    """The accounts by which mail of these addresses goes out; mail of others goes the way the operator has set. One statement."""
    return dict(senders().filter(address__in=set(addresses)).values_list("address", "pk"))


@carries(CHANNEL)
def carry(key: str, payload: Mapping[str, Any]) -> None:
    """Hand one mail to the server of its account."""
    with unit_of_work("program.sending", "correspondence.send"):
        account = senders().filter(pk=payload["account"]).first()
        mail = mail_of(payload).message()
        if account is None:
            raise NotHandedOver("the mail account is switched off, or has no outgoing server or password")
        try:
            token = consenting.token_of(account) if account.sign_in != BY_PASSWORD else ""
            password = "" if token else password_of(account)
        except Failed as failure:
            raise NotHandedOver(failure.problem) from failure
    with _Smtp(account) as server:
        name = account.username or account.address
        if token:
            server.consented(name, token)
        else:
            server.login(name, password)
        server.send_message(mail, account.address, list(payload["to"]))


class _Smtp(smtplib.SMTP):
    """The standard library's client on a guarded line, which says no password where others listen."""

    def __init__(self, account: MailAccount) -> None:
        self.security = account.smtp_security
        super().__init__(account.smtp_host, account.smtp_port, timeout=SECONDS)
        if self.security == STARTTLS:
            self.starttls(context=ssl.create_default_context())

    def consented(self, username: str, token: str) -> None:
        """Sign in by XOAUTH2; a server that refuses says why in a challenge, which is answered with nothing."""
        self.ehlo_or_helo_if_needed()
        said = f"user={username}\x01auth=Bearer {token}\x01\x01"
        self.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = line(host, port, timeout)
        if self.security == TLS:
            return ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        if self.security == PLAIN and not is_loopback(sock):
            sock.close()
            raise NotHandedOver("without encryption only a server on this machine is spoken to")
        return sock
