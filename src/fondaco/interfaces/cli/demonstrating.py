"""``demo``: a company with a year of business behind it, served with people to sign in as."""

import argparse
import os
import secrets
from collections.abc import Callable, Mapping

from django.db import connections

from fondaco.connectors.demo import building, founding
from fondaco.interfaces.cli.migrating import bring_to_present
from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.interfaces.cli.serving import add_address, serve
from fondaco.localizations.loading import found_company
from fondaco.masterdata.companies.models import Company
from fondaco.platform.audit import checks
from fondaco.platform.database.configuration import drop_database, embedded_server, home_folder
from fondaco.platform.database.tenancy import several
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events import pausing

TRY_FIRST = (
    ("roberta.galli", "Sell: a quote, sent and accepted; the order reserves its goods."),
    ("tommaso.riva", "Deliver: ship an order that waits; stock and cost move at once."),
    ("marta.brambilla", "Collect: whom to call first and why; this month's reminders wait to be sent."),
    ("silvia.rota", "Buy: e-invoices of vendors to book; a payment run is prepared."),
    ("paolo.cattaneo", "Pay: release the run as the second person; see the cash 13 weeks ahead."),
    ("chiara.valsecchi", "Bank and VAT: match what is left of the month; the return grows as you post."),
    ("giorgio.ferrante", "Approve bills; read the balance sheet, each figure down to its entry."),
)


def demo_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    add_address(parser)
    parser.add_argument("--scale", type=_scale, default=1.0, help="how much business when it is built: 1 is about 1,200 orders a year")
    parser.add_argument("--beside", action="store_true", help="build the demo also beside a company that is here already")
    parser.add_argument("--new-passwords", action="store_true", help="set new passwords for the demo's people, and print them")
    parser.add_argument("--build-only", action="store_true", help="build the demo and prove its books, without serving it")
    return demo


def demo(given: argparse.Namespace) -> int:
    """Build the demo when it is missing, then serve; the passwords are shown only when they are made."""
    if several() and not given.build_only:
        raise ProcessFault("Build the demo of a tenant with --build-only; './fondaco serve' then serves all tenants, each under its host.")
    bring_to_present(0)
    alone = not given.beside
    try:
        built = _built(given)
    except building.HalfBuilt:
        if given.beside or several() or embedded_server(home_folder()) is None or Company.objects.count() > 1:
            raise
        print("The demo was stopped while it was being built: what there is of it goes, and it is built anew.", flush=True)
        connections.close_all()
        drop_database(home_folder())
        bring_to_present(0)
        built = _built(given)
    passwords: Mapping[str, str] = built.passwords
    if built.was_there:
        print(f"The demo company {built.company} is here already.", flush=True)
        if given.new_passwords:
            passwords = founding.new_passwords()
    else:
        if alone:
            pausing.pause("The demo writes to nobody: its customers are invented.")
        _prove(built)
    if given.build_only:
        print(_people(passwords), flush=True)
        return 0
    # Its customers pay by the test provider: no money moves.
    os.environ.setdefault("FONDACO_TEST_PAYMENTS", secrets.token_hex())
    told: list[str] = []

    def announce(address: str) -> None:
        told.append(address)
        print(_welcome(address, passwords), flush=True)

    try:
        return serve(given.host, given.port, given.workers, announce=announce)
    finally:
        # The port may be taken: passwords that were just made must not be lost with it.
        if passwords and not told:
            print(_people(passwords), flush=True)


def _built(given: argparse.Namespace) -> building.Built:
    return building.build(given.scale, lambda what: print(f"  {what}", flush=True), found=found_company, beside=given.beside)


def _prove(built: building.Built) -> None:
    with unit_of_work(founding.ACTOR.username, "check"):
        broken = [str(v.check.title) for v in checks.run() if not v.holds]
    print(f"{built.company} is built after {built.seconds:.0f} s; {len(checks.CHECKS) - len(broken)} of {len(checks.CHECKS)} checks hold.")
    if broken:
        raise ProcessFault(f"The books of the demo are not right: {', '.join(broken)}")


def _welcome(address: str, passwords: Mapping[str, str]) -> str:
    lines = [f"\nThe demo is at {address}", "", _people(passwords), "", "What to try first:"]
    return "\n".join([*lines, *(f"  {name:<18} {what}" for name, what in TRY_FIRST)])


def _people(passwords: Mapping[str, str]) -> str:
    """Who can sign in. Passwords are known only at the moment they are made."""
    rows = [f"  {u['login']:<18} {passwords.get(u['login'], ''):<14} {u['title_en']}" for u in founding.document("company")["user"]]
    rows += [f"  {r['email']:<18} {passwords.get(r['email'], ''):<14} {r['title_en']}" for r in founding.outside_people()]
    head = (
        "People and their passwords (shown only now):"
        if passwords
        else "People (their passwords were shown when they were made; new ones: ./fondaco demo --new-passwords):"
    )
    return "\n".join([head, *rows])


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = 0
    if not 0.05 <= scale <= 1000:
        raise argparse.ArgumentTypeError(f"“{text}” is no scale: give a number from 0.05 to 1000")
    return scale
