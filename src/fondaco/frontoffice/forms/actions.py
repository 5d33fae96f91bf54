"""What the house does with what forms brought: take in after all what was judged to be spam."""

from collections import defaultdict

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.capturing import capture
from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.forms.models import Form, FormField, Submission
from fondaco.frontoffice.forms.refusals import NotTakenIn
from fondaco.frontoffice.forms.taking import ACTOR, lead_row, opening_of, read_answers
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.opening import open_tickets
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json


@action(
    Submission, permission="forms.take_in_submission", title=_("Take in after all"), done=_("Taken in"), only_when=Q(verdict="spam", taken_as=None),
)  # fmt: skip
def take_in(submissions: DocumentSet[Submission]) -> None:
    """Take in submissions that were judged to be spam and are none: each becomes the lead or ticket that it would have become. What was sent stays as it
    came, beside what it was taken in as. Boxes of consent that were ticked in it count for nothing: ask anew. Statements do not grow."""
    taken = set(Submission.objects.filter(after_all__in=submissions.ids).values_list("after_all_id", flat=True))
    if wrong := [s for s in submissions if s.verdict != Submission.SPAM or s.pk in taken]:
        raise NotTakenIn(contact=wrong[0], problem=_("it was taken in already"), rows=rows_json(wrong))
    forms = Form.objects.select_related("company").in_bulk({s.form_id for s in submissions})
    fields: dict[int, list[FormField]] = defaultdict(list)
    for field in FormField.objects.filter(form__in=forms).exclude(kind="consent").order_by("position", "pk"):
        fields[field.form_id].append(field)
    leads, openings = defaultdict(list), []
    for s in submissions:
        form, sent = forms[s.form_id], {name: value for name, value in s.answers.items() if isinstance(value, str)}
        answers, bad = read_answers(fields[s.form_id], sent)
        if bad.keys() & {"email", "message"} - ({"message"} if form.target == Form.LEAD else set()):
            raise NotTakenIn(contact=s, problem=_("it has no address to answer to, or no message"), rows=rows_json([s]))
        if form.target == Form.LEAD:
            leads[form.company].append((s, lead_row(form, fields[s.form_id], answers, s.language, s.campaign)))
        else:
            openings.append((s, opening_of(form, fields[s.form_id], answers)))
    made: dict[int, Lead | Ticket] = {}
    for company, asked in leads.items():
        keys = capture(ACTOR, company, [row for _s, row in asked]).ids
        found = Lead.objects.in_bulk(keys)
        made |= {s.pk: found[key] for (s, _row), key in zip(asked, keys, strict=True)}
    if openings:
        keys = open_tickets(ACTOR, [opening for _s, opening in openings]).ids
        found_tickets = Ticket.objects.in_bulk(keys)
        made |= {s.pk: found_tickets[key] for (s, _opening), key in zip(openings, keys, strict=True)}
    insert_rows(Submission, [_taken(s, made[s.pk]) for s in submissions])
    submissions.made["leads"] = [row.pk for row in made.values() if isinstance(row, Lead)]
    submissions.made["tickets"] = [row.pk for row in made.values() if isinstance(row, Ticket)]


def _taken(s: Submission, made: Lead | Ticket) -> Submission:
    """A submission as it is taken in: the same words and the same way, beside the one that was judged."""
    return Submission(
        form_id=s.form_id, at=timezone.now(), stamp=f"after all {s.pk}", verdict=Submission.TAKEN, contact=s.contact, said=s.said, answers=s.answers,
        language=s.language, source=s.source, medium=s.medium, campaign=s.campaign, referrer=s.referrer, remote_address=s.remote_address,
        user_agent=s.user_agent, party_id=made.party_id, lead=made if isinstance(made, Lead) else None, ticket=made if isinstance(made, Ticket) else None,
        after_all=s,
    )  # fmt: skip
