"""The VAT return: boxes that drill to tax entries, what to look at before filing, the registers on paper, stamp duty (TX-05)."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.payables.models import Bill
from fondaco.finance.tax.declaring import Box, Group, periods
from fondaco.finance.tax.models import FormerFiling, ReturnAmount, TaxReturn
from fondaco.finance.tax.queries import advance_by_history, declarations, groups_of, late_entries, stamped
from fondaco.finance.tax.registers import REGISTERS, register_pdf
from fondaco.finance.tax.releasing import overdue_entries
from fondaco.finance.tax.resources import TaxReturnResource
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.record_head import head_of
from fondaco.interfaces.web.screens.records import flow_steps
from fondaco.interfaces.web.screens.stream import stream_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.localizations.it.lipe import communication
from fondaco.localizations.loading import figure_on, fiscal_habits, localization_of
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import figure
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import columns_for, one

RIGHT = "tax.view_return"
#: Boxes of nothing are left out of a return that has more than so many.
SHOWN_WHOLE = 20
SHOWN_FORMER = 2
SCREENS.append(Screen("books", "tax", 80, gettext_lazy("Stamp duty"), "/books/stamp-duty", RIGHT))


def _return(request: HttpRequest, pk: int) -> TaxReturn:
    rows = visible(TaxReturn.objects.filter(pk=pk), request.actor, RIGHT)  # type: ignore[attr-defined]
    found = rows.select_related("company__currency", "definition").first()
    if found is None:
        raise Http404
    return found


@door(RIGHT, "GET")
def vat_return(request: HttpRequest, pk: int) -> HttpResponse:
    """One return: its boxes as they stand or were declared, each a door to its tax entries, and what to look at before filing."""
    tax_return = _return(request, pk)
    actor = request.actor  # type: ignore[attr-defined]
    row = one(TaxReturnResource, actor, pk)
    row["_state"] = tax_return.state
    declaration = declarations([tax_return])[pk]
    kept = dict(ReturnAmount.objects.filter(tax_return=tax_return).values_list("box", "amount"))
    is_open = tax_return.state == "open"
    payable = declaration.payable if is_open else tax_return.payable
    formats = formats_of(request)
    head = head_of(request, TaxReturnResource, row, columns_for(TaxReturnResource.detail(), actor))
    head |= {
        "number": tax_return.number or _period(tax_return, formats),
        "amount": payable,
        "amount_label": _("tax credit") if payable < 0 else _("to pay"),
        "currency": tax_return.company.currency_id,
        "decimals": DECIMALS.get(tax_return.company.currency_id, 2),
        "facts": [(_("Period"), _period(tax_return, formats)), (_("Kind of return"), _named(request, tax_return.definition))],
        "warnings": _to_look_at(request, tax_return) if is_open else [],
    }
    registers = [{"title": title, "url": f"/vat-returns/{pk}/register/{key}"} for key, (title, _kind) in REGISTERS.items()]
    if not is_open and tax_return.company.country_id == "IT" and tax_return.definition.code == "VAT":
        registers.append({"title": _("Communication of the quarter (LIPE)"), "url": f"/vat-returns/{pk}/lipe"})
    context = {
        "title": f"{TaxReturnResource.title_one} {head['number']}",
        "document": head,
        "report": _report(request, tax_return, declaration.boxes, kept),
        "registers": registers,
        "clear": is_open and not head["warnings"],
        "effects_url": f"/vat-returns/{pk}/effects" if tax_return.entry_id else None,
        "flow": flow_steps(actor, TaxReturn, pk),
        "stream": stream_of(request, TaxReturnResource, pk),
    }
    return page(request, "web/vat_return.html", context)


@door(RIGHT, "GET")
def lipe(request: HttpRequest, pk: int) -> HttpResponse:
    """The periodic communication of the quarter of a filed return, as the tax office takes it."""
    tax_return = _return(request, pk)
    if tax_return.state == "open" or tax_return.company.country_id != "IT" or tax_return.definition.code != "VAT":
        raise NotFound(what=_("A filed settlement of an Italian company"))
    name, content = communication(tax_return)
    return HttpResponse(content, content_type="application/xml", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _period(tax_return: TaxReturn, formats: Any) -> str:
    return f"{formats.date(tax_return.starts_on)} – {formats.date(tax_return.ends_on)}"


def _named(request: HttpRequest, named: Any) -> str:
    return named.name_it if request.actor.language == "it" and named.name_it else named.name  # type: ignore[attr-defined]


def _report(request: HttpRequest, tax_return: TaxReturn, boxes: tuple[Box, ...], kept: dict[str, Decimal]) -> dict[str, Any]:
    decimals = DECIMALS.get(tax_return.company.currency_id, 2)
    # What was declared before the return was reopened stands beside what it comes to now.
    former = list(FormerFiling.objects.filter(tax_return=tax_return).order_by("-position")[:SHOWN_FORMER])
    rows: list[dict[str, Any]] = []
    # A form of a few boxes is shown whole; of one with a box a country only what was sold where.
    is_long = len(boxes) > SHOWN_WHOLE
    for box in boxes:
        amount = kept.get(box.box.code, box.amount) if kept else box.amount
        before = [Decimal(f.amounts.get(box.box.code, 0)) for f in former]
        if is_long and not amount and not box.groups and not any(before) and box.box.measure != "role":
            continue
        groups = tuple(g for g in box.groups if g.measured(box.box.measure))
        url = _drill(tax_return, groups) if groups else None
        kind = "grand" if box.box.role == "payable" else "total"
        told = {"value": amount, "url": url, "made_of": _made_of(groups) if groups else None}
        rows.append(
            {
                "title": _named(request, box.box),
                "code": box.box.code,
                "level": 0,
                "kind": kind,
                "cells": [None, None, told, *({"value": b} for b in before)],
            }
        )
        for group in groups:
            url = _drill(tax_return, (group,))
            rows.append(
                {
                    "title": f"{group.code or _('by hand')} {group.rate.normalize():f} %" + _mark(group),
                    "level": 2,
                    "url": url,
                    "cells": [
                        {"value": group.base},
                        {"value": group.tax},
                        {"value": group.measured(box.box.measure), "url": url},
                        *(None for _f in former),
                    ],
                }
            )
    unit = tax_return.company.currency_id
    titles = [_("Taxable"), _("Tax"), _("Box"), *(_("Declared {day}").format(day=formats_of(request).date(f.filed_on)) for f in former)]
    columns = [{"title": title, "unit": unit, "decimals": decimals} for title in titles]
    return {"caption": _("Boxes"), "row_title": _("Box"), "columns": columns, "rows": rows}


def _mark(group: Group) -> str:
    words = {"deferred": _("when paid"), "split": _("by the customer")}
    marks = [words[group.chargeable]] if group.chargeable in words else []
    if group.kind == "self_assessed":
        marks.append(_("taxed by us as the buyer"))
    if group.late:
        marks.append(ngettext("{count} late", "{count} late", group.late).format(count=group.late))
    return f" ({', '.join(marks)})" if marks else ""


def _made_of(groups: tuple[Group, ...]) -> str:
    entries = sum(g.entries for g in groups)
    return ngettext("{count} tax entry", "{count} tax entries", entries).format(count=entries)


def _drill(tax_return: TaxReturn, groups: tuple[Group, ...]) -> str:
    """The tax entries that a figure is made of."""
    asked: dict[str, Any] = {
        "company": tax_return.company_id,
        "reported_on__gte": tax_return.starts_on.isoformat(),
        "reported_on__lte": tax_return.ends_on.isoformat(),
        "kind": "sale" if groups[0].kind == "self_assessed" else groups[0].kind,
    }
    codes = sorted({g.tax_code for g in groups if g.tax_code})
    if codes:
        asked["tax_code__in"] = ",".join(map(str, codes))
    if len({g.chargeable for g in groups}) == 1:
        asked["chargeable"] = groups[0].chargeable
    if len({g.rate for g in groups}) == 1:
        asked["rate"] = figure(groups[0].rate)
    return f"/tax-entries?{urlencode(asked)}"


def _to_look_at(request: HttpRequest, tax_return: TaxReturn) -> list[dict[str, Any]]:
    """What somebody should see before he files: drafts, earlier returns, tax moved by hand, tax that waited a year, late entries."""
    company, last = tax_return.company, tax_return.ends_on
    warnings: list[dict[str, Any]] = []
    if last >= today_of(request):
        warnings.append({"text": _("The period is not over yet."), "tone": "wait"})
    earlier = (
        TaxReturn.objects.filter(definition=tax_return.definition_id, state="open", ends_on__lt=tax_return.starts_on)
        .order_by("starts_on")
        .first()
    )
    if earlier:
        cure = {"label": _("Open it"), "url": f"/vat-returns/{earlier.pk}"}
        warnings.append({"text": _("An earlier return is not filed yet. Returns are filed in their order."), "tone": "bad", "cure": cure})
    sales, bills = (model.objects.filter(company=company, state="draft", on__lte=last).count() for model in (Invoice, Bill))
    if sales:
        text = ngettext(
            "{count} invoice of the period is still a draft.", "{count} invoices of the period are still drafts.", sales
        ).format(count=sales)
        warnings.append(_drafts(text, "invoices", company.pk, last))
    if bills:
        text = ngettext("{count} bill of the period is still a draft.", "{count} bills of the period are still drafts.", bills).format(
            count=bills
        )
        warnings.append(_drafts(text, "bills", company.pk, last))
    if gone := late_entries([tax_return]):
        text = ngettext("{count} line of the period came late and counts in a later return. To count it here, use “Count late lines here”.", "{count} lines of the period came late and count in a later return. To count them here, use “Count late lines here”.", len(gone)).format(count=len(gone))  # fmt: skip
        warnings.append({"text": text, "tone": "wait"})
    groups = groups_of([tax_return])[tax_return.pk]
    by_hand = tuple(g for g in groups if g.kind == "other")
    if by_hand:
        text = _("Tax accounts were moved by hand in this period.")
        warnings.append({"text": text, "tone": "wait", "cure": {"label": _("See entries"), "url": _drill(tax_return, by_hand)}})
    told = fiscal_habits(localization_of(company.country_id)).get("advance")
    if told and not tax_return.advance_paid:
        advance = advance_by_history(tax_return, percent=Decimal(told["percent"]), minimum=Decimal(told["minimum"]))
        if advance:
            text = _(
                "An advance of {amount} is due by 27 December: {percent} per cent of what the same return came to last year. Pay it, and enter it as advance paid."
            ).format(amount=formats_of(request).money(advance, company.currency_id), percent=told["percent"])
            warnings.append({"text": text, "tone": "wait", "cure": {"label": _("Enter it"), "url": f"/vat-returns/{tax_return.pk}/edit"}})
    if overdue := overdue_entries([company.pk], on=last):
        text = ngettext("Tax of {count} document waited a year for its payment and is due now.", "Tax of {count} documents waited a year for its payment and is due now.", len(overdue)).format(count=len(overdue))  # fmt: skip
        warnings.append({"text": text, "tone": "bad", "cure": {"label": _("Release it"), "url": f"/companies/{company.pk}"}})
    if late := sum(g.late for g in groups):
        text = ngettext("{count} tax entry came late and counts here instead of in a filed return.", "{count} tax entries came late and count here instead of in a filed return.", late).format(count=late)  # fmt: skip
        warnings.append({"text": text, "tone": "wait"})
    return warnings


def _drafts(text: str, key: str, company: int, last: date) -> dict[str, Any]:
    url = f"/{key}?{urlencode({'company': company, 'state': 'draft', 'on__lte': last.isoformat()})}"
    return {"text": text, "tone": "wait", "cure": {"label": _("See drafts"), "url": url}}


@door(RIGHT, "GET")
def register(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The VAT register of sales or purchases of the return's days, as a PDF."""
    tax_return = _return(request, pk)
    if key not in REGISTERS:
        raise Http404
    response = HttpResponse(register_pdf(tax_return, key), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{key}-{tax_return.starts_on}.pdf"'
    return response


@door(RIGHT, "GET")
def stamp_duty(request: HttpRequest) -> HttpResponse:
    """Documents of a year that bear stamp duty, by quarter, where the company's country asks for it."""
    company = company_of(request)
    if company is None or not request.actor.may(RIGHT, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose taxes you may see"))
    text = request.GET.get("year", "")
    year = int(text) if text.isdecimal() and 1900 <= int(text) <= 9998 else today_of(request).year
    dated = fiscal_habits(localization_of(company.country_id)).get("stamp_duty", [])
    rows: list[dict[str, Any]] = []
    count, total = 0, Decimal(0)
    warnings = []
    for place, (first, last) in enumerate(periods(year, "quarterly") if dated else [], start=1):
        title = _("Quarter {number}").format(number=place)
        told = figure_on(dated, last)
        if told is None:
            text = _("{quarter}: the stamp duty is not known here. Update Fondaco, and look again before you pay.").format(quarter=title)
            warnings.append({"text": text, "tone": "bad"})
            continue
        each = Decimal(told["amount"])
        found = stamped(company, first, last, naturas=told["naturas"], above=Decimal(told["above"]))
        count, total = count + len(found), total + each * len(found)
        rows.append(
            {"title": title, "level": 0, "kind": "head", "cells": [{"value": Decimal(len(found))}, None, {"value": each * len(found)}]}
        )
        rows += [_stamped_row(row, each, formats_of(request)) for row in found]
    rows.append({"title": _("Total"), "level": 0, "kind": "grand", "cells": [{"value": Decimal(count)}, None, {"value": total}]})
    unit = company.currency_id
    columns = [{"title": _("Documents"), "decimals": 0}, {"title": _("Not taxed"), "unit": unit}, {"title": _("Stamp duty"), "unit": unit}]
    report = {"caption": _("Stamp duty"), "row_title": _("Document"), "columns": columns, "rows": rows}
    facts = [company.name, str(year)] if dated else [company.name, _("The company's country asks for no stamp duty on invoices.")]
    fields = [{"name": "year", "label": _("Year"), "kind": "text", "value": str(year)}]
    context = {
        "title": _("Stamp duty"),
        "facts": facts,
        "fields": fields,
        "action": request.path,
        "report": report,
        "warnings": warnings,
        "exports": [],
    }
    return page(request, "web/report.html", context)


def _stamped_row(row: tuple[date, str, str, int, Decimal], each: Decimal, formats: Formatting) -> dict[str, Any]:
    on, number, table, key, untaxed = row
    resource = next((r for r in RESOURCES.values() if r.model._meta.db_table == table), None)
    return {
        "title": f"{number} · {formats.date(on)}",
        "level": 2,
        "url": resource.url(key) if resource else None,
        "cells": [None, {"value": untaxed}, {"value": each}],
    }
