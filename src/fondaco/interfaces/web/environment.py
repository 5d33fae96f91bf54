"""The Jinja2 environment of every page: translations, the reader's figures and days, addresses of the bundle."""

from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils import translation
from jinja2 import Environment

from fondaco.interfaces.web.formatting import FILTERS


def environment(**options: Any) -> Environment:
    """Called by Django once; templates are compiled once a process."""
    made = Environment(**{**options, "autoescape": True, "extensions": ["jinja2.ext.i18n"], "trim_blocks": False})
    made.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext, npgettext=translation.npgettext
    )
    made.filters.update(FILTERS)
    made.globals.update(static=static, settings=settings)
    return made
