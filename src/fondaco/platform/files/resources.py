"""How all files are shown to who looks after the installation; on a record, files show with the record."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.files.models import Attachment
from fondaco.platform.resources.declare import Column, Resource, register


@register
class AttachmentResource(Resource):
    model, key = Attachment, "attachments"
    title, title_one, job, icon = _("Files"), _("File"), "set_up", "attach"
    view_permission = "files.view_all"
    columns = [
        "name",
        "media_type",
        "size",
        Column("table_name", _("on a record of")),
        Column("row_id", _("number of the record")),
        Column("created_by", _("by")),
        Column("created_at", _("at")),
    ]
    filters = ["table_name", "row_id", "media_type", "created_by", "created_at"]
    search = ["name"]
