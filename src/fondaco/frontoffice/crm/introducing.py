"""Mail to a shared address that makes leads (SA-02): whoever writes is known from then on, and what he asks is an enquiry."""

from collections.abc import Sequence

from django.db.models import Q

from fondaco.frontoffice.correspondence.models import MailAccount
from fondaco.frontoffice.correspondence.parsing import Mail
from fondaco.frontoffice.correspondence.receivers import introduces
from fondaco.frontoffice.crm.capturing import capture
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.crm.people import known
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor

ACTOR = Actor.program("mail", channel="email")
#: So much of a mail stands with its lead; the mail itself has the rest.
ENQUIRY = 4000


@introduces
def make_leads(account: MailAccount, mails: Sequence[Mail]) -> None:
    """Make leads of mails that begin a conversation: of strangers, of customers and of leads; an open lead is joined.

    Who has an open deal, or only sells to us, is answered on his timeline, where the mail stands anyway. Statements: constant.
    """
    company = Company.objects.get(pk=account.company_id)
    parties = known(("email", m.sender) for m in mails)
    colleague = Q(is_employee=True) & Q(is_customer=False, is_lead=False)
    seller = Q(is_vendor=True) & Q(is_customer=False, is_lead=False)
    busy = set(Party.objects.filter(colleague | seller, pk__in=parties.values()).values_list("pk", flat=True))
    busy |= set(Opportunity.objects.filter(company=company, party__in=parties.values(), state="open").values_list("party_id", flat=True))
    asking = [m for m in mails if parties.get(("email", m.sender)) not in busy]
    if asking:
        capture(ACTOR, company, [_enquiry(m, company) for m in asking])


def _enquiry(mail: Mail, company: Company) -> dict[str, str]:
    said = f"{mail.subject}\n{mail.text}".strip()[:ENQUIRY]
    language = "it" if company.country_id == "IT" else "en"
    return {"contact_name": mail.sender_name[:300], "email": mail.sender[:300], "source": "email", "interest": said, "language": language}
