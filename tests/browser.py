"""A real browser for the tests: Chromium, and someone sitting at it whose complaints are kept."""

import re
from pathlib import Path

from playwright.sync_api import expect

expect.set_options(timeout=40_000)
PROJECT = Path(__file__).resolve().parents[1]
PICTURES = PROJECT / "screenshots"
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visitor:
    """Someone at a browser; what the console, the network and the server complain of is kept."""

    def __init__(self, chromium, address, **options):
        self.address, self.complaints = address, []
        self.context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        self.page = self.context.new_page()
        self.page.set_default_timeout(40_000)
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" and "status of 4" not in m.text else None)
        self.page.on(
            "request",
            lambda r: self.complaints.append(f"left the server: {r.url}") if not r.url.startswith((address, "data:", "blob:")) else None,
        )
        self.page.on("response", lambda r: self.complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None)

    def go(self, path):
        self.page.goto(self.address + path)
        return self

    def signed_in(self, name):
        self.go("/-/sign-in")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", name)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_selector("nav.rail, nav.bar")
        return self

    def picture(self, name):
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=str(PICTURES / f"{name}.png"))
        return self

    def pick(self, name, words):
        """Choose a record by typing, as the keyboard does it."""
        box = self.page.locator(f"[data-picker]:has(input[type=hidden][name='{name}']) [role=combobox]")
        box.fill(words)
        self.page.wait_for_selector(".choices:not([hidden]) [role=option]:not(.none)")
        box.press("Enter")
        expect(self.page.locator(f"input[type=hidden][name='{name}']")).not_to_have_value("")

    def press(self, label):
        self.page.get_by_role("button", name=re.compile(rf"^{label}\b")).first.click()

    def confirm_sheet(self, label):
        sheet = self.page.locator("dialog#sheet[open]")
        sheet.wait_for()
        sheet.get_by_role("button", name=label, exact=True).click()
        self.page.wait_for_load_state("networkidle")

    def done(self):
        self.context.close()
        assert not self.complaints, self.complaints
