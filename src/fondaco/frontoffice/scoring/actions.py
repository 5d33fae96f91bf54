"""The verbs of scoring models: put in force, draft the next version."""

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.scoring.models import ScoringLine, ScoringModel
from fondaco.frontoffice.scoring.refusals import NothingCounts
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

COPIED = ("position", "signal", "points", "low", "high", "half_life_days")


@action(ScoringModel, moves={"draft": "in_force"}, permission="scoring.put_model_in_force", title=_("Put in force"), done=_("In force"))
def put_in_force(models: DocumentSet[ScoringModel]) -> None:
    """Score by these models from now on, in each company; what was in force before is superseded."""
    counted = set(ScoringLine.objects.filter(model__in=models.ids).values_list("model_id", flat=True))
    empty = [m for m in models if m.pk not in counted]
    if empty:
        raise NothingCounts(document=", ".join(map(str, empty[:20])), rows=rows_json(empty))
    before = ScoringModel.objects.select_for_update().filter(company__in=[m.company_id for m in models], state="in_force").order_by("pk")
    keys = [m.pk for m in before]
    update_rows(ScoringModel, {"id": keys, "state": ["superseded"] * len(keys)})
    for m in models:
        m.in_force_from = timezone.now()
    models.save_with_state("in_force_from")


@action(ScoringModel, permission="scoring.write_model", title=_("Draft next version"), done=_("Next version drafted"))
def draft_next(models: DocumentSet[ScoringModel]) -> None:
    """Draft the next version of scoring models with the same lines; the one in force stays so until the draft is put in force."""
    versions = latest([m.company_id for m in models])
    codes = {pk: c.code for pk, c in companies_of(versions).items()}
    made = []
    for m in models:
        versions[m.company_id] += 1
        fresh = ScoringModel(company_id=m.company_id, model_version=versions[m.company_id], base=m.base, notes=m.notes)
        fresh.number = named(codes[m.company_id], fresh.model_version)
        made.append(fresh)
    insert_rows(ScoringModel, made)
    new = {old.pk: fresh for old, fresh in zip(models, made, strict=True)}
    lines = ScoringLine.objects.filter(model__in=models.ids).order_by("model_id", "position", "pk")
    insert_rows(ScoringLine, [ScoringLine(model=new[ln.model_id], **{f: getattr(ln, f) for f in COPIED}) for ln in lines])
    models.made["scoring-models"] = [m.pk for m in made]


def latest(companies: list[int]) -> dict[int, int]:
    """The highest version of each company, 0 where it has none."""
    rows = ScoringModel.objects.filter(company__in=companies).order_by()
    return dict.fromkeys(companies, 0) | dict(rows.values_list("company_id").annotate(latest=Max("model_version")))


def named(code: str, version: int) -> str:
    """What a version of a company's model is called."""
    return f"{code} v{version}"
