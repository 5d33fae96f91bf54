"""Long work in the background: done exactly once or not at all, with the asker's rights, seen while it runs, stopped on request."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.files.background import start_import
from fondaco.platform.jobs import working
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import ask_for_daily, ask_to_stop, job, run_due, start
from fondaco.platform.resources.declare import RESOURCES
from tests.interfaces.api.room import Parcel
from tests.interfaces.conftest import caller


@pytest.fixture(scope="module")
def asker(parcels):
    return caller("asker", "*")


@pytest.fixture
def kind():
    """A function that declares a kind of job for one test."""
    made = []

    def declare(work):
        key = f"test.{work.__name__}.{len(made)}"
        job(key)(work)
        made.append(key)
        return key

    yield declare
    for key in made:
        working.KINDS.pop(key, None)


def ask(who, key, title="Test", **parameters):
    actor = actor_of(User.objects.get(pk=who.user.pk), channel="web")
    with unit_of_work(actor.username, "test"):
        return start(actor, key, title, parameters)


def file_of(word, count, bad):
    rows = "".join(f"{'NONE' if n == bad else 'TEST'},{word} {n}\n" for n in range(count))
    return [b"company,title\n", rows.encode()]


def import_parcels(who, word, count, bad=None):
    actor = actor_of(User.objects.get(pk=who.user.pk), channel="web")
    with unit_of_work(actor.username, "test"):
        return start_import(actor, RESOURCES["parcels"], "parcels.csv", file_of(word, count, bad), format="csv")


def ended(asked):
    return Job.objects.get(pk=asked.pk)


def test_an_import_of_many_is_done_in_the_name_of_the_asker(asker, parcels):
    asked = import_parcels(asker, "Imported", 1200)
    assert ended(asked).state == Job.WAITING
    assert run_due() == 1
    found = ended(asked)
    assert (found.state, found.message) == (Job.DONE, "")
    assert (found.done, found.total, found.result["created"]) == (1200, 1200, 1200)
    assert Parcel.objects.filter(title__startswith="Imported ", created_by="asker").count() == 1200
    assert run_due() == 0


def test_a_refused_import_writes_nothing_and_names_the_rows(asker, parcels):
    before = Parcel.objects.count()
    asked = import_parcels(asker, "Refused", 900, bad=700)
    run_due()
    found = ended(asked)
    assert found.state == Job.REFUSED
    assert [r["row"] for r in found.result["rows"]] == ["702"]
    assert Parcel.objects.count() == before


def test_progress_is_seen_while_the_job_runs_and_a_stop_undoes_everything(asker, parcels, kind, monkeypatch):
    monkeypatch.setattr(working, "PULSE", 0)
    seen = []

    def counting(actor, progress):
        for number in range(10):
            Parcel.objects.create(company=parcels, title=f"Counted {number}")
            progress(number, 10, f"parcel {number}")
            progress.line.execute("select 1")
            seen.append(progress.line.execute("select done, total, message from jobs_job where id = %s", [progress.job.pk]).fetchone())
            if number == 4:
                progress.line.execute("update jobs_job set stop_asked = true where id = %s", [progress.job.pk])

    asked = ask(asker, kind(counting))
    run_due()
    assert seen == [(n, 10, f"parcel {n}") for n in range(5)]
    assert (ended(asked).state, ended(asked).message) == (Job.STOPPED, "Stopped; nothing was written.")
    assert not Parcel.objects.filter(title__startswith="Counted").exists()


def test_a_job_that_waits_and_is_stopped_never_begins(asker, kind):
    def never(actor, progress):
        raise AssertionError

    asked = ask(asker, kind(never))
    with unit_of_work("test", "test"):
        ask_to_stop([asked.pk])
    assert run_due() == 0
    assert ended(asked).state == Job.STOPPED


def test_without_the_askers_commit_nothing_runs(asker, kind):
    key = kind(lambda actor, progress: None)
    with pytest.raises(ZeroDivisionError), unit_of_work("test", "test"):
        start(actor_of(asker.user, channel="web"), key, "Test", {})
        1 / 0  # noqa: B018
    assert run_due() == 0


def test_a_silent_worker_loses_its_job_and_what_it_wrote(asker, parcels, kind):
    runs = []

    def slow(actor, progress):
        runs.append(progress.job.attempts)
        Parcel.objects.create(company=parcels, title="Once")
        if len(runs) == 1:
            # As if this worker had slept: another one takes the job and finishes it in between.
            late = timezone.now() - working.SILENCE - timedelta(seconds=1)
            progress.line.execute("update jobs_job set beat_at = %s, attempts = attempts + 1 where id = %s", [late, progress.job.pk])

    asked = ask(asker, kind(slow))
    run_due()
    assert runs == [1, 3]
    assert ended(asked).state == Job.DONE
    assert Parcel.objects.filter(title="Once").count() == 1


def test_a_job_that_kills_its_workers_is_given_up(asker, kind):
    asked = ask(asker, kind(lambda actor, progress: None))
    silent = timezone.now() - 2 * working.SILENCE
    with unit_of_work("test", "test"):
        Job.objects.filter(pk=asked.pk).update(state=Job.RUNNING, attempts=Job.MOST_ATTEMPTS, beat_at=silent)
    other = ask(asker, kind(lambda actor, progress: {"fine": 1}))
    run_due()
    assert ended(asked).state == Job.FAILED
    assert "3 times" in ended(asked).message
    assert ended(other).result == {"fine": 1}


def test_a_worker_that_ends_puts_its_job_back(asker, parcels, kind):
    def interrupted(actor, progress):
        Parcel.objects.create(company=parcels, title="Interrupted")
        if progress.job.pk not in begun:
            begun.add(progress.job.pk)
            working.ENDING.set()
        progress(1, 2)

    begun: set[int] = set()
    asked = ask(asker, kind(interrupted))
    try:
        run_due()
        assert (ended(asked).state, ended(asked).attempts) == (Job.WAITING, 0)
        assert not Parcel.objects.filter(title="Interrupted").exists()
    finally:
        working.ENDING.clear()
    run_due()
    assert ended(asked).state == Job.DONE
    assert Parcel.objects.filter(title="Interrupted").count() == 1


def test_a_program_fault_is_kept_from_the_user_and_undone(asker, parcels, kind):
    def broken(actor, progress):
        Parcel.objects.create(company=parcels, title="Broken")
        raise RuntimeError("secret figure")

    asked = ask(asker, kind(broken))
    run_due()
    assert ended(asked).state == Job.FAILED
    assert "secret" not in ended(asked).message
    assert not Parcel.objects.filter(title="Broken").exists()


def test_who_left_gets_nothing_done(parcels, kind):
    leaver = caller("leaver", "parcels.*")
    asked = ask(leaver, kind(lambda actor, progress: {"ran": 1}))
    with unit_of_work("test", "test"):
        User.objects.filter(pk=leaver.user.pk).update(is_active=False)
    run_due()
    assert (ended(asked).state, ended(asked).result) == (Job.REFUSED, {"rows": []})
    assert ended(asked).message.startswith("The job was not done: leaver may no longer sign in.")


def test_rights_are_those_of_the_moment_it_runs(parcels):
    reader = caller("weak-reader", "parcels.view_parcel")
    before = Parcel.objects.count()
    asked = import_parcels(reader, "Weak", 5)
    run_due()
    assert ended(asked).state == Job.REFUSED
    assert "parcels.write_parcel" in ended(asked).message
    assert Parcel.objects.count() == before


def test_daily_work_is_asked_for_once_a_day(parcels):
    for _ in range(2):
        ask_for_daily()
        run_due()
    today = Job.objects.filter(kind="sales.expire_quotes", key__endswith=str(timezone.localdate()))
    assert [j.state for j in today] == [Job.DONE]


def test_the_outcome_can_be_asked_for_by_its_asker_through_the_api_and_stopped(asker, kind):
    asked = ask(asker, kind(lambda actor, progress: None), title="Watched")
    answer = asker.get("/api/v1/jobs?q=Watched")
    assert answer.status_code == 200, answer.content
    found = answer.json()["data"]
    assert [(j["id"], j["state"]) for j in found] == [(str(asked.pk), "waiting")]
    assert asker.post("/api/v1/jobs/stop", {"ids": [str(asked.pk)]}).status_code == 200
    assert ended(asked).state == Job.STOPPED
    assert asker.post("/api/v1/jobs/run_again", {"ids": [str(asked.pk)]}).status_code == 200
    run_due()
    assert ended(asked).state == Job.DONE
    stranger = caller("job-stranger", "sales.*")
    assert stranger.get("/api/v1/jobs").status_code == 403
    own = caller("job-own", "jobs.*", scope="own")
    assert own.get("/api/v1/jobs").json()["data"] == []
