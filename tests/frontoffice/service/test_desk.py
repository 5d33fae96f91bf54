"""A day at the desk (SV-02, SV-05, SV-06, SV-08): who it is, answers and macros, merged threads, what is granted and by whose authority."""

from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.receivables.models import Dispute
from fondaco.frontoffice.crm.calendar import entry_of
from fondaco.frontoffice.crm.models import Activity
from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.service.caller import caller, goods_of
from fondaco.frontoffice.service.models import (
    AnswerTemplate,
    AuthorityLimit,
    Concession,
    ConcessionLine,
    Macro,
    Mailbox,
    Remedy,
    Ticket,
    TicketMessage,
    TicketSource,
    WarrantyTerm,
)
from fondaco.frontoffice.service.queries import arrive, conversation
from fondaco.frontoffice.service.receiving import receive
from fondaco.frontoffice.service.refusals import (
    BeyondAuthority,
    BeyondLaw,
    FileStays,
    MergedIntoOther,
    MergesOnce,
    MoreThanThere,
    NoDocumentNamed,
    NothingToGrant,
    NotMerged,
    OfSomebodyElse,
    OfTwoCustomers,
    UnknownPlaceholder,
    WroteMeanwhile,
)
from fondaco.masterdata.approvals.models import ApprovalPolicy, ApprovalRequest, ApprovalStep
from fondaco.masterdata.approvals.refusals import ApprovalMissing
from fondaco.masterdata.parties.models import Address
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.refusals import NotAllowed, NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.flow import flow_of
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import mail_of
from fondaco.platform.files.attaching import attach
from fondaco.platform.files.models import Attachment
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop

BOX = "help@test.example"


class Desk(Shop):
    """Vera answers and may grant 50 a ticket; Sole leads the desk and approves what is beyond."""

    def __init__(self, books):
        super().__init__(books)
        with unit_of_work("test", "desk"):
            self.people = {}
            for name, role in (("vera", "service_agent"), ("walter", "service_agent"), ("sole", "service_supervisor")):
                user = User.objects.create(username=name, name=name.title(), email=f"{name}@test.example")
                Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=books.company.pk)
                self.people[name] = user
            Mailbox.objects.create(company=books.company, address=BOX, name="Help")
            self.limit = AuthorityLimit.objects.create(
                company=books.company, role=Role.objects.get(key="service_agent"), amount=Decimal("50"), total=Decimal("80"), days=30
            )
        self.number = 0

    def acts(self, name, verb, ids, reason="", **given):
        actor = actor_of(self.people[name], channel="web")
        return perform(actor, ACTIONS[verb], [ids] if isinstance(ids, int) else ids, given, reason=reason)

    def ticket(self, customer=None, **values):
        given = {
            "company": self.books.company.pk,
            "subject": "It does not grind",
            "party": (customer or self.customer).pk,
            "contact_email": "anna@bar.example",
            **values,
        }
        return Ticket.objects.get(pk=create(ACTOR, RESOURCES["tickets"], [given]).ids[0])

    def mail(self, text, *, sender="Anna <anna@bar.example>", subject="Grinder", file=None, **headers):
        self.number += 1
        message = EmailMessage()
        message["From"], message["To"], message["Subject"], message["Message-ID"] = sender, BOX, subject, f"<{self.number}@bar.example>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        if file:
            message.add_attachment(file[1], maintype="image", subtype="png", filename=file[0])
        return receive(message.as_bytes())

    def sold(self, quantity="10", customer=None, on="2026-02-05"):
        """Delivered and invoiced at 3.33 net each."""
        self.receive(self.cup, quantity, "1.00")
        order = self.order((self.cup, quantity), **({"customer": customer.pk} if customer else {}))
        self.did("deliver", order, on=on)
        self.did("invoice", order, on=on, post=True)
        return order, Invoice.objects.get(source_table="sales_order", source_id=order.pk)

    def comes(self, product, serial):
        lines = [{"product": product.pk, "quantity": "1", "unit_cost": "400", "lots": serial}]
        given = {"company": self.books.company.pk, "warehouse": self.warehouse.pk, "on": "2026-01-05", "lines": lines}
        self.books.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [given]).ids)

    def policy(self):
        with unit_of_work("test", "desk"):
            policy = ApprovalPolicy.objects.create(
                company=self.books.company, kind="service.concession", priority=1, name="Beyond an agent"
            )
            ApprovalStep.objects.create(policy=policy, role=Role.objects.get(key="service_supervisor"))


