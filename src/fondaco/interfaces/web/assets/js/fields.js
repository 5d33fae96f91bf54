/* Amounts and dates settle into the reader's form when the field is left. */
import { formatNumber, parseDate, parseNumber, showDate } from "./locale.js";

export function settleNumber(input) {
  const value = parseNumber(input.value);
  if (value === null || Number.isNaN(value)) return;
  const decimals = Number(input.dataset.decimals ?? 2);
  input.value = formatNumber(value, decimals, Number(input.dataset.decimalsMost ?? decimals));
}

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("input[data-number]")) settleNumber(event.target);
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches?.(".date > .typed")) {
    const native = input.parentElement.querySelector(".native");
    native.value = parseDate(input.value);
    if (native.value) input.value = showDate(native.value);
    // What is no date travels as it was typed, so that the server can say so beside the field.
    input.name = native.value || !input.value ? "" : native.name;
  } else if (input.matches?.(".date > .native")) {
    const typed = input.parentElement.querySelector(".typed");
    typed.value = showDate(input.value);
    typed.name = "";
  }
});

document.addEventListener("click", (event) => {
  const native = event.target.closest?.(".date > .native");
  if (native) native.showPicker?.();
});

/* Someone pressed a verb: it is not sent twice. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
});
