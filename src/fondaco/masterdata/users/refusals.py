"""What is refused about users, roles and tokens, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class BeyondYourCompanies(UserError):
    code, status = "access.beyond_your_companies", 403
    message = _("You manage users of your own companies only, and {user} also works in others. Ask an administrator of all companies.")


class NotYourCompany(UserError):
    code, status = "access.not_your_company", 403
    message = _("You cannot give a role in {where}: you manage users in {own} only. Ask an administrator of all companies.")


class WhereIsMissing(UserError):
    code, status = "access.where_is_missing", 422
    message = _("Say where the role {role} is held: in one company, or in all of them.")


class RoleHeldAlready(UserError):
    code, status = "access.role_held_already", 409
    message = _("{users} already hold the role {role} there. Leave them out.")


class RolesAreEverywhere(UserError):
    code, status = "access.roles_are_everywhere", 403
    message = _("A role counts in every company, and you manage users in {own} only. Ask an administrator of all companies.")


class UnknownPermission(UserError):
    code, status = "access.unknown_permission", 422
    message = _("The role {role} cannot hold “{pattern}”: no permission is called so. {advice}")


class RoleNotHeld(UserError):
    code, status = "access.role_not_held", 409
    message = _("{users} do not hold the role {role} there, so it cannot be taken away. Look at the roles on the user's page.")


class TeamUnchanged(UserError):
    code, status = "access.team_unchanged", 409
    message = _("Nothing would change: check who is in the team {team} already. It concerns {users}.")


class ActiveAlready(UserError):
    code, status = "access.active_already", 409
    message = _("{users} can sign in already.")


class InactiveAlready(UserError):
    code, status = "access.inactive_already", 409
    message = _("{users} cannot sign in, because they were deactivated. Reactivate them first.")


class NotYourself(UserError):
    code, status = "access.not_yourself", 409
    message = _("You cannot deactivate yourself. Ask another administrator to do it.")


class OutsideOfOther(UserError):
    code, status = "access.outside_of_other", 409
    message = _(
        "{email} signs in to the portal for {party} already, and one address acts for one party. Invite the person by another address."
    )


class OutsideStays(UserError):
    code, status = "access.outside_stays", 409
    message = _(
        "The portal user {user} keeps address and party and is never deleted, because the history names him. Deactivate him, and invite another."
    )


class LastAdministrator(UserError):
    code, status = "access.last_administrator", 409
    message = _("Nobody would be left who can give roles. Make another active user an administrator first.")


class UserNeverDeleted(UserError):
    code, status = "access.user_never_deleted", 409
    message = _("The user {user} cannot be deleted, because the history names him. Deactivate him instead.")


class UsernameForEver(UserError):
    code, status = "access.username_for_ever", 409
    message = _("The user name {user} cannot be changed, because the history names it. Change the name that is shown.")


class RoleKeyForEver(UserError):
    code, status = "access.role_key_for_ever", 409
    message = _("The key {key} of a role cannot be changed, because programs and imports name it. Change the name, or copy the role.")


class TokenFixed(UserError):
    code, status = "access.token_fixed", 409
    message = _("A token cannot be changed, only revoked, and that for ever. Make a new one.")


class TokenRevokedAlready(UserError):
    code, status = "access.token_revoked_already", 409
    message = _("{tokens}: revoked already.")


@says("user_does_not_deactivate_himself")
def _himself(diagnosis: Any) -> UserError:
    return NotYourself()


@says("an_administrator_remains")
def _last(diagnosis: Any) -> UserError:
    return LastAdministrator()


@says("user_never_deleted")
def _deleted(diagnosis: Any) -> UserError:
    return UserNeverDeleted(user=diagnosis.message_detail)


@says("username_is_for_ever")
def _renamed(diagnosis: Any) -> UserError:
    return UsernameForEver(user=diagnosis.message_detail)


@says("outside_user_stays")
def _outside(diagnosis: Any) -> UserError:
    return OutsideStays(user=diagnosis.message_detail)


@says("token_never_widens")
def _token(diagnosis: Any) -> UserError:
    return TokenFixed()


@says("role_key_is_for_ever")
def _rekeyed(diagnosis: Any) -> UserError:
    return RoleKeyForEver(key=diagnosis.message_detail)