@pytest.fixture
def desk(books):
    return Desk(books)


def test_SV_08_a_morning_of_answers(desk):
    """Mail with a picture comes in; a macro notes, answers in the customer's language and gives it to Vera; a file leaves; notes never do."""
    with unit_of_work("test", "test"):
        type(desk.customer).objects.filter(pk=desk.customer.pk).update(email="anna@bar.example", language="it")
    ticket = Ticket.objects.get(pk=desk.mail("It is broken", file=("grinder.png", b"\x89PNG picture")).ticket_id)
    said = conversation(ticket.pk, None)
    assert [(m["body"].strip(), [f["name"] for f in m["files"]]) for m in said.messages] == [("It is broken", ["grinder.png"])]
    template = {"company": desk.books.company.pk, "name": "First answer"}
    with pytest.raises(UnknownPlaceholder, match=r"names \{costumer\}"):
        create(ACTOR, RESOURCES["answer-templates"], [template | {"body_en": "Dear {costumer}"}])
    (first,) = create(
        ACTOR,
        RESOURCES["answer-templates"],
        [template | {"body_en": "Dear {contact}", "body_it": "Gentile {contact}, {subject} è {number}. {agent}"}],
    ).ids
    with unit_of_work("test", "test"):
        Ticket.objects.filter(pk=ticket.pk).update(subject="{agent} {company}")
    macro = {
        "company": desk.books.company.pk,
        "name": "Take",
        "to_me": True,
        "priority": "high",
        "queue": "machines",
        "note": "Ask for the model",
        "template": first,
    }
    (key,) = create(ACTOR, RESOURCES["macros"], [macro]).ids
    desk.acts("vera", "service.apply_macro", ticket.pk, macro=key)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.priority, ticket.queue, ticket.state) == (desk.people["vera"], "high", "machines", "waiting")
    mail = OutboxMessage.objects.get(key__startswith="service.message:")
    assert mail.payload["text"] == f"Gentile Anna, {{agent}} {{company}} è {ticket.number}. Vera", (
        "filled once, what a value says is not looked at again"
    )
    with pytest.raises(NotAllowed):
        actor = actor_of(desk.people["vera"], channel="web", limits=["service.write_ticket", "service.assign_ticket"])
        perform(actor, ACTIONS["service.apply_macro"], [ticket.pk], {"macro": key})
    (file,) = attach(ACTOR, RESOURCES["tickets"], ticket.pk, [("manual.txt", [b"Turn it off and on."])])
    other = desk.ticket()
    with pytest.raises(NotFound):
        desk.acts("vera", "service.reply", other.pk, body="Here", files=[file.pk])
    desk.acts("vera", "service.reply", ticket.pk, body="The manual", files=[file.pk])
    mail = OutboxMessage.objects.filter(key__startswith="service.message:").order_by("-pk")[0]
    (part,) = mail_of(mail.payload).attachments
    assert (part[0], part[1], part[2]) == ("manual.txt", "Turn it off and on.", "text/plain")
    with refusals_translated(), pytest.raises(FileStays), unit_of_work("test", "test"), refusals_translated():
        Attachment.objects.filter(table_name="service_ticketmessage").delete()
    assert not any("Ask for the model" in str(m.payload) for m in OutboxMessage.objects.all())
    desk.books.assert_checks_hold()


