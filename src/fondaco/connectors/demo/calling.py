"""The telephone of the demo's service desk: its line and extensions, and the calls of the last minutes, told as a telephone system tells them."""

from fondaco.connectors.demo.founding import ACTOR, document
from fondaco.connectors.demo.life import Life
from fondaco.frontoffice.sla.models import BusinessCalendar
from fondaco.frontoffice.telephony.actions import make_secret, simulate, simulate_next
from fondaco.frontoffice.telephony.resources import ExtensionResource, PhoneLineResource
from fondaco.masterdata.parties.models import Party
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create, edit

NUMBER = "+390458009000"
#: How the calls of the first customers with a number end.
ENDS = ("rings_on", "abandoned", "voicemail", "rings_on", "abandoned")


def begin(life: Life) -> None:
    """One caller was answered, one was recorded by his leave, two gave up and one left a message: three are to be called back."""
    company = life.house.company.pk
    line = {
        "company": company, "name": "Assistenza", "number": NUMBER, "language": "it", "queue": "assistenza", "topic": "Assistenza", "records": True,
        "greeting": "Benvenuti all'assistenza. Restate in linea, un collega vi risponde subito.",
    }  # fmt: skip
    (key,) = create(ACTOR, PhoneLineResource, [line]).ids
    perform(ACTOR, make_secret, [key])
    desk = [u["login"] for u in document("company")["user"] if u.get("team") == "service"]
    create(
        ACTOR,
        ExtensionResource,
        [{"company": company, "user": life.house.users[login], "extension": f"{n}"} for n, login in enumerate(desk, start=21)],
    )
    numbers = Party.objects.filter(is_customer=True).exclude(phone="").order_by("pk").values_list("phone", flat=True)[: len(ENDS)]
    for n, (caller, ends) in enumerate(zip(numbers, ENDS, strict=False)):
        (call,) = perform(ACTOR, simulate, [key], {"caller": caller, "ends": ends}).made["calls"]
        if ends == "rings_on":
            for event in ("consent_given" if n else "consent_refused", "answered", "ended"):
                perform(ACTOR, simulate_next, [call], {"event": event})
    # Last: the demo may be built at night, and is called all the same.
    edit(ACTOR, PhoneLineResource, {key: {"calendar": BusinessCalendar.objects.get(company=company, state="active").pk}})
