/* The bank's desk by keyboard: j k move, Enter accepts the surest, 1-9 that one, / finds an open item, x takes a line along. Files may be dropped. */
import htmx from "htmx.org";
import { typing } from "./words.js";

const desk = () => document.querySelector("[data-desk]");
let loading = 0;

function stand(line) {
  desk().querySelectorAll(".desk-line.at").forEach((other) => { other.classList.remove("at"); other.querySelector("a").removeAttribute("aria-current"); });
  line.classList.add("at");
  const link = line.querySelector("a");
  link.setAttribute("aria-current", "true");
  link.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
  clearTimeout(loading);
  loading = setTimeout(() => show(line), 60);
}
function show(line) {
  const others = [...desk().querySelectorAll(".desk-check input:checked")].map((box) => box.value).filter((key) => key !== line.dataset.line);
  const url = line.querySelector("a").dataset.panel + (others.length ? `?with=${others.join(",")}` : "");
  htmx.ajax("GET", url, { target: "#desk-panel", swap: "innerHTML" });
}
function step(by) {
  const lines = [...desk().querySelectorAll(".desk-line")];
  const at = lines.findIndex((line) => line.classList.contains("at"));
  const next = lines[Math.max(0, Math.min(lines.length - 1, at + by))];
  if (next && !next.classList.contains("at")) stand(next);
}
const accept = (number) => desk().querySelector(`[data-proposal="${number}"]`)?.click();

document.addEventListener("keydown", (event) => {
  if (!desk() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("dialog, details.menu[open]") || typing(event.target)) return;
  let done = true;
  if (event.key === "j" || event.key === "ArrowDown") step(1);
  else if (event.key === "k" || event.key === "ArrowUp") step(-1);
  else if (event.key === "/") { const find = desk().querySelector("[data-find]"); if (find) find.focus(); else done = false; }
  else if (event.key === "x") desk().querySelector(".desk-line.at .desk-check input")?.click();
  else if (event.key === "Enter" && !event.target.closest("button, summary, .desk-panel a")) accept(1);
  else if (/^[1-9]$/.test(event.key)) accept(event.key);
  else done = false;
  if (done) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".desk-line > a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  stand(link.closest(".desk-line"));
});

/** What is left of the money while items are chosen. The server judges; this only tells. */
function sum(form) {
  const amount = Math.abs(Number(form.closest(".desk-panel").querySelector("[data-amount]").dataset.amount));
  const chosen = [...form.querySelectorAll("[data-item]:checked")].reduce((total, box) => total + Number(box.dataset.open), 0);
  const left = form.querySelector("[data-left]");
  left.textContent = (amount - chosen).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
document.addEventListener("change", (event) => {
  if (event.target.matches?.(".desk-check input")) { const at = desk().querySelector(".desk-line.at"); if (at) show(at); }
  const form = event.target.closest?.("[data-split]");
  if (form && event.target.matches("[data-item]")) sum(form);
});

for (const form of document.querySelectorAll("[data-drop]")) {
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    form.querySelector('input[type="file"]').files = event.dataTransfer.files;
    form.requestSubmit();
  });
}