def test_SV_08_two_at_one_ticket_are_told_of_each_other(desk):
    ticket = desk.ticket()
    with unit_of_work("test", "test"):
        arrive(ticket.pk, desk.people["walter"].pk, writing=True)
        arrive(ticket.pk, desk.people["walter"].pk, writing=True)
    assert conversation(ticket.pk, desk.people["vera"].pk).here == [{"name": "Walter", "writing": True}]
    assert conversation(ticket.pk, desk.people["walter"].pk).here == []
    read = conversation(ticket.pk, None).last
    desk.acts("walter", "service.reply", ticket.pk, body="On my way", seen={ticket.pk: read})
    with pytest.raises(WroteMeanwhile, match="Walter wrote"):
        desk.acts("vera", "service.reply", ticket.pk, body="We come", seen={ticket.pk: read})
    assert (
        TicketMessage.objects.filter(ticket=ticket).count() == 1
        and OutboxMessage.objects.filter(key__startswith="service.message:").count() == 1
    )
    desk.acts("vera", "service.reply", ticket.pk, body="We come", seen={ticket.pk: conversation(ticket.pk, None).last})


def test_SV_08_no_reply_is_lost_whatever_became_of_the_ticket(desk):
    """A reply to a closed, a merged and a foreign-numbered thread; merging taken back."""
    first, second = (Ticket.objects.get(pk=desk.mail(text, subject=text).ticket_id) for text in ("Broken", "Still broken"))
    desk.books.do("service.identify", [first.pk, second.pk], party=str(desk.customer.pk))
    desk.acts("vera", "service.reply", second.pk, body="Which?")
    sent = TicketMessage.objects.get(ticket=second, direction="out").message_id
    desk.acts("vera", "service.merge", second.pk, into=first.pk)
    second.refresh_from_db()
    assert (second.state, second.merged_into) == ("closed", first)
    assert [m["body"].strip() for m in conversation(first.pk, None).messages][:3] == ["Broken", "Still broken", "Which?"]
    for got in (desk.mail("The red one", In_Reply_To=sent), desk.mail("By its number", subject=f"Re: [#{second.number}]")):
        assert (got.kind, got.ticket_id) == ("appended", first.pk)
    with unit_of_work("test", "test"):
        TicketMessage.objects.create(ticket=second, at=timezone.now(), direction="in", author="x", body="By another door")
    assert (
        list(TicketMessage.objects.filter(ticket=first, direction="in").order_by("pk").values_list("body", flat=True))[-1]
        == "By another door"
    )
    desk.acts("vera", "service.reply", first.pk, body="Thanks")
    out = OutboxMessage.objects.order_by("-pk")[0].payload
    assert sent in out["headers"]["References"], "the answer stands in both threads"
    desk.books.do("service.close", first.pk)
    assert (
        desk.mail("And now?", In_Reply_To=out["headers"]["Message-ID"]).ticket_id == first.pk
        and Ticket.objects.get(pk=first.pk).state == "open"
    )
    stranger = desk.mail("Hello", sender="eve@evil.example", subject=f"[#{first.number}]")
    assert stranger.kind == "opened" and stranger.ticket_id not in (first.pk, second.pk)
    with pytest.raises(MergedIntoOther):
        desk.acts("vera", "service.reopen", second.pk)
    with pytest.raises(MergesOnce):
        desk.acts("vera", "service.merge", first.pk, into=desk.ticket().pk)
    with pytest.raises(OfTwoCustomers):
        desk.acts("vera", "service.merge", stranger.ticket_id, into=first.pk)
    with pytest.raises(NotMerged):
        desk.books.do("service.close", (other := desk.ticket()).pk)
        desk.acts("vera", "service.separate", other.pk)
    desk.acts("vera", "service.separate", second.pk)
    second.refresh_from_db()
    assert (second.state, second.merged_into) == ("open", None)
    assert desk.mail("To the second", In_Reply_To=sent).ticket_id == second.pk
    desk.books.assert_checks_hold()


