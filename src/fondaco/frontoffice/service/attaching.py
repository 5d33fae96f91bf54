"""Files of messages: those that came with mail, and those that leave with an answer. They stay on their message."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.parsing import Attached
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.events.sending import attaches
from fondaco.platform.files.attaching import keeps
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import keep, read

MESSAGE, TICKET = TicketMessage._meta.db_table, Ticket._meta.db_table
#: How the outbox asks for the bytes of a file that leaves with an answer.
KIND = "service.file"


def keep_attached(messages: Iterable[tuple[TicketMessage, Sequence[Attached]]]) -> None:
    """Keep what came with mails on their messages; one statement for the set."""
    rows = []
    for message, files in messages:
        kept = {(k.digest, k.name): k for k in (keep(f.name, [f.content]) for f in files if f.content)}
        rows += [
            Attachment(table_name=MESSAGE, row_id=message.pk, name=k.name, media_type=k.media_type, size=k.size, digest=k.digest)
            for k in kept.values()
        ]
    insert_rows(Attachment, rows)


def chosen(tickets: Sequence[Ticket], keys: Sequence[int]) -> dict[int, list[Attachment]]:
    """Files of tickets, by ticket. Raises NotFound for a file that lies on none of them: nothing else of the house can leave."""
    if not keys:
        return {}
    rows = list(Attachment.objects.filter(pk__in=list(keys), table_name=TICKET, row_id__in=[t.pk for t in tickets]).order_by("pk"))
    missing = sorted(set(keys) - {r.pk for r in rows})
    if missing:
        raise NotFound(what=_("File {key}").format(key=missing[0]))
    found: dict[int, list[Attachment]] = {}
    for row in rows:
        found.setdefault(row.row_id, []).append(row)
    return found


def send_along(messages: Sequence[TicketMessage], files: Mapping[int, Sequence[Attachment]]) -> dict[int, list[dict[str, Any]]]:
    """Put files of tickets on the answers that carry them; by ticket, how their mail names them."""
    rows = [
        (m.ticket_id, Attachment(table_name=MESSAGE, row_id=m.pk, name=f.name, media_type=f.media_type, size=f.size, digest=f.digest))
        for m in messages
        for f in files.get(m.ticket_id, ())
    ]
    insert_rows(Attachment, [row for _ticket, row in rows])
    carried: dict[int, list[dict[str, Any]]] = {}
    for ticket, row in rows:
        carried.setdefault(ticket, []).append({"kind": KIND, "id": row.pk, "name": row.name, "media_type": row.media_type})
    return carried


@attaches(KIND)
def content(key: int) -> bytes:
    """The bytes of a file that lies on a message."""
    row = Attachment.objects.get(pk=key, table_name=MESSAGE)
    with read(row.digest, row.name) as file:
        return file.read()


@keeps
def came_with_message(files: Sequence[Attachment]) -> set[int]:
    """What came or went with a message stays on it, as the database has it."""
    return {f.pk for f in files if f.table_name == MESSAGE}
