"""SA-05: a worker killed in the middle of a fetch has written nothing; the next one brings every mail, once."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connections

from fondaco.frontoffice.correspondence.models import MailFolder, MailMessage, MailStanding
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import run_due, start
from tests.books import ACTOR, open_books
from tests.frontoffice.correspondence.conftest import mail, new_account

FETCH = """
import os, sys
sys.path[:0] = [os.getcwd()]
import django; django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from fondaco.platform.jobs.working import run_due
run_due()
"""


@pytest.mark.parametrize("after", [1, 3, 7])
def test_a_worker_killed_in_the_middle_of_a_fetch_loses_and_doubles_nothing(live_database, post, after):
    with unit_of_work("test", "test"):
        company = Company.objects.order_by("pk").first()
    if company is None:
        books = open_books()
        books.customer(email="info@duomo.example")
        company = books.company
    account = new_account(company, post, address=f"a{after}@house.example", username="anna@house.example")
    numbers = [f"<k{after}.{n}@duomo.example>" for n in range(10)]
    post.put(*[mail(message_id=m, subject=m) for m in numbers])
    post.faults(pause_after=after, pause=60)
    with unit_of_work("test", "test"):
        start(ACTOR, "correspondence.fetch", "fetch", {"account": account.pk})
    name = connections["default"].settings_dict["NAME"]
    worker = subprocess.Popen([sys.executable, "-c", FETCH, name], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    for _wait in range(300):
        if (post.home / "paused").exists():
            break
        time.sleep(0.1)
    assert (post.home / "paused").exists()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with unit_of_work("test", "test"):
        assert not MailMessage.objects.filter(account=account).exists()
        assert not MailFolder.objects.filter(account=account).exists()
        # Its silence is over: another worker takes the job up.
        Job.objects.filter(state=Job.RUNNING).update(beat_at="2020-01-01T00:00:00Z")
    post.faults()
    for _time in range(50):  # the database has to see that the killed one's line is gone
        if run_due():
            break
        time.sleep(0.1)
    with unit_of_work("test", "test"):
        assert sorted(MailMessage.objects.filter(account=account).values_list("message_id", flat=True)) == sorted(numbers)
        standing = MailStanding.objects.get(account=account)
        assert (standing.kept, standing.behind, standing.failures) == (10, 0, 0)
        assert Job.objects.get(parameters__account=account.pk).state == Job.DONE