def test_SV_05_a_ticket_knows_goods_and_papers_of_its_customer_and_no_others(desk):
    with unit_of_work("test", "test"):
        type(desk.machine).objects.filter(pk=desk.machine.pk).update(tracking="serial")
        WarrantyTerm.objects.create(company=desk.books.company, months=12)
        WarrantyTerm.objects.create(company=desk.books.company, product=desk.machine, months=24)
    desk.comes(desk.machine, "SN-7")
    order = desk.order((desk.machine, "1"))
    desk.did("deliver", order, on="2026-02-05")
    (held,) = goods_of(desk.books.company, desk.customer.pk)
    assert (held.serial, held.delivered_on, held.warranty_until) == ("SN-7", date(2026, 2, 5), date(2028, 2, 5))
    assert held.is_covered(date(2028, 2, 5)) and not held.is_covered(date(2028, 2, 6))
    ticket = desk.ticket()
    _sold, invoice = desk.sold()
    desk.acts("vera", "service.concern", ticket.pk, order=order.pk, delivery=held.delivery, product=desk.machine.pk, serial="SN-7")
    desk.acts("vera", "service.concern", ticket.pk, invoice=invoice.pk, line=1)
    assert sorted(ticket.sources.values_list("source_table", flat=True)) == ["inventory_goodsissue", "invoicing_invoiceline", "sales_order"]
    for model, key in ((Order, order.pk), (Invoice, invoice.pk)):
        assert ticket.number in [s.number for s in flow_of(ACTOR, model, key)], "both ways"
    assert {order.number, invoice.number} <= {s.number for s in flow_of(ACTOR, Ticket, ticket.pk)}
    stranger = desk.books.customer("Caffè Altrove")
    other, foreign = desk.sold(customer=stranger)
    for given in ({"invoice": foreign.pk}, {"order": other.pk}):
        with pytest.raises(OfSomebodyElse, match="is no document of its customer"):
            desk.acts("vera", "service.concern", ticket.pk, **given)
    for table, key in (("invoicing_invoice", foreign.pk), ("access_user", 1), ("no_table", 1)):
        with pytest.raises(OfSomebodyElse), unit_of_work("test", "test"), refusals_translated():
            TicketSource.objects.create(ticket=ticket, source_table=table, source_id=key, label="x")
    with pytest.raises(OfSomebodyElse):
        desk.books.do("service.identify", ticket.pk, party=str(stranger.pk))
    with pytest.raises(OfSomebodyElse), unit_of_work("test", "test"), refusals_translated():
        Remedy.objects.create(ticket=ticket, kind="dispute", source_table="invoicing_invoice", source_id=foreign.pk, label="x")
    desk.books.assert_checks_hold()


def test_SV_06_from_the_ticket_a_return_a_visit_and_a_dispute(desk):
    order, invoice = desk.sold()
    with unit_of_work("test", "test"):
        Address.objects.create(
            party=desk.customer, kind="delivery", street="Via Roma 3", postal_code="39100", city="Bolzano", country_id="IT"
        )
    ticket = desk.ticket()
    with pytest.raises(NoDocumentNamed):
        desk.acts("vera", "service.return_goods", ticket.pk)
    desk.acts("vera", "service.concern", ticket.pk, order=order.pk)
    desk.acts("vera", "service.return_goods", ticket.pk, quantities={order.lines.get().pk: "2"}, reason_code="damaged")
    paper = ReturnAuthorisation.objects.get()
    assert (paper.customer, paper.lines.get().quantity, paper.state) == (desk.customer, 2, "draft")
    assert ticket.number in [s.number for s in flow_of(ACTOR, ReturnAuthorisation, paper.pk)]
    desk.acts("vera", "service.plan_visit", ticket.pk, technician=desk.people["walter"].pk, on="2026-03-02", hour="14:30")
    visit = entry_of(Activity.objects.select_related("party").get())
    assert (
        visit.place == "Via Roma 3, 39100 Bolzano, IT"
        and visit.starts_at == datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
        and ticket.number in visit.title
    )
    desk.acts("vera", "service.object_to", ticket.pk, "Two cups are broken", invoice=invoice.pk, line=1, amount="8.12", kind="quality")
    dispute = Dispute.objects.get()
    assert (dispute.amount, dispute.claim, Ticket.objects.count()) == (Decimal("8.12"), "Two cups are broken", 1), (
        "it is this ticket, not another"
    )
    desk.books.do("receivables.reject", dispute.pk, "They were whole")
    assert Ticket.objects.get().state == "solved"
    kinds = [(r["kind"], r["state"]) for r in conversation(ticket.pk, None).remedies]
    assert kinds == [("return", "draft"), ("visit", "planned"), ("dispute", "rejected")]
    desk.books.assert_checks_hold()


