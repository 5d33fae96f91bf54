"""Putting files on a record and taking them off: whoever may see the record sees its files, whoever may write it changes them."""

from collections.abc import Callable, Collection, Iterable, Sequence

from django.utils.translation import gettext as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotAllowed, NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import keep
from fondaco.platform.resources.declare import Resource
from fondaco.platform.resources.reading import rows_for

#: Which files must stay: given files of a record, the keys of those that nobody takes off. Rooms above register theirs.
Keeper = Callable[[Sequence[Attachment]], Collection[int]]
_keepers: list[Keeper] = []


def keeps(keeper: Keeper) -> Keeper:
    """Register which files must stay where they are, as the database has it for the room's own."""
    _keepers.append(keeper)
    return keeper


def kept_files(files: Sequence[Attachment]) -> set[int]:
    """The keys of those among ``files`` that must stay on their record."""
    return {key for keeper in _keepers for key in keeper(files)} if files else set()


def files_of(actor: Actor, resource: type[Resource], pk: int) -> list[Attachment]:
    """The files on a record, newest first. Raises NotFound when the actor may not see the record."""
    _seen(actor, resource, pk)
    return list(Attachment.objects.filter(table_name=resource.model._meta.db_table, row_id=pk).order_by("-id"))


def may_attach(actor: Actor, resource: type[Resource]) -> bool:
    """Whether the actor may put files on records that he sees: who writes them, and where nobody does, who sees them."""
    return actor.may(resource.write_permission or resource.view_permission)


def attach(actor: Actor, resource: type[Resource], pk: int, uploads: Sequence[tuple[str, Iterable[bytes]]]) -> list[Attachment]:
    """Put files, each as its name and its bytes, on a record; all or none. A file that is there already is left as it is."""
    _seen(actor, resource, pk)
    _refuse_others(actor, resource, _("put files on"))
    table = resource.model._meta.db_table
    with unit_of_work(actor.username, "files.attach"):
        kept = {(k.digest, k.name): k for k in [keep(name, chunks) for name, chunks in uploads]}
        here = Attachment.objects.filter(table_name=table, row_id=pk)
        there = set(here.values_list("digest", "name"))
        new = [
            Attachment(table_name=table, row_id=pk, name=k.name, media_type=k.media_type, size=k.size, digest=k.digest)
            for key, k in kept.items()
            if key not in there
        ]
        insert_rows(Attachment, new)
        found = {(a.digest, a.name): a for a in here}
    return [found[key] for key in kept]


def attached(actor: Actor, resource: type[Resource], pk: int, key: int) -> Attachment:
    """One file of a record. Raises NotFound when it is not there or the actor may not see the record."""
    _seen(actor, resource, pk)
    found = Attachment.objects.filter(table_name=resource.model._meta.db_table, row_id=pk, pk=key).first()
    if found is None:
        raise NotFound(what=_("File {key}").format(key=key))
    return found


def detach(actor: Actor, resource: type[Resource], pk: int, key: int) -> None:
    """Take a file off a record; the record's history keeps its name and digest, and backups its bytes."""
    found = attached(actor, resource, pk, key)
    _refuse_others(actor, resource, _("take files off"))
    with unit_of_work(actor.username, "files.detach"):
        found.delete()


def _seen(actor: Actor, resource: type[Resource], pk: int) -> None:
    if not rows_for(resource, actor).filter(pk=pk).exists():
        raise NotFound(what=f"{resource.title_one} {pk}")


def _refuse_others(actor: Actor, resource: type[Resource], verb: str) -> None:
    if not may_attach(actor, resource):
        raise NotAllowed(verb=verb, what=resource.title, permission=resource.write_permission or resource.view_permission)
