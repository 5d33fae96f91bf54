"""What rows may lack, in words."""

from django.utils.translation import gettext_lazy as _

MISSING = {
    "partner": _("VAT number of another member state in VIES form"),
    "commodity": _("commodity code"),
    "commodity_ended": _("commodity code in force on the day"),
    "nature": _("nature of the transaction"),
    "mass": _("net mass"),
    "supplementary": _("supplementary units"),
    "statistical": _("statistical value"),
    "terms": _("delivery terms"),
    "transport": _("mode of transport"),
    "country": _("country of destination or dispatch"),
    "region": _("region or province"),
    "origin": _("country of origin"),
    "service": _("service code (CPA)"),
    "document": _("document number"),
    "supply": _("mode of supply"),
    "payment": _("mode of payment"),
    "payment_country": _("country of payment"),
    "original": _("the filed row that it corrects"),
    "negative": _("what it takes back: name the invoice or the period"),
}