def test_SV_06_within_the_limit_it_is_posted_at_once_and_settled(desk):
    order, invoice = desk.sold()
    ticket = desk.ticket()
    line = invoice.lines.get()
    with pytest.raises(MoreThanThere, match="more than the 10"):
        desk.acts("vera", "service.credit", ticket.pk, "Broken", invoice=invoice.pk, quantities={line.pk: "11"})
    made = desk.acts(
        "vera", "service.credit", ticket.pk, "Three are broken", invoice=invoice.pk, quantities={line.pk: "3"}, on="2026-02-10"
    ).made
    row = Concession.objects.get(pk=made["concessions"][0])
    assert (row.state, row.amount, row.limit, row.granted_by) == ("granted", Decimal("9.99"), desk.limit, "vera")
    note = row.credit_note
    desk.books.assert_journal(
        f"""
        2026-02-10 credit note {note.number}
          receivable                        -12.19
          revenue                             9.99
          vat_output                          2.20
        """
    )
    assert desk.books.item(invoice).open_amount == invoice.gross - note.gross and desk.books.item(note).open_amount == 0
    made = desk.acts(
        "vera", "service.replace_goods", ticket.pk, "Send two more", order=order.pk, quantities={order.lines.get().pk: "2"}
    ).made
    row = Concession.objects.get(pk=made["concessions"][0])
    free = Order.objects.get(authorisation=row.authorisation)
    assert (row.state, row.amount, free.state, free.gross, free.lines.get().quantity) == ("granted", Decimal("6.66"), "confirmed", 0, 2)
    remedies = conversation(ticket.pk, None).remedies
    assert [r["made"]["note_number"] or r["made"]["order_number"] for r in remedies] == [note.number, free.number]
    assert {row.number, ticket.number} <= {s.number for s in flow_of(ACTOR, Ticket, ticket.pk)}
    desk.books.assert_checks_hold()


def test_SV_06_beyond_the_limit_somebody_else_says_yes(desk):
    _order, invoice = desk.sold("20")
    ticket = desk.ticket()
    with pytest.raises(BeyondAuthority, match=r"comes to 66.60 EUR .* grant 50.00"):
        desk.acts("vera", "service.credit", ticket.pk, "All broken", invoice=invoice.pk)
    assert not Concession.objects.exists() and not Invoice.objects.filter(kind="credit_note").exists()
    desk.policy()
    (key,) = desk.acts("vera", "service.credit", ticket.pk, "All broken", invoice=invoice.pk, on="2026-02-10").made["concessions"]
    request = ApprovalRequest.objects.get(row_id=key)
    assert (request.state, Concession.objects.get(pk=key).state) == ("waiting", "proposed")
    for who in ("vera", "walter"):
        with pytest.raises(ApprovalMissing):
            desk.acts(who, "service.grant", key)
    with pytest.raises(NotAllowed):
        desk.acts("vera", "approvals.approve", request.pk)
    desk.acts("vera", "service.wait", ticket.pk)
    desk.acts("sole", "approvals.approve", request.pk)
    ticket.refresh_from_db()
    note = ticket.messages.order_by("-pk").first()
    assert (ticket.state, note.direction) == ("open", "internal"), "it is before its agent again"
    assert note.body.endswith("it can be granted now.")
    desk.acts("vera", "service.grant", key)
    row = Concession.objects.get(pk=key)
    assert (row.state, row.limit, row.credit_note.net) == ("granted", None, Decimal("66.60"))
    with pytest.raises(NothingToGrant):
        desk.acts("vera", "service.credit", ticket.pk, "Once more", invoice=invoice.pk)
    assert ApprovalRequest.objects.get().state == "approved"
    desk.books.assert_checks_hold()


