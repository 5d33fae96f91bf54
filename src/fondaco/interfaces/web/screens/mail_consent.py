"""Signing in to a mailbox at its provider (SA-05): away to the provider's page, and back with a code."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.actions import keep_consent
from fondaco.frontoffice.correspondence.consenting import begin, is_answer_to, tokens_for
from fondaco.frontoffice.correspondence.models import MailAccount
from fondaco.frontoffice.correspondence.refusals import ConsentFailed, ConsentStray
from fondaco.frontoffice.correspondence.resources import MailAccountResource
from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import flash
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound

WRITE, BACK, KEPT = "correspondence.write_account", "/-/mail-consent", "mail_consent"


def _own(request: HttpRequest, pk: int) -> MailAccount:
    """An account that the asker may write."""
    found = visible(MailAccount.objects.filter(pk=pk), request.actor, WRITE).select_for_update(of=("self",)).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=f"{MailAccount._meta.verbose_name} {pk}")
    return found


@door(WRITE, "GET")
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the provider's page; what proves the way back is kept in the session."""
    begun = begin(_own(request, pk), absolute(request, BACK))
    request.session[KEPT] = dict(begun.kept)  # type: ignore[attr-defined]
    return HttpResponseRedirect(begun.address)


@door(WRITE, "GET")
def come_back(request: HttpRequest) -> HttpResponse:
    """Take the provider's answer: once, in the session that asked, for the account it was asked for."""
    kept = request.session.pop(KEPT, None)  # type: ignore[attr-defined]
    if not is_answer_to(kept, request.GET.get("state", "")):
        raise ConsentStray()
    account = _own(request, kept["account"])
    if "error" in request.GET or not request.GET.get("code"):
        raise ConsentFailed(account=account.address, why=request.GET.get("error", "no code")[:100])
    keep_consent(request.actor, account, tokens_for(account, kept, request.GET["code"][:4000]))  # type: ignore[attr-defined]
    flash(request, _("Signed in at the provider; the mail is being fetched"))
    return HttpResponseRedirect(MailAccountResource.url(account.pk))
