"""Long work that somebody asked for: how far it is, what became of it, and how to stop it. Everybody sees his own."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import flash, page
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import ask_to_stop
from fondaco.platform.resources.declare import RESOURCES

NEWEST = 50


@door(SIGNED_IN, "GET")
def own_jobs(request: HttpRequest) -> HttpResponse:
    """The newest jobs of the reader."""
    jobs = [_shown(j) for j in Job.objects.filter(user=request.actor.user_id).order_by("-id")[:NEWEST]]  # type: ignore[attr-defined]
    return page(request, "web/jobs.html", {"title": _("My jobs"), "jobs": jobs})


@door(SIGNED_IN, "GET")
def own_job(request: HttpRequest, pk: int) -> HttpResponse:
    """One job of the reader; the page asks again until it is over."""
    shown = _shown(_own(request, pk))
    if request.headers.get("HX-Request"):
        return page(request, "web/components/job.html", {"job": shown})
    return page(request, "web/job.html", {"title": shown["title"], "job": shown})


@door(SIGNED_IN, "POST")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a job of one's own."""
    ask_to_stop([_own(request, pk).pk])
    flash(request, _("Will be stopped"))
    return HttpResponseRedirect(f"/-/jobs/{pk}")


def _own(request: HttpRequest, pk: int) -> Job:
    found = Job.objects.filter(user=request.actor.user_id, pk=pk).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def _shown(job: Job) -> dict[str, Any]:
    over = job.state in Job.OVER
    created, changed = job.result.get("created"), job.result.get("changed")
    said = [ngettext("%(n)s record imported", "%(n)s records imported", created) % {"n": created}] if created else []
    if changed:
        said.append(ngettext("%(n)s record changed", "%(n)s records changed", changed) % {"n": changed})
    resource = RESOURCES.get(job.result.get("resource", ""))
    return {
        "pk": job.pk,
        "title": job.title,
        "state": job.state,
        "state_word": job.get_state_display(),
        "over": over,
        "good": job.state == Job.DONE,
        "done": job.done,
        "total": job.total,
        "message": job.message,
        "said": said,
        "rows": job.result.get("rows", []),
        "asked": job.created_at,
        "url": f"/-/jobs/{job.pk}",
        "stop_url": None if over or job.stop_asked else f"/-/jobs/{job.pk}/stop",
        "next": {"url": resource.url(), "title": resource.title} if resource and job.state == Job.DONE else None,
    }
