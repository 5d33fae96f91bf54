"""What the countries' own formats of e-invoices declare, read at the start like the resources of a room."""

from fondaco.finance.einvoicing.outside.asking import read_by
from fondaco.localizations import expecting  # noqa: F401  what is expected is declared on import
from fondaco.localizations.it import transport  # noqa: F401  what the law asks for is declared on import
from fondaco.localizations.it.fatturapa import writing  # noqa: F401  formats are declared on import

read_by("fondaco.localizations.it.fatturapa.reading")
read_by("fondaco.localizations.it.fatturapa.notices")
