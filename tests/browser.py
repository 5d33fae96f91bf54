"""A real browser for the tests: Chromium, and someone sitting at it whose complaints are kept."""

import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Error, expect

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


#: Says which element has the focus and whether it can be seen: on the page, in the window, and marked.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  const box = at.getBoundingClientRect(), style = getComputedStyle(at), over = at.closest("dialog[open]");
  const outer = document.querySelector("dialog:modal");
  return {
    tag: at.tagName.toLowerCase(), name: at.getAttribute("name") ?? "", role: at.getAttribute("role") ?? "",
    text: (at.getAttribute("aria-label") ?? (at.labels?.[0] ?? at).textContent ?? "").replace(/\\s+/g, " ").trim().slice(0, 120),
    hidden: box.width === 0 || box.height === 0 || style.visibility === "hidden" || (outer !== null && outer !== over),
    away: box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth,
    marked: style.outlineStyle !== "none" || over !== null && at.matches("input"),
  };
}"""


class Typist(Visitor):
    """Someone without a mouse: only keys are pressed, and after each of them the focus must be somewhere and be seen."""

    def __init__(self, chromium, address, **options):
        super().__init__(chromium, address, **options)
        self.context.add_init_script(
            "for (const kind of ['pointerdown', 'mousedown', 'touchstart']) addEventListener(kind, () => console.error('a mouse was used'), true)"
        )

    def answer(self, script):
        """What the page answers to a script once that is not empty; it may be a new page by then."""
        for _moment in range(200):
            with suppress(Error):  # the page went away while it was asked
                if found := self.page.evaluate(script):
                    return found
            self.page.wait_for_timeout(50)
        raise AssertionError(f"no answer on {self.page.url} to {script[:60]}")

    def seen(self):
        """The focus must be somewhere, visibly."""
        at = self.answer(FOCUS)
        assert not at["hidden"] and not at["away"] and at["marked"], (self.page.url, at)
        return at

    def keys(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.seen()
        return self

    def write(self, text):
        """Type over what stands in the field that has the focus."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.seen()
        return self

    def signed_in(self, name):
        self.go("/-/sign-in")
        assert self.seen()["name"] == "username"
        self.write(name).keys("Tab").write(name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("nav.rail, nav.bar")
        self.seen()
        return self

    def to(self, *, name="", text="", key="Tab", steps=60):
        """Press Tab (or another key) until the focus is on the control of that name, or on what reads so."""
        for _step in range(steps):
            at = self.seen()
            if (name and at["name"] == name) or (text and re.search(text, at["text"])):
                return self
            self.page.keyboard.press(key)
        raise AssertionError(f"{name or text} is not reached by {key} on {self.page.url}; the focus is on {at}")

    def find(self, words, title, url):
        """By the palette: Ctrl-K, some words, arrows to the one that is meant, Enter."""
        self.keys("Control+k")
        with self.page.expect_response(lambda answer: answer.url.endswith(f"?q={quote(words, safe='')}")):
            self.page.keyboard.type(words)
        self.page.wait_for_load_state("networkidle")
        options = self.page.locator("#palette [role=option]")
        wanted = options.filter(has_text=re.compile(title)).first
        with suppress(Error):
            wanted.wait_for(timeout=10_000)
        assert wanted.is_visible(), (words, options.all_inner_texts())
        for _step in range(20):
            if wanted.get_attribute("aria-selected") == "true":
                break
            self.keys("ArrowDown")
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile(url))
        self.seen()
        return self

    def choose(self, name, words):
        """Choose a record in the field of that name: type, see it offered, Enter."""
        box = self.page.locator(f"[data-picker]:has(input[type=hidden][name='{name}']) [role=combobox]")
        for _step in range(60):
            if box.evaluate("it => it === document.activeElement"):
                break
            self.keys("Tab")
        self.write(words)
        self.page.wait_for_selector(".choices:not([hidden]) [role=option]:not(.none)")
        self.keys("Enter")
        expect(self.page.locator(f"input[type=hidden][name='{name}']")).not_to_have_value("")
        return self

    def save(self, url):
        """Ctrl-S, and the page that comes of it."""
        self.page.evaluate("window.before = true")
        self.page.keyboard.press("Control+s")
        self.arrived(url)
        return self

    def arrived(self, url=""):
        """On the new page, where nothing was refused."""
        self.answer("() => !window.before")
        self.page.wait_for_load_state("networkidle")
        assert not self.page.locator("[role=alert]").count(), self.page.locator("[role=alert]").all_inner_texts()
        assert re.search(url, self.page.url), self.page.url
        self.seen()

    def key_of(self, label):
        """The letter of a verb, as ``?`` tells it."""
        self.keys("?")
        told = self.page.locator("dialog#keys[open] dl")
        told.first.wait_for()
        letters = dict(zip(told.locator("dt").all_inner_texts(), told.locator("dd").all_inner_texts(), strict=True))
        self.keys("Escape")
        found = [key.strip() for word, key in letters.items() if re.match(rf"{label}\b", word)]
        assert found, (label, letters, self.page.url)
        return found[0].lower()

    def verb(self, label, **asked):
        """Press the letter of a verb; answer its sheet by keys, and carry it out."""
        key = self.key_of(label)
        opens = self.page.locator(f"[data-key='{key}']").first.get_attribute("aria-haspopup") == "dialog"
        self.page.evaluate("window.before = true")
        self.page.keyboard.press(key)
        if opens:
            self.page.wait_for_selector("dialog#sheet[open]")
            for name, text in asked.items():
                self.to(name=name)
                if text is True:
                    self.keys("Space")
                else:
                    self.write(text)
            self.seen()
            self.page.keyboard.press("Control+s")
        self.arrived()
        return self
