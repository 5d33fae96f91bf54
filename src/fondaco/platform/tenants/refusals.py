"""What is refused before anything of a tenant is touched, and what cannot be made a tenant."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError


class UnknownHost(UserError):
    code, status = "tenants.unknown_host", 404
    message = _("Nobody is served under the name {host}. Check the address, or ask who gave it to you.")


class TenantSuspended(UserError):
    code, status = "tenants.suspended", 503
    message = _("{host} is suspended at present; nothing was lost. Ask whoever runs this installation.")


class TenantBehind(UserError):
    code, status = "tenants.behind", 503
    message = _("{host} is being brought to a new release and cannot be used until that is done. Nothing was lost; try again later.")


class NoSuchTenant(UserError):
    code, status = "tenants.no_such_tenant", 404
    message = _("There is no tenant “{name}”. The tenants are: {names}.")


class BadTenantName(UserError):
    code, status = "tenants.bad_name", 422
    message = _("“{name}” cannot be a tenant's name: use small letters, digits and hyphens, a letter first, at most 40 in all.")


class BadHost(UserError):
    code, status = "tenants.bad_host", 422
    message = _("“{host}” is no host name: give it as a browser shows it, without scheme, port and path, such as acme.example.com.")


class TenantExists(UserError):
    code, status = "tenants.name_taken", 409
    message = _("There is a tenant “{name}” already. Choose another name.")


class HostTaken(UserError):
    code, status = "tenants.host_taken", 409
    message = _("The host {host} belongs to the tenant “{name}” already. A host leads to one tenant only: choose another one.")


class SchemaInTheWay(UserError):
    code, status = "tenants.schema_in_the_way", 409
    message = _(
        "The tenant “{name}” was not made: the database has a schema “{schema}” that belongs to no tenant, perhaps from a creation that "
        "was cut off. When nobody needs what is in it, drop it as the owner (drop schema {schema} cascade) and repeat this."
    )
