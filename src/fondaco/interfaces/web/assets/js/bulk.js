/* Choosing rows: the bar says how many, and offers the whole set when all on the page are chosen. */
import { announce, say } from "./words.js";
import { formatNumber } from "./locale.js";

let last = null;
const boxes = (form) => [...form.querySelectorAll('.pick-cell input[name="ids"]')];

function refresh(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked).length;
  const head = form.querySelector("[data-pick-all]");
  if (head) { head.checked = chosen > 0 && chosen === all.length; head.indeterminate = chosen > 0 && chosen < all.length; }
  const bar = form.querySelector(".bulk");
  if (!bar) return;
  bar.hidden = chosen === 0;
  const whole = bar.querySelector('input[name="whole"]');
  if (chosen < all.length) whole.value = "";
  const total = Number(bar.dataset.total || all.length);
  const text = whole.value ? say("chosen_whole", { count: formatNumber(total, 0) }) : say("chosen", { count: formatNumber(chosen, 0) });
  bar.querySelector("[data-chosen]").textContent = text;
  const offer = bar.querySelector("[data-whole]");
  offer.hidden = !!whole.value || chosen < all.length || total <= all.length;
  announce(text);
}

document.addEventListener("click", (event) => {
  const box = event.target;
  const form = box.closest?.("form[data-list]");
  if (!form) return;
  if (box.matches?.('.pick-cell input[name="ids"]')) {
    const all = boxes(form);
    if (event.shiftKey && last?.isConnected) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    refresh(form);
  } else if (box.matches?.("[data-pick-all]")) {
    for (const each of boxes(form)) each.checked = box.checked;
    refresh(form);
  } else if (box.closest?.("[data-whole]")) {
    form.querySelector('.bulk input[name="whole"]').value = "1";
    refresh(form);
  } else if (box.closest?.("[data-unpick]")) {
    for (const each of boxes(form)) each.checked = false;
    refresh(form);
  }
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-list]").forEach(refresh));
document.addEventListener("htmx:after:swap", () => document.querySelectorAll("form[data-list]").forEach(refresh));

/* Streams: show one kind of event only. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-stream-filter]");
  if (!button) return;
  const kinds = button.dataset.streamFilter.split(" ").filter(Boolean);
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", other === button);
  for (const item of button.closest(".stream").querySelectorAll(".event")) item.hidden = kinds.length > 0 && !kinds.includes(item.dataset.kind);
});

/* Groups of a list: the rows are asked for when a group is unfolded first. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-folds]");
  if (!button) return;
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", open);
  document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
});
