"""``demo``: the living demo company, built when it is missing, then served."""

import argparse
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from fondaco.connectors.demo.living import build
from fondaco.connectors.demo.setting_up import company_of_demo, new_passwords, texts
from fondaco.interfaces.cli import serving
from fondaco.interfaces.cli.migrating import bring_to_present
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.unit import unit_of_work


def demo_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Build the demo company when it is missing, print its users with fresh passwords, and serve it until Ctrl-C."""
    serving.add_address(parser)
    parser.add_argument("--scale", type=int, default=1, help="how much business the company does (%(default)s: some 700 orders a year)")
    parser.add_argument("--new-passwords", action="store_true", help="give the demo users new passwords and print them")
    parser.add_argument("--beside", action="store_true", help="build the demo although this installation has a company already")
    parser.add_argument("--build-only", action="store_true", help="build the demo and stop, without serving it")
    return work


def work(given: argparse.Namespace) -> int:
    bring_to_present(0)
    passwords: dict[str, str] = {}
    if company_of_demo() is None:
        if Company.objects.exists() and not given.beside:
            print("This installation has a company of its own. To build the demo beside it: ./fondaco demo --beside. To keep them apart: FONDACO_HOME=demo ./fondaco demo")
            return 1
        passwords = _build(given.scale)
    elif given.new_passwords:
        passwords = new_passwords()
    if given.build_only:
        _introduce("", passwords)
        return 0
    return serving.serve(given.host, given.port, given.workers, announce=lambda address: _introduce(address, passwords))


def _build(scale: int) -> dict[str, str]:
    begun = time.monotonic()
    today = datetime.now(ZoneInfo("Europe/Rome")).date()

    def progress(what: str, share: float) -> None:
        print(f"\r{share:4.0%}  {what:<32}", end="", flush=True)

    # One transaction: stopped in the middle, nothing of it is there.
    with unit_of_work("program.demo", "demo.build"):
        company, passwords = build(scale, today, progress)
    print(f"\r{company.name} has lived a year in {time.monotonic() - begun:.0f} s.{' ' * 20}", flush=True)
    return passwords


def _introduce(address: str, passwords: dict[str, str]) -> None:
    users = texts("company")["user"]
    print()
    if passwords:
        print("Who works there (passwords were made just now and are kept nowhere):")
        for user in users:
            print(f"  {user['login']:<22} {passwords[user['login']]:<14} {user['first_name']} {user['last_name']}, {user['title_en']}")
    else:
        print("The demo company is there already. For new passwords: ./fondaco demo --new-passwords")
    if address:
        print(
            "\nTo begin with: sign in as a sales representative and take a quote to an order; as the warehouse worker deliver it;\n"
            "as the receivables clerk invoice it; as the controller open the trial balance and click a figure.\n"
            f"Open {address}"
        )
