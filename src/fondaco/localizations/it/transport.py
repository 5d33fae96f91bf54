"""The Italian transport document (DDT): D.P.R. 14 agosto 1996, n. 472, and the deferred invoice of art. 21 c. 4 lett. a D.P.R. 633/72."""

from datetime import date

from fondaco.operations.shipping.laws import TransportLaw, transport_law


def fifteenth_of_next_month(on: date) -> date:
    """The last day for the deferred invoice of goods that left on a day."""
    return date(on.year + on.month // 12, on.month % 12 + 1, 15)


transport_law(TransportLaw("IT", "Documento di trasporto", "D.P.R. 14.8.1996, n. 472", fifteenth_of_next_month))
