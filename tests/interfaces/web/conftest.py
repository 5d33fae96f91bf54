"""The browser that the tests of the pages share."""

import os
import shutil

import pytest
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
