"""What the import of the Northwind files refuses, each naming the file, the line and the way out."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError


class FolderMissing(UserError):
    code, status = "northwind.folder_missing", 422
    message = _("There is no folder “{folder}”. Give the folder that holds orders.csv, order_details.csv and the other Northwind files.")


class FileMissing(UserError):
    code, status = "northwind.file_missing", 422
    message = _("The folder “{folder}” lacks {files}. All of {needed} are needed.")


class ColumnMissing(UserError):
    code, status = "northwind.column_missing", 422
    message = _("{file}, line 1: the column {columns} is missing. The first line must name: {needed}.")


class BadLine(UserError):
    code, status = "northwind.bad_line", 422
    message = _("{file}, line {line}, column {column}: {problem}. Nothing of this file was imported.")


class Differs(UserError):
    code, status = "northwind.differs", 409
    message = _(
        "{file}, line {line}: {what} was imported with other values ({difference}). Posted documents never change: restore the row, "
        "or import into an empty installation."
    )
