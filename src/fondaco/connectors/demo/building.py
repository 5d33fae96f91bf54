"""Building the demo: ``build`` founds the company and lives its year. The same seed gives the same books."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from fondaco.connectors.demo import founding, living
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.refusals import UserError

SEED = 1901
YEAR_DAYS = 358


class RealCompany(UserError):
    code, status = "demo.real_company", 409
    message = _(
        "The demo was not built: {companies} is kept here, and the demo would stand beside it in the same database. "
        "Use another data folder (FONDACO_HOME), or say --beside."
    )


class HalfBuilt(UserError):
    code, status = "demo.half_built", 409
    message = _(
        "The demo was being built when it was stopped, and its year is not complete. Use an empty data folder (FONDACO_HOME) or database, "
        "or restore a backup from before."
    )


@dataclass(frozen=True)
class Built:
    """The demo company; ``passwords`` by username, empty when it was there already."""

    company: Company
    passwords: dict[str, str]
    seconds: float

    @property
    def was_there(self) -> bool:
        return not self.passwords


def build(
    scale: float,
    progress: Callable[[str], None] = lambda _what: None,
    *,
    found: founding.Founder,
    beside: bool = False,
    last: date | None = None,
    days: int = YEAR_DAYS,
    seed: int = SEED,
) -> Built:
    """Build the demo company, unless it is there. ``scale`` 1 is about 1,200 orders a year; the year of ``days`` ends ``last`` (today).

    Raises RealCompany beside another company unless ``beside``, HalfBuilt after a build that was stopped.
    """
    begun = time.perf_counter()
    company = Company.objects.filter(code=founding.code()).first()
    if company is not None:
        if not founding.doors_are_open():
            raise HalfBuilt()
        return Built(company, {}, 0)
    others = list(Company.objects.order_by("pk").values_list("name", flat=True))
    if others and not beside:
        raise RealCompany(companies=", ".join(others[:3]))
    end = last or timezone.localdate()
    begin = end - timedelta(days=days)
    first = begin.replace(day=1 if begin.day < 16 else 16)
    with translation.override("it"):
        house = founding.settle(found, first, end)
        living.live(house, scale, first, end, seed, progress)
    return Built(house.company, founding.new_passwords(), time.perf_counter() - begun)
