"""A form sent through a TLS proxy is the page's own; the same form without the proxy's word is not."""

import os
import subprocess
import sys

import pytest

POST = """
import sys, django
django.setup()
from django.middleware.csrf import _get_new_csrf_string
from django.test import RequestFactory
from fondaco.interfaces.doors.policy import Forged, _refuse_forgery
token = _get_new_csrf_string()
said = {"HTTP_X_FORWARDED_PROTO": sys.argv[1]} if sys.argv[1] else {}
origin = {"HTTP_HOST": "erp.example.org", "HTTP_ORIGIN": "https://erp.example.org"}
request = RequestFactory().post("/-/sign-in", {"csrfmiddlewaretoken": token}, **origin, **said)
request.COOKIES["csrftoken"] = token
try:
    _refuse_forgery(request)
    print("taken")
except Forged:
    print("refused")
"""


@pytest.mark.parametrize(
    ("behind_tls", "said", "answer"), [("1", "https", "taken"), ("1", "http", "refused"), ("1", "", "refused"), ("", "https", "refused")]
)
def test_a_form_is_taken_when_the_proxy_says_that_it_came_by_tls(behind_tls, said, answer):
    environment = dict(os.environ, FONDACO_BEHIND_TLS=behind_tls, FONDACO_HOSTS="erp.example.org", PYTHONPATH=os.pathsep.join(sys.path))
    told = subprocess.run([sys.executable, "-c", POST, said], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == answer
