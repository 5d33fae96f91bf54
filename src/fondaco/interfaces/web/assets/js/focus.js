/* The focus of who works by keys is always somewhere, and seen: in the first field of a form, else on the heading of the page.
   Who works with a mouse is left alone: nothing moves for him. */

const KEYS = "by-keys";
const remember = (by) => { try { sessionStorage.setItem(KEYS, by); } catch { /* no storage: the focus is kept within the page only */ } };
const byKeys = () => { try { return sessionStorage.getItem(KEYS) === "1"; } catch { return false; } };
const seen = (found) => found.offsetParent !== null || getComputedStyle(found).position === "fixed";
const lost = () => !document.activeElement || document.activeElement === document.body || !document.activeElement.isConnected;

/** What can take the focus inside of something, in the order of Tab. */
export function stops(root) {
  return [...root.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((found) => !found.disabled && found.type !== "hidden" && found.tabIndex >= 0 && seen(found));
}

/** Back to the heading of the page, from where the letters of the verbs work and Tab begins. */
export function rest() {
  const heading = document.querySelector("main h1, h1") ?? document.querySelector("main");
  if (!heading) return;
  if (!heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

const FIELD = ".input:not([readonly], [disabled], .native), input[type=checkbox], input[type=radio]";
/** The first field that is asked for in a form or sheet. */
export const firstField = (root) => [...root.querySelectorAll(FIELD)].find(seen);

function begin() {
  if (!byKeys() || !lost()) return;
  // A page that names its first field keeps it; the browser itself would come too late and find the heading focused.
  const named = [...document.querySelectorAll("[autofocus]")].find(seen);
  const form = document.querySelector("main form[data-draft], main form[data-asks]");
  const field = named ?? (form && firstField(form));
  if (field) field.focus({ preventScroll: true });
  else rest();
}

document.addEventListener("keydown", (event) => {
  remember("1");
  const dialog = event.key === "Tab" && event.target.closest?.("dialog[open]");
  if (!dialog) return;
  const all = stops(dialog);
  const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (to && (document.activeElement === from || !dialog.contains(document.activeElement) || document.activeElement === dialog)) { to.focus(); event.preventDefault(); }
}, true);
document.addEventListener("pointerdown", () => remember("0"), true);

/* What held the focus may leave the page: a message that is closed, a row that is swapped, a dialog whose opener is gone. */
const mend = () => setTimeout(() => {
  if (!byKeys() || !lost()) return;
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (dialog) (firstField(dialog) ?? stops(dialog)[0])?.focus();
  else rest();
});
for (const moment of ["keyup", "htmx:after:swap"]) document.addEventListener(moment, mend);
document.addEventListener("close", mend, true);

begin();
addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