def test_SV_06_the_database_gives_nothing_away(desk):
    """Limits and documents, for whoever goes round the verbs; a total is one for all, and a ticket is not split."""
    _order, invoice = desk.sold("40")
    stranger = desk.books.customer("Caffè Altrove")
    _order_of_his, foreign = desk.sold(customer=stranger)
    first, second, third = desk.ticket(), desk.ticket(), desk.ticket()
    line = invoice.lines.get()

    def credits(who, ticket, pieces, **more):
        return desk.acts(who, "service.credit", ticket.pk, "Broken", invoice=invoice.pk, quantities={line.pk: str(pieces)}, **more)

    with pytest.raises(OfSomebodyElse):
        desk.acts("vera", "service.credit", first.pk, "Broken", invoice=foreign.pk)
    credits("vera", first, 5)
    credits("walter", first, 5)
    with pytest.raises(BeyondAuthority, match=r"grant 16.70"):
        credits("walter", first, 6)
    credits("vera", second, 6)
    with pytest.raises(BeyondAuthority, match=r"grant 26.72"):
        credits("vera", third, 9)
    with unit_of_work("test", "test"):
        own = AuthorityLimit.objects.create(company=desk.books.company, user=desk.people["walter"], amount=0)
    with pytest.raises(BeyondAuthority, match=r"grant 0.00"):
        credits("walter", third, 1)
    desk.policy()
    (key,) = credits("walter", third, 1).made["concessions"]
    values = {"granted_by": "walter", "number": "X", "credit_note": Invoice.objects.filter(kind="credit_note").first()}
    for actor, limit in (("walter", desk.limit), ("walter", own), ("eve", desk.limit), ("walter", None)):
        with pytest.raises(BeyondLaw), unit_of_work(actor, "test"), refusals_translated():
            Concession.objects.filter(pk=key).update(state="granted", limit=limit, granted_by=actor, credit_note=values["credit_note"])
    done = Concession.objects.filter(state="granted").first()
    for change in ({"amount": 1}, {"state": "proposed"}, {"reason": "x"}, {"credit_note": None}):
        with pytest.raises(DatabaseError), unit_of_work("test", "test"):
            Concession.objects.filter(pk=done.pk).update(**change)
    with pytest.raises(DatabaseError), unit_of_work("test", "test"):
        Concession.objects.filter(pk=key).delete()
    with pytest.raises(DatabaseError), unit_of_work("test", "test"):
        ConcessionLine.objects.create(concession=done, invoice_line=foreign.lines.get(), quantity=1, net=1, amount=1)
    draft = {
        "company": desk.books.company,
        "ticket": third,
        "kind": "credit",
        "on": date(2026, 2, 10),
        "reason": "x",
        "amount": 1,
        "number": "Y",
    }
    with pytest.raises(OfSomebodyElse), unit_of_work("test", "test"), refusals_translated():
        Concession.objects.create(**draft, invoice=foreign)
    with pytest.raises(DatabaseError), unit_of_work("test", "test"):
        Concession.objects.create(**draft, invoice=invoice)
    desk.acts("walter", "service.withdraw", key)
    assert ApprovalRequest.objects.get().state == "void"
    desk.books.assert_checks_hold()


