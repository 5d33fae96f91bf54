"""What correspondence refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NotSecure(UserError):
    code, status = "correspondence.not_secure", 422
    message = _(
        "{account} would be read without encryption from {host}. Choose TLS or STARTTLS; without encryption only a server on this machine is spoken to."
    )


class HostRefused(UserError):
    code, status = "correspondence.host_refused", 422
    message = _("“{host}” is no name of a server. Write it like imap.example.com, without port or address of a page.")


class OthersAccount(UserError):
    code, status = "correspondence.others_account", 403
    message = _("You may set up your own mail account only. Leave “whose it is” empty or choose yourself.")


class AccountOff(UserError):
    code, status = "correspondence.account_off", 409
    message = _("{account} is switched off, so nothing is fetched. Set it to active first.")


class PasswordMissing(UserError):
    code, status = "correspondence.password_missing", 409
    message = _("{account} has no password yet. Use “Enter password” first.")


class ConsentNotOffered(UserError):
    code, status = "correspondence.consent_not_offered", 409
    message = _(
        "{account} cannot sign in at {provider}: this installation is not known there. Ask your administrator to set {setting}, or choose another way."
    )


class ConsentFailed(UserError):
    code, status = "correspondence.consent_failed", 409
    message = _("Nothing was kept for {account}: the provider gave no access ({why}). Sign in there again.")


class ConsentStray(UserError):
    code, status = "correspondence.consent_stray", 409
    message = _("This answer belongs to no sign-in that you have begun here, or it came too late. Open the mail account and sign in again.")


class ConsentInstead(UserError):
    code, status = "correspondence.consent_instead", 409
    message = _("{account} signs in by consent and has no password here. Use “Sign in at the provider” on its page.")


class NotYours(UserError):
    code, status = "correspondence.not_yours", 403
    message = _("“{mail}” came to the account of somebody else. Only its owner can keep it to himself.")


class OthersFeed(UserError):
    code, status = "correspondence.others_feed", 403
    message = _("{feed} is the calendar of somebody else: its address shows what he sees, so only he can make one.")


class NothingSaid(UserError):
    code, status = "correspondence.nothing_said", 422
    message = _("The mail to {recipient} is empty. Write a text first.")


class NobodyToWriteTo(UserError):
    code, status = "correspondence.nobody_to_write_to", 422
    message = _("{party} has no e-mail address. Enter one on its master data.")


class NoAccount(UserError):
    code, status = "correspondence.no_account", 409
    message = _(
        "You have no mail account in {company} that sends. Set one up under Mail accounts, with an outgoing server and its password."
    )


class MailStands(UserError):
    code, status = "correspondence.mail_stands", 409
    message = _("Mail {detail} is kept as it came: it can neither be changed nor deleted. Mark it as private to keep its text to yourself.")


class AccountThere(UserError):
    code, status = "correspondence.account_there", 409
    message = _("There is an active mail account with that address already. Use that one, or switch it off.")


class MailFilesStand(UserError):
    code, status = "correspondence.mail_files_stand", 409
    message = _("{detail} came with a mail and stays on it.")


@says("mail_stands")
def mail_stands(diagnosis: Any) -> UserError:
    return MailStands(detail=diagnosis.message_detail or "")


class LeadsFromOwnMail(UserError):
    code, status = "correspondence.leads_from_own_mail", 422
    message = _(
        "The account was not kept: only a shared address makes leads, and this one belongs to somebody. Leave “whose it is” empty, or make no leads of it."
    )


@says("mail_account_of_leads_is_shared")
def _own_mail(_diagnosis: Any) -> UserError:
    return LeadsFromOwnMail(fields={"makes_leads": _("only of a shared address")})


@says("mail_account_once")
def account_there(_diagnosis: Any) -> UserError:
    return AccountThere()


@says("mail_files_stand")
def mail_files_stand(diagnosis: Any) -> UserError:
    return MailFilesStand(detail=diagnosis.message_detail or "")
