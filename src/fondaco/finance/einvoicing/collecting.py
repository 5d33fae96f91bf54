"""Files that another program dropped into ``<home>/einvoices/in``: taken one by one, then laid aside as done or refused, with the reason."""

from fondaco.finance.einvoicing.channels import folder
from fondaco.finance.einvoicing.outside.asking import LARGEST
from fondaco.finance.einvoicing.receiving import bring
from fondaco.platform.events import dropping


def collect() -> dropping.Collected:
    """Take what lies in the folder."""
    return dropping.collect(folder("in"), _take, actor="program.einvoicing", verb="einvoicing.collect", largest=LARGEST)


def _take(name: str, raw: bytes) -> bool:
    return bring(name, raw).is_new
