"""Mails of an account become mails of the parties they are from or to, and stand on their time lines; others are not kept.

A set costs the same few statements whatever its size. Where one of a set cannot be filed, each is filed by itself and that one held back.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import DataError, IntegrityError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.models import MailAccount, MailMessage, MailParty, QuarantinedMail
from fondaco.frontoffice.correspondence.parsing import LARGEST_MAIL, MEGABYTE, HeldBack, Mail, fingerprint, glimpse, storable
from fondaco.frontoffice.correspondence.reading import read_all
from fondaco.frontoffice.correspondence.receivers import introduce, receiver_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import ContactPoint, Interaction, Party
from fondaco.masterdata.parties.queries import lines_of_merging
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.files.attaching import keeps
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import Kept, keep

ACTOR, VERB = "program.mail", "correspondence.file"
MAIL = MailMessage._meta.db_table
#: One sender's mails in an hour to an address that makes leads, beyond which a machine is writing.
FLOOD, HOUR = 20, timedelta(hours=1)
#: More parties than so many are no correspondence but a mailing.
MOST_PARTIES = 20
#: So much of a mail stands on the time line; the mail itself has the rest.
ON_TIMELINE = 4000
KEPT, REPEATED, NOBODY, HELD = "kept", "repeated", "nobody", "quarantined"


@dataclass(frozen=True)
class Letter:
    """A mail as it lies in a folder of an account; ``size`` counts where it could not be brought."""

    raw: bytes
    folder: str = ""
    uid: int = 0
    size: int = 0


def file(account: MailAccount, letters: Sequence[Letter]) -> list[str]:
    """File mails of an account, in the caller's transaction; what became of each: kept, repeated, nobody's or held back.

    To be called with the same mails as often as one likes. Only what the database itself cannot do is raised.
    """
    receive = receiver_of(account.address)
    if receive is not None:
        said = iter(receive([one.raw for one in letters if one.raw], account.address))
        return [next(said) if one.raw else _hold(account, one, _empty(one)) for one in letters]
    became: list[str] = []
    fit: list[tuple[int, Letter, Mail]] = []
    read = iter(read_all([one.raw for one in letters if one.raw], from_machines=not account.makes_leads))
    for place, one in enumerate(letters):
        mail = next(read) if one.raw else _empty(one)
        if isinstance(mail, HeldBack):
            became.append(_hold(account, one, mail))
            continue
        fit.append((place, one, mail))
        became.append(NOBODY)
    if account.makes_leads:
        fit = _without_flood(account, fit, became)
    try:
        with unit_of_work(ACTOR, VERB):
            for (place, _one, _mail), word in zip(fit, _file(account, [(o, m) for _p, o, m in fit]), strict=True):
                became[place] = word
    except (UserError, IntegrityError, DataError):
        for place, one, mail in fit:
            became[place] = _file_alone(account, one, mail)
    return became


def _file_alone(account: MailAccount, one: Letter, mail: Mail) -> str:
    for last in (False, True):
        try:
            with unit_of_work(ACTOR, VERB):
                return _file(account, [(one, mail)])[0]
        except (UserError, IntegrityError, DataError) as error:
            # At first it may be that another account brought the same mail at this moment; the second time it is known.
            if last:
                return _hold(account, one, HeldBack("refused", str(error)[:500]))
    raise AssertionError("unreachable")


def _file(account: MailAccount, given: Sequence[tuple[Letter, Mail]]) -> list[str]:
    if not given:
        return []
    named = {m for _o, mail in given for m in (mail.message_id, *mail.thread, mail.root)}
    there = dict(MailMessage.objects.filter(company=account.company_id, message_id__in=named).values_list("message_id", "thread"))
    own = _own_addresses(account)
    if account.makes_leads:
        fresh = {m.message_id: m for _o, m in given if m.sender not in own and not {m.message_id, *m.thread, m.root} & there.keys()}
        introduce(account, list(fresh.values()))
    parties = known({a for _o, mail in given for a in (mail.sender, *mail.addressed)} - own)
    rows: list[MailMessage] = []
    concerned: list[list[int]] = []
    files: list[Sequence[Kept]] = []
    became = []
    for one, mail in given:
        found = list(dict.fromkeys(parties[a] for a in (mail.sender, *mail.addressed) if a in parties))[:MOST_PARTIES]
        if mail.message_id in there:
            became.append(REPEATED)
            continue
        if not found:
            became.append(NOBODY)
            continue
        became.append(KEPT)
        thread = next((there[m] for m in (*mail.thread, mail.root) if m in there), mail.root or mail.message_id)
        there[mail.message_id] = thread
        rows.append(_row(account, one, mail, found[0], thread, is_own=mail.sender in own))
        concerned.append(found)
        files.append([keep(a.name, [a.content]) for a in mail.attached])
    write(rows, concerned, files)
    return became


def write(rows: Sequence[MailMessage], concerned: Sequence[Sequence[int]], files: Sequence[Sequence[Kept]]) -> None:
    """Insert mails with the parties they concern and the files they carry, and put them on the time lines."""
    insert_rows(MailMessage, rows)
    insert_rows(MailParty, [MailParty(mail=row, party_id=p) for row, found in zip(rows, concerned, strict=True) for p in found])
    kept = {(row.pk, k.digest, k.name): k for row, each in zip(rows, files, strict=True) for k in each}
    insert_rows(
        Attachment,
        [
            Attachment(table_name=MAIL, row_id=pk, name=name, media_type=k.media_type, size=k.size, digest=digest)
            for (pk, digest, name), k in kept.items()
        ],
    )
    record([_told(row, p) for row, found in zip(rows, concerned, strict=True) for p in found])


@keeps
def came_with_mail(files: Sequence[Attachment]) -> set[int]:
    """What came with a mail stays on it, as the database has it."""
    return {f.pk for f in files if f.table_name == MAIL}


def _without_flood(account: MailAccount, fit: Sequence[tuple[int, Letter, Mail]], became: list[str]) -> list[tuple[int, Letter, Mail]]:
    """The mails but those of senders who write more within an hour than people do; those are held back, as service does. One statement."""
    lately = MailMessage.objects.filter(account=account, sender__in={m.sender for _p, _o, m in fit}, created_at__gte=timezone.now() - HOUR)
    counts = Counter(lately.values_list("sender", flat=True))
    left = []
    for place, one, mail in fit:
        counts[mail.sender] += 1
        if counts[mail.sender] > FLOOD:
            became[place] = _hold(account, one, HeldBack("flood", f"{mail.sender}: {counts[mail.sender]} in an hour"))
        else:
            left.append((place, one, mail))
    return left


def _row(account: MailAccount, one: Letter, mail: Mail, party: int, thread: str, *, is_own: bool) -> MailMessage:
    return MailMessage(
        company_id=account.company_id,
        account=account,
        party_id=party,
        at=mail.sent_at or timezone.now(),
        direction=MailMessage.OUT if is_own else MailMessage.IN,
        sender=mail.sender,
        sender_name=mail.sender_name,
        recipients=list(mail.addressed)[:200],
        subject=mail.subject or _("(no subject)"),
        body=mail.text,
        body_html=mail.html,
        message_id=mail.message_id,
        in_reply_to=mail.thread[0] if mail.thread else "",
        thread=thread,
        folder=one.folder,
    )


def _told(row: MailMessage, party: int) -> Interaction:
    return Interaction(
        party_id=party,
        company_id=row.company_id,
        on=timezone.localdate(row.at),
        kind="mail",
        channel="email",
        direction=row.direction,
        title="" if row.is_private else row.subject,
        body="" if row.is_private else row.body[:ON_TIMELINE],
        source_table=MAIL,
        source_id=row.pk,
        by=row.sender_name or row.sender,
    )


def known(addresses: Iterable[str]) -> dict[str, int]:
    """The parties with these addresses, of their own or as a contact point, merged ones as their survivors. Three statements.

    Colleagues are not meant: who is an employee and nothing else is nobody to correspond with.
    """
    wanted = list(addresses)
    colleague = {"is_employee": True, "is_customer": False, "is_vendor": False, "is_lead": False}
    points = ContactPoint.objects.filter(kind="email", normalised__in=wanted).exclude(**{f"party__{k}": v for k, v in colleague.items()})
    parties = Party.objects.filter(email__in=wanted).exclude(**colleague)
    found = dict(points.order_by("-party").values_list("normalised", "party"))
    found |= dict(parties.order_by("-pk").values_list("email", "pk"))
    lines = lines_of_merging(found.values()) if found else {}
    return {address: lines[party][-1] for address, party in found.items()}


def _own_addresses(account: MailAccount) -> set[str]:
    """The addresses that are ours in this company: whoever writes from one of them writes for us."""
    accounts = MailAccount.objects.filter(company=account.company_id).values_list("address", flat=True)
    house = Company.objects.filter(Q(pk=account.company_id) & ~Q(email="")).values_list("email", flat=True)
    return {account.address, *accounts, *(e.lower() for e in house)}


def _empty(one: Letter) -> HeldBack:
    if one.size > LARGEST_MAIL:
        return HeldBack("too_large", f"{one.size} bytes; at most {LARGEST_MAIL}")
    return HeldBack("broken", "the server did not give its content")


def _hold(account: MailAccount, one: Letter, held: HeldBack) -> str:
    sender, subject = glimpse(one.raw)
    raw = one.raw[:MEGABYTE]
    if account.user_id is not None and not _is_from_known(sender):
        sender, subject, raw = "", "", b""
    where = f"{account.address}, {one.folder} {one.uid}" if one.folder else account.address
    mail = QuarantinedMail(
        company_id=account.company_id,
        account=account,
        at=timezone.now(),
        reason=held.reason,
        explanation=storable(f"{held.explanation} ({where})"),
        sender=sender,
        subject=subject,
        digest=fingerprint(one.raw or where.encode()),
        size=one.size or len(one.raw),
        raw=raw,
    )
    with unit_of_work(ACTOR, "correspondence.quarantine"):
        # A mail that is brought again and again is held back once.
        QuarantinedMail.objects.bulk_create([mail], ignore_conflicts=True)
    return HELD


def _is_from_known(sender: str) -> bool:
    address = sender.rpartition("<")[2].strip("<> ").lower()
    return bool(address and known([address]))
