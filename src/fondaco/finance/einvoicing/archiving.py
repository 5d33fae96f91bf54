"""The original bytes of every file that went out or came in: kept among the files, unchanged, for as long as the law asks."""

from collections.abc import Sequence
from datetime import date

from django.db import connection
from django.db.models import Model

from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.files.attaching import keeps
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import Kept, keep, read

#: Italy asks for ten years from the last entry of the book (Civil Code art. 2220); counted from the end of the year.
YEARS = 10


def kept_until(on: date) -> date:
    """Until when a file of that day is kept at least."""
    return date(on.year + YEARS, 12, 31)


KEPT = """
select digest from einvoicing_einvoice where digest = any (%(digests)s) and kept_until >= current_date
union select digest from einvoicing_received where digest = any (%(digests)s) and kept_until >= current_date
union select digest from einvoicing_capture where digest = any (%(digests)s) and kept_until >= current_date
union select n.digest from einvoicing_notice n join einvoicing_einvoice e on e.id = n.einvoice_id
  where n.digest = any (%(digests)s) and e.kept_until >= current_date
"""


@keeps
def originals(files: Sequence[Attachment]) -> set[int]:
    """Originals that the law keeps, as the database has it (``einvoicing_keep_files``); one statement."""
    with connection.cursor() as cursor:
        cursor.execute(KEPT, {"digests": [f.digest for f in files]})
        kept = {digest for (digest,) in cursor.fetchall()}
    return {f.pk for f in files if f.digest in kept}


def stored(name: str, content: bytes) -> Kept:
    """Write the bytes down under their digest."""
    return keep(name, [content])


def attach(files: Sequence[tuple[Model, Kept]]) -> None:
    """Put kept files on their records, in one statement; the database refuses to take them off again."""
    insert_rows(
        Attachment,
        [
            Attachment(table_name=row._meta.db_table, row_id=row.pk, name=k.name, media_type=k.media_type, size=k.size, digest=k.digest)
            for row, k in files
        ],
    )


def attach_again(pairs: Sequence[tuple[Model, Model]]) -> None:
    """Show the files of records on others too (of a received e-invoice on its bill); two statements."""
    targets = {(source._meta.db_table, source.pk): target for source, target in pairs}
    found = Attachment.objects.filter(table_name__in={t for t, _pk in targets}, row_id__in={pk for _t, pk in targets}).order_by("pk")
    files = [
        (targets[f.table_name, f.row_id], Kept(f.name, f.media_type, f.size, f.digest))
        for f in found
        if (f.table_name, f.row_id) in targets
    ]
    attach(files)


def content(digest: str, name: str) -> bytes:
    """The bytes as they were."""
    with read(digest, name) as file:
        return file.read()
