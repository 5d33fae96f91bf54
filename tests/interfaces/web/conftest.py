"""The browser that the tests of the pages share."""

import os
import shutil

import pytest
from django.db import connections
from playwright.sync_api import sync_playwright

from tests.browser import FLAGS, PICTURES


@pytest.fixture(scope="module")
def chromium():
    path = (
        os.environ.get("FONDACO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    assert path, "No Chromium on this machine: ./fondaco test installs it, or set FONDACO_CHROMIUM"
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
        # While Playwright's event loop runs, Django keeps the connections of this thread apart from those without a loop. What is
        # left open here would be met again, dead, by the next module that has a browser.
        connections.close_all()
