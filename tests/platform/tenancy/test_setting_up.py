"""Each tenant has a set-up key of its own, and founds its own company with it."""

import re

from django.test import Client

from fondaco.interfaces.cli.inviting import invitation
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.tenancy import serving
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.tenants import provisioning


def test_a_key_of_one_tenant_opens_no_other(houses):
    first, second = (provisioning.create(name, [f"{name}.example"]) for name in ("nuovo", "vuoto"))
    with serving(first):
        told = invitation("http://127.0.0.1:8765/")
    key = re.search(r"://nuovo\.example[:\d]*/-/set-up\?key=([\w-]+)", told)[1]
    assert Client(HTTP_HOST="vuoto.example").get(f"/-/set-up?key={key}").status_code == 403
    assert Client(HTTP_HOST=houses["acme"].host).get(f"/-/set-up?key={key}").status_code == 404, "it has a company already"
    assert Client(HTTP_HOST="nuovo.example").get(f"/-/set-up?key={key}").headers["Location"] == "/-/set-up/you"
    for tenant in (first, second):
        with serving(tenant), unit_of_work("test", "test"):
            assert not Company.objects.exists()
    with serving(houses["acme"].tenant):
        assert invitation("http://127.0.0.1:8765/") == ""
