"""Vendors whom nobody knows yet, as they stand in their own e-invoices."""

from collections.abc import Sequence

from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.models import Received
from fondaco.finance.einvoicing.outside.plain import restored
from fondaco.masterdata.companies.models import Country
from fondaco.masterdata.parties.models import Address, Party
from fondaco.masterdata.parties.resources import PartyResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.resources.declare import Draft


def vendors_of(rows: Sequence[Received], actor: Actor) -> dict[str, int]:
    """Make a vendor of each seller, once: by VAT number (without one, by name). Numbers and mail addresses are checked as in the form."""
    known = set(Country.objects.values_list("code", flat=True))
    drafts: dict[str, Draft] = {}
    for row in rows:
        seller = restored(semantic.Invoice, row.meaning).seller
        country = {"EL": "GR"}.get(row.seller_vat[:2], row.seller_vat[:2]) if row.seller_vat else seller.place.country
        country = country if country in known else (seller.place.country if seller.place.country in known else None)
        place = seller.place
        drafts.setdefault(
            row.seller_vat or row.seller_name,
            Draft(
                Party(
                    name=seller.name,
                    kind="person" if seller.is_person else "organisation",
                    is_vendor=True,
                    country_id=country,
                    city=place.city,
                    language="it" if country == "IT" else "en",
                    vat_number=row.seller_vat,
                    tax_code=seller.tax_number,
                ),
                [
                    Address(
                        kind="billing",
                        street=place.street,
                        postal_code=place.postal_code,
                        city=place.city,
                        region=place.region,
                        country_id=country,
                    )
                ],
            ),
        )
    PartyResource.prepare(list(drafts.values()), actor)
    insert_rows(Party, [d.row for d in drafts.values()])
    for draft in drafts.values():
        for address in draft.lines:
            address.party = draft.row
    insert_rows(Address, [a for d in drafts.values() for a in d.lines])
    return {key: draft.row.pk for key, draft in drafts.items()}
