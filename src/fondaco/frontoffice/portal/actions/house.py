"""What the house does: let people of customers in, invite them again, shut them out."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.frontoffice.portal.refusals import NothingToInvite
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.users.models import OutsideUser
from fondaco.masterdata.users.outside import Invited, let_in, shut_out
from fondaco.operations.sourcing.models import VendorAccess
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json


@action(
    CustomerAccess, moves={"draft": "open"}, permission="portal.open_access", title=_("Open"), done=_("Open: the person is invited by mail"),
)  # fmt: skip
def open_access(accesses: DocumentSet[CustomerAccess]) -> None:
    """Let people of customers sign in to the portal: each sets a password by a link that he is mailed, or has one already."""
    for access, user in zip(accesses, let_in(invitations(accesses.rows)), strict=True):
        access.user, access.sent_at = user, timezone.now()
    accesses.save_with_state("user", "sent_at")


def invitations(accesses: Sequence[CustomerAccess]) -> list[Invited]:
    """What each person is invited by; two statements."""
    parties = Party.objects.in_bulk({a.customer_id for a in accesses})
    companies = Company.objects.in_bulk({a.company_id for a in accesses})
    return [
        Invited(parties[a.customer_id], a.email, a.person, companies[a.company_id].name, companies[a.company_id].email) for a in accesses
    ]


@action(
    CustomerAccess, moves={"open": "open"}, permission="portal.open_access", name="invite_customer_again", title=_("Invite again"),
    done=_("The invitation was mailed once more"), only_when=Q(user__password__startswith="!"),
)  # fmt: skip
def invite_again(accesses: DocumentSet[CustomerAccess]) -> None:
    """Mail people who have not set a password yet another link; the earlier one ends."""
    users = OutsideUser.objects.in_bulk({a.user_id for a in accesses})
    for access in accesses:
        user = users[access.user_id]
        if not user.is_active or not user.password.startswith("!"):
            raise NothingToInvite(access=access, rows=rows_json([access]))
        access.sent_at = timezone.now()
    let_in(invitations(accesses.rows))
    accesses.save("sent_at")


@action(
    CustomerAccess, moves={"draft": "closed", "open": "closed"}, permission="portal.open_access", name="close_customer_access", title=_("Close"),
    needs_reason=True, dangerous=True, done=_("Closed"),
)  # fmt: skip
def close_access(accesses: DocumentSet[CustomerAccess]) -> None:
    """Shut people out: they see nothing of the company any more, at once; who sees nothing anywhere cannot sign in. What they did stays."""
    shut(accesses.rows)


def shut(accesses: Sequence[CustomerAccess]) -> None:
    """Let the users of accesses that end sign in no more, unless something else is open to them; four statements."""
    users = {a.user_id for a in accesses if a.user_id}
    if users:
        # One at a time: of two who close the last two accesses of a person each would see the other's still open.
        list(OutsideUser.objects.select_for_update().filter(pk__in=users).order_by("pk"))
        elsewhere = CustomerAccess.objects.filter(user__in=users, state="open").exclude(pk__in=[a.pk for a in accesses])
        vendors = VendorAccess.objects.filter(user__in=users, state="open")
        shut_out(users - set(elsewhere.values_list("user_id", flat=True)) - set(vendors.values_list("user_id", flat=True)))