def test_SV_06_statements_do_not_grow(desk):
    """One ticket and eight, for every verb that is new."""
    with unit_of_work("test", "test"):
        AuthorityLimit.objects.all().delete()
        AuthorityLimit.objects.create(company=desk.books.company, user=desk.people["vera"], amount=1000)
        template = AnswerTemplate.objects.create(company=desk.books.company, name="T", body_en="Dear {contact}, {order}")
        macro = Macro.objects.create(company=desk.books.company, name="M", to_me=True, note="n", template=template, becomes="solved")
    sold = [desk.sold("4") for _n in range(18)]
    main = desk.ticket()
    counts = {}

    def day(number, papers):
        tickets = [desk.ticket() for _p in papers]
        keys = [t.pk for t in tickets]
        with unit_of_work("test", "test"):
            for t, (order, invoice) in zip(tickets, papers, strict=True):
                for row in (order, invoice):
                    TicketSource.objects.create(ticket=t, source_table=row._meta.db_table, source_id=row.pk, label=str(row))

        def did(verb, ids, reason="", **given):
            with CaptureQueriesContext(connection) as asked:
                made = desk.acts("vera", verb, ids, reason, **given).made
            counts.setdefault(verb, {})[number] = len(asked)
            return made

        one = {ln.pk: "1" for order, _i in papers for ln in order.lines.all()}
        did("service.apply_macro", keys, macro=macro.pk)
        did("service.concern", keys, product=desk.cup.pk)
        did("service.return_goods", keys, quantities=one)
        did("service.plan_visit", keys, technician=desk.people["walter"].pk, on="2026-03-02")
        did("service.object_to", keys, "Broken", amount="1")
        did("service.credit", keys, "Broken", quantities={ln.pk: "1" for _o, i in papers for ln in i.lines.all()})
        did("service.replace_goods", keys, "Broken", quantities=one)
        for dispute in Dispute.objects.filter(state="open"):
            desk.books.do("receivables.reject", dispute.pk, "No")
        with unit_of_work("test", "test"):
            AuthorityLimit.objects.update(amount=0)
        if number == 1:
            desk.policy()
        made = did("service.credit", keys, "Broken", quantities={ln.pk: "1" for _o, i in papers for ln in i.lines.all()})
        did("service.withdraw", made["concessions"])
        with unit_of_work("test", "test"):
            AuthorityLimit.objects.update(amount=1000)
        did("service.reopen", keys)
        did("service.merge", keys, into=main.pk)
        did("service.separate", keys)

    day(1, sold[:1])
    day(8, sold[10:])
    grown = {verb: by for verb, by in counts.items() if by[8] > by[1] + 2}
    assert not grown, grown


def test_SV_02_who_calls_in_a_few_statements_and_no_figure_without_the_right(desk):
    order, invoice = desk.sold()
    with CaptureQueriesContext(connection) as asked:
        seen = caller(actor_of(desk.people["sole"], channel="web"), desk.books.company, desk.customer.pk)
    assert len(asked) <= 14, [q["sql"][:90] for q in asked]
    assert (seen.money.owed, seen.worth is not None) == (invoice.gross, True)
    assert seen.papers.rows[0]["number"] == order.number and seen.happened
    agent = caller(actor_of(desk.people["vera"], channel="web"), desk.books.company, desk.customer.pk)
    assert (agent.worth, agent.expected, agent.why_level) == (None, None, ""), "an agent sees the level, not the figures"
    with unit_of_work("test", "test"):
        picker = User.objects.create(username="picker", name="P")
        Membership.objects.create(user=picker, role=Role.objects.get(key="warehouse_worker"), company_id=desk.books.company.pk)
    bare = caller(actor_of(picker, channel="web"), desk.books.company, desk.customer.pk)
    assert (bare.level, bare.worth, bare.money, bare.contracts) == ("", None, None, None)
