"""What the customer portal does when others' events happen."""

from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.masterdata.users.models import OutsideUser
from fondaco.operations.sourcing.models import VendorAccess
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("sourcing.close_access")
def keep_customers(accesses: DocumentSet[VendorAccess]) -> None:
    """Who is shut out as a vendor's person and buys as well signs in still, anew."""
    users = CustomerAccess.objects.filter(user__in=[a.user_id for a in accesses if a.user_id], state="open").values("user")
    keys = sorted(OutsideUser.objects.filter(pk__in=users, is_active=False).values_list("pk", flat=True))
    update_rows(OutsideUser, {"id": keys, "is_active": [True] * len(keys)})
