"""Bank files through the API: the body is the file."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fondaco.finance.banking.importing import IMPORT, import_statements
from fondaco.interfaces.api.bodies import body_bytes, key_from, words
from fondaco.interfaces.api.problems import BadParameter
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.api.views import answer


@route(IMPORT, "POST")
def statements(request: HttpRequest) -> HttpResponse:
    """Import the statements of a bank file, all or none; what is there already adds nothing, so that a call may be repeated."""
    given = words(request, ("name", "account"))
    if not given.get("name"):
        raise BadParameter(name="name", why=_("say what the file is called"))
    account = key_from(given["account"], "account") if given.get("account") else None
    done = import_statements(request.actor, given["name"], body_bytes(request), account=account)  # type: ignore[attr-defined]
    return answer({"format": done.format, "statements": [str(s.pk) for s in done.statements], "lines": done.lines, "known": done.known})
