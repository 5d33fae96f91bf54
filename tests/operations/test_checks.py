"""The checks of sourcing and planning (PC-01, PC-02, PC-06, SP-02) tell what is broken past all guards: by the owner of the tables, with the guards off."""

from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.planning.models import Proposal, ReorderRule
from fondaco.operations.sourcing.models import Invitation
from fondaco.operations.supply.models import VendorItem
from fondaco.platform.audit.checks import CHECKS
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.operations.sourcing.test_portal_users import Portal

TODAY = timezone.localdate()

#: By check, what breaks it; ``%(...)s`` are keys of the house below.
BREAKS = {
    "sourcing.awards_within_offers": "update sourcing_offerline set quantity = 1",
    "sourcing.answers_stand": "delete from sourcing_award; delete from sourcing_offerline; delete from sourcing_offer",
    "sourcing.vendors_speak_of_their_own": "update purchasing_purchaseorder set vendor_id = %(other)s where id = %(order)s",
    "sourcing.people_act_for_their_vendor": "update users_outsideuser set party_id = %(other)s where email = 'anna@bolts.example'",
    "sourcing.needs_add_up": "update sourcing_requisitionline set net = net + 1",
    "sourcing.nobody_allowed_his_own": "update sourcing_requisition set allowed_by = created_by, allowed_net = 1",
    "planning.rules_stay_in_company": "update planning_reorderrule set company_id = %(elsewhere)s",
    "planning.points_cover_safety": "update planning_reorderrule set safety = reorder_point + 1",
    "planning.open_proposals_follow_rules": "update planning_proposal set product_id = %(product)s where state = 'open'",
    "planning.accepted_proposals_made_theirs": "update planning_proposal set made_table = 'inventory_stocktransfer' where state = 'accepted'",
}


@pytest.fixture(scope="module")
def house(live_database, django_db_blocker):
    """A vendor who answered, was awarded and confirmed; a need; a rule with an open and an accepted proposal."""
    with django_db_blocker.unblock():
        books = open_books()
        portal = Portal(books)
        (key,) = create(ACTOR, RESOURCES["requisitions"], [{"company": books.company.pk, "purpose": "Bolts", "on": str(TODAY), "lines": [{"product": portal.bolt.pk, "quantity": "2", "unit_price": "3"}]}]).ids  # fmt: skip
        books.do("sourcing.submit", key)
        asked = {
            "company": books.company.pk, "subject": "Bolts", "on": str(TODAY), "answer_by": str(TODAY + timedelta(days=5)),
            "lines": [{"product": portal.bolt.pk, "quantity": "100"}], "invitations": [{"vendor": portal.vendor.pk}],
        }  # fmt: skip
        (request,) = create(ACTOR, RESOURCES["quote-requests"], [asked]).ids
        books.do("sourcing.send", request)
        invitation = Invitation.objects.get(request=request)
        line = invitation.request.lines.get().pk
        books.do("sourcing.enter_answer", invitation.pk, prices={line: "2.40"}, currency="EUR", by="Anna")
        offered = invitation.offers.get().lines.get().pk
        books.do("sourcing.award", request, quantities={offered: "100"})
        order = portal.order(("10", "2.50"))
        client = portal.signed_in("anna@bolts.example")
        assert client.post(f"/portal/vendor/{portal.anna.pk}/orders/{order}", {"verb": "confirm"}).status_code == 302
        with unit_of_work("test", "test"):
            VendorItem.objects.create(company=books.company, vendor=portal.vendor, product=portal.bolt, lead_days=5, unit_price="2", currency_id="EUR")  # fmt: skip
        given = {"company": books.company.pk, "product": portal.bolt.pk, "warehouse": portal.warehouse.pk, "method": "min_max", "minimum": "500", "maximum": "900"}  # fmt: skip
        (rule,) = create(ACTOR, RESOURCES["reorder-rules"], [given]).ids
        books.do("planning.propose", rule)
        books.do("planning.accept", Proposal.objects.get(state="open").pk)
        with unit_of_work("test", "test"):
            ReorderRule.objects.filter(pk=rule).update(minimum="5000", maximum="9000")
        books.do("planning.propose", rule)
        assert set(Proposal.objects.values_list("state", flat=True)) == {"open", "accepted"}
        books.assert_checks_hold()
        return {
            "other": portal.other.pk, "order": order, "elsewhere": open_books(code="ELSE").company.pk, "product": _another(),
        }  # fmt: skip


def _another():
    with unit_of_work("test", "test"):
        return Product.objects.create(sku="OTHER", name="Other", unit=Unit.objects.get(code="C62")).pk


def test_every_check_of_the_two_rooms_is_broken_here():
    assert set(BREAKS) == {key for key in CHECKS if key.startswith(("sourcing.", "planning."))}


@pytest.mark.parametrize("key", sorted(BREAKS))
def test_what_is_broken_is_told(house, django_db_blocker, key):
    with django_db_blocker.unblock(), transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:

            def told():
                cursor.execute(f"select count(*) from ({CHECKS[key].sql}) offending")
                return cursor.fetchone()[0]

            assert told() == 0
            cursor.execute("set local session_replication_role = replica")
            cursor.execute(BREAKS[key], house) if "%(" in BREAKS[key] else cursor.execute(BREAKS[key])
            assert told() > 0, key
        transaction.set_rollback(True, using="owner")
