"""The verbs that write mail: an answer in its thread, or the first mail to a party; from one's own account, through the outbox."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.correspondence.filing import MOST_PARTIES, known, write
from fondaco.frontoffice.correspondence.models import MailAccount, MailMessage
from fondaco.frontoffice.correspondence.refusals import NoAccount, NobodyToWriteTo, NothingSaid
from fondaco.frontoffice.correspondence.sending import CHANNEL, senders
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.schema import Text

Words = Annotated[Text, Field(max_length=100_000)]
Subject = Annotated[Text, Field(max_length=500)]
SEND = "correspondence.send_mail"
#: So many mails of a thread are named by its answer, the newest.
NAMED_IN_THREAD = 20
#: So much of what is answered is quoted.
QUOTED = 20_000


@action(MailMessage, permission=SEND, title=_("Reply"), done=_("Answer on its way"))
def reply(mails: DocumentSet[MailMessage], *, body: Words, to_all: bool = False) -> None:
    """Answer mails in their threads, from your own account or the shared one they came to; ``to_all`` answers everybody who had them.

    Where one answers what one wrote oneself, it goes to whom that went to. The mails leave after the commit, through the outbox.
    """
    if not body.strip():
        raise NothingSaid(recipient=", ".join(m.sender for m in mails.rows[:20]), rows=rows_json(mails))
    accounts = _accounts_for(mails.actor, [(m.company_id, m.account_id) for m in mails])
    chains = defaultdict(list)
    threads = MailMessage.objects.filter(company__in={m.company_id for m in mails}, thread__in={m.thread for m in mails})
    for thread, message_id in threads.order_by("at", "pk").values_list("thread", "message_id"):
        chains[thread].append(message_id)
    own = set(MailAccount.objects.filter(company__in={m.company_id for m in mails}).values_list("address", flat=True))
    letters = []
    for mail, account in zip(mails, accounts, strict=True):
        others = [a for a in mail.recipients if a not in own and a != account.address]
        first = others[:1] if mail.direction == MailMessage.OUT else [mail.sender]
        to = list(dict.fromkeys([*first, *(others if to_all or mail.direction == MailMessage.OUT else ())]))
        if not to:
            raise NobodyToWriteTo(party=mail.subject)
        subject = mail.subject if mail.subject.lower().startswith("re:") else f"Re: {mail.subject}"
        row = _row(account, to, subject, body, thread=mail.thread, in_reply_to=mail.message_id, is_private=mail.is_private)
        letters.append((row, [m for m in chains[mail.thread] if m != mail.message_id], _quoted(mail)))
    _send(letters, mails.actor, {m.party_id for m in mails})
    mails.made["mails"] = [row.pk for row, _chain, _quote in letters]


@action(Party, name="write_mail", permission=SEND, title=_("Write mail"), done=_("Mail on its way"))
def write_mail(parties: DocumentSet[Party], *, subject: Subject, body: Words) -> None:
    """Write a mail to each of these parties from your own account; it stands on their time lines."""
    if not (body.strip() and subject.strip()):
        raise NothingSaid(recipient=", ".join(map(str, parties.rows[:20])), rows=rows_json(parties))
    silent = [p for p in parties if not p.email]
    if silent:
        raise NobodyToWriteTo(party=", ".join(map(str, silent[:20])), rows=rows_json(silent))
    account = senders().filter(user=parties.actor.user_id).order_by("pk").first() if parties.actor.user_id else None
    if account is None:
        raise NoAccount(company=_now("any company"))
    words = " ".join(subject.split())
    rows = [_row(account, [p.email.lower()], words, body) for p in parties]
    for row, party in zip(rows, parties, strict=True):
        row.party = party
    _send([(row, [], "") for row in rows], parties.actor, set(parties.ids))
    parties.made["mails"] = [row.pk for row in rows]


def _accounts_for(actor: Actor, wanted: Sequence[tuple[int, int]]) -> list[MailAccount]:
    """For each (company, account that a mail came to) the one that answers: that one if it is the actor's or shared, else his own."""
    there = {a.pk: a for a in senders().filter(company__in={c for c, _a in wanted})}
    own = {a.company_id: a for a in there.values() if actor.user_id is not None and a.user_id == actor.user_id}
    found = []
    for company, key in wanted:
        came_to = there.get(key)
        account = came_to if came_to is not None and came_to.user_id in (None, actor.user_id) else own.get(company)
        if account is None:
            raise NoAccount(company=Company.objects.get(pk=company).name)
        found.append(account)
    return found


def _row(
    account: MailAccount, to: Sequence[str], subject: str, body: str, *, thread: str = "", in_reply_to: str = "", is_private: bool = False
) -> MailMessage:
    message_id = f"<{uuid.uuid4().hex}@{account.address.rpartition('@')[2]}>"
    return MailMessage(
        company_id=account.company_id,
        account=account,
        at=timezone.now(),
        direction=MailMessage.OUT,
        sender=account.address,
        sender_name=account.name,
        recipients=list(to),
        subject=subject,
        body=body,
        message_id=message_id,
        in_reply_to=in_reply_to,
        thread=thread or message_id,
        is_private=is_private and account.user_id is not None,
    )


def _send(letters: Sequence[tuple[MailMessage, Sequence[str], str]], actor: Actor, meant: set[int]) -> None:
    """Write mails down with the parties they go to, and put them into the outbox. What is quoted stands in what leaves, not in what is kept."""
    parties = known({a for row, _chain, _quote in letters for a in row.recipients})
    concerned = []
    for row, _chain, _quote in letters:
        found = [parties[a] for a in row.recipients if a in parties]
        # Who is written to is concerned even where his address is nobody's alone.
        first = row.party_id if row.party_id in meant else None
        concerned.append(
            list(dict.fromkeys([*([first] if first else []), *found, *(sorted(meant) if not found and not first else ())]))[:MOST_PARTIES]
        )
        row.party_id = concerned[-1][0]
    rows = [row for row, _chain, _quote in letters]
    write(rows, concerned, [()] * len(rows))
    insert_rows(OutboxMessage, [_outgoing(row, chain, quote, row.at) for row, chain, quote in letters])


def _outgoing(row: MailMessage, chain: Sequence[str], quote: str, now: datetime) -> OutboxMessage:
    headers = {"Message-ID": row.message_id}
    if row.in_reply_to:
        headers |= {"In-Reply-To": row.in_reply_to, "References": " ".join([*chain[-NAMED_IN_THREAD:], row.in_reply_to])}
    return OutboxMessage(
        key=key_of(row.message_id),
        created_at=now,
        channel=CHANNEL,
        payload={
            "account": row.account_id,
            "from_name": row.sender_name,
            "from_address": row.sender,
            "to": row.recipients,
            "subject": row.subject,
            "text": f"{row.body}\n\n{quote}" if quote else row.body,
            "headers": headers,
        },
    )


def key_of(message_id: str) -> str:
    """The effect in the outbox that a mail of ours is."""
    return f"correspondence.mail:{message_id}"


def _quoted(mail: MailMessage) -> str:
    head = _now("{name} wrote on {moment}:").format(
        name=mail.sender_name or mail.sender, moment=f"{timezone.localtime(mail.at):%Y-%m-%d %H:%M}"
    )
    return "\n".join([head, *(f"> {line}" for line in mail.body[:QUOTED].splitlines())])
