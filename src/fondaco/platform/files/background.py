"""Imports too long to wait for: the file is kept, and the worker reads it with the asker's rights."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.files.storing import keep, read
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import Progress, job, start
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.importing import import_file

IMPORT = "resources.import"


def start_import(actor: Actor, resource: type[Resource], name: str, content: Iterable[bytes], *, format: str) -> Job:
    """Ask for the records of a file to be brought in. Rights and content are judged when it runs; nothing or everything is written."""
    kept = keep(name, content)
    title = _("Import: {what}").format(what=f"{resource.title}, {kept.name}")
    given = {"resource": resource.key, "digest": kept.digest, "name": kept.name, "format": format}
    return start(actor, IMPORT, title, given)


@job(IMPORT)
def import_kept(actor: Actor, progress: Progress, *, resource: str, digest: str, name: str, format: str) -> Mapping[str, Any]:
    """Bring in the records of a kept file."""
    with read(digest, name) as file:
        done = import_file(actor, RESOURCES[resource], file.read(), format=format, progress=progress)
    return {"resource": resource, "created": len(done.created), "changed": len(done.changed)}
