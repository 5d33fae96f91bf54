/* The line grid: Enter goes to the cell below, Tab to the next field, a spreadsheet can be pasted, totals follow while typing.
   Fields are named as a Django formset names them (prefix-3-quantity), so the page works the same when it is sent.
   POST data-preview-url with the whole form answers
   {"lines": [{"index": 3, "values": {"total": "1.234,56"}, "errors": {"quantity": "..."}}], "totals": [{"key": "net", "value": "..."}], "foretold": ["what would stand in the way"]}. */
import { announce, ask, debounced, element, freshId, say } from "./words.js";
import { settleNumber } from "./fields.js";
import { startPicker } from "./picker.js";

export function startLines(root) {
  const prefix = root.dataset.lines;
  const form = root.closest("form");
  const body = root.querySelector("tbody");
  const pattern = root.querySelector("template");
  const count = root.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const rows = () => [...body.querySelectorAll(":scope > tr:not([data-gone])")];
  const cells = (row) => [...row.querySelectorAll('.input:not([type="hidden"], [readonly], .native)')];

  function renumber() { rows().forEach((row, index) => { row.querySelector(".row-number").textContent = index + 1; }); }
  function add() {
    const index = Number(count.value);
    const made = pattern.content.firstElementChild.cloneNode(true);
    for (const node of [made, ...made.querySelectorAll("*")]) {
      for (const name of ["id", "name", "for", "aria-describedby", "data-index", "aria-controls"]) {
        const value = node.getAttribute(name);
        if (value?.includes("__prefix__")) node.setAttribute(name, value.replaceAll("__prefix__", index));
      }
    }
    body.append(made);
    count.value = index + 1;
    made.querySelectorAll("[data-picker]").forEach(startPicker);
    renumber();
    root.dispatchEvent(new CustomEvent("lines:changed", { bubbles: true }));
    return made;
  }
  function remove(row) {
    const gone = row.querySelector('[name$="-DELETE"]');
    const near = row.nextElementSibling ?? row.previousElementSibling;
    gone.value = "on";
    row.dataset.gone = "";
    renumber();
    if (!rows().length) add();
    cells(near?.hasAttribute("data-gone") ? rows()[0] : near ?? rows()[0])[0]?.focus();
    announce(say("line_removed"));
    root.dispatchEvent(new CustomEvent("lines:changed", { bubbles: true }));
    preview();
  }
  function below(input, by) {
    const all = rows();
    const row = input.closest("tr");
    const column = cells(row).indexOf(input);
    const next = all[all.indexOf(row) + by];
    if (next) return cells(next)[column];
    return by > 0 ? cells(add())[column] : null;
  }

  /* Enter: the next cell to fill in; from the last cell of the last line a new line begins. */
  body.addEventListener("keydown", (event) => {
    const input = event.target.closest(".input");
    if (!input) { return; }
    if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); cells(add())[0].focus(); return; }
    if (event.key === "Delete" && event.ctrlKey) { event.preventDefault(); remove(input.closest("tr")); return; }
    if (event.defaultPrevented) return;
    if (event.target instanceof HTMLTextAreaElement) return;
    if (event.key === "Enter") { event.preventDefault(); follow(input); }
    else if (event.key === "ArrowDown" && !(input instanceof HTMLSelectElement)) { event.preventDefault(); below(input, 1)?.focus(); }
    else if (event.key === "ArrowUp" && !(input instanceof HTMLSelectElement)) { event.preventDefault(); below(input, -1)?.focus(); }
  });
  function follow(input) {
    const row = cells(input.closest("tr"));
    const next = row[row.indexOf(input) + 1] ?? cells(rows()[rows().indexOf(input.closest("tr")) + 1] ?? add())[0];
    next?.focus();
    next?.select?.();
  }

  /* Paste from a spreadsheet: columns from here to the right, rows downwards. A field of several words takes one column as its list. */
  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trim()) || (event.target instanceof HTMLTextAreaElement && !text.includes("\t"))) return;
    event.preventDefault();
    const list = event.target.closest("[data-list]");
    if (list && !text.includes("\t")) {
      list.setRangeText(text.trim().split(/\s*\n\s*/).join(" "), list.selectionStart, list.selectionEnd, "end");
      list.dispatchEvent(new Event("input", { bubbles: true }));
      list.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    const table = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    let row = event.target.closest("tr");
    const first = cells(row).indexOf(event.target.closest(".input"));
    table.forEach((values, line) => {
      if (line > 0) row = rows()[rows().indexOf(row) + 1] ?? add();
      const targets = cells(row);
      values.forEach((value, column) => {
        const target = targets[first + column];
        if (!target) return;
        if (target.matches("[role=combobox]")) target.closest("[data-picker]").dispatchEvent(new CustomEvent("picker:find", { detail: value.trim() }));
        else if (target instanceof HTMLSelectElement) target.value = [...target.options].find((option) => option.text === value.trim())?.value ?? target.value;
        else { target.value = value.trim(); if (target.matches("[data-number]")) settleNumber(target); target.dispatchEvent(new Event("change", { bubbles: true })); }
      });
    });
    announce(say("lines_pasted", { count: table.length }));
    root.dispatchEvent(new CustomEvent("lines:changed", { bubbles: true }));
    preview();
  });
  function mark(cell, input, sentence) {
    cell.querySelector(".error")?.remove();
    if (!sentence) { input.removeAttribute("aria-invalid"); return; }
    const note = element("p", { class: "error", id: freshId("error") }, sentence);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", note.id);
    cell.append(note);
  }

  /* What is told beside the line one writes in, such as what was paid before; it follows the focus. */
  let told = new Map();
  let shown = "";
  function tell() {
    const place = root.querySelector("[data-beside]");
    if (!place) return;
    const row = document.activeElement?.closest?.("tr[data-index]");
    if (row && body.contains(row)) shown = row.dataset.index;
    const said = told.get(shown) ?? [];
    place.hidden = !said.length;
    place.querySelector("ul").replaceChildren(...said.map((one) => {
      const text = one.url ? element("a", { href: one.url, target: "_blank" }, one.text) : element("span", {}, one.text);
      return element("li", {}, ...(one.kind ? [element("span", { class: "tag" }, one.kind), " "] : []), text);
    }));
  }
  body.addEventListener("focusin", tell);

  let running;
  async function run() {
    if (!root.dataset.previewUrl) return;
    running?.abort();
    running = new AbortController();
    const typed = new FormData(form);
    const sent = JSON.stringify(Object.fromEntries([...typed].filter(([, value]) => typeof value === "string")));
    try {
      const answer = await ask(root.dataset.previewUrl, { method: "POST", body: sent, type: "application/json", signal: running.signal });
      for (const line of answer.lines ?? []) {
        const row = body.querySelector(`tr[data-index="${line.index}"]`);
        if (!row) continue;
        for (const [name, value] of Object.entries(line.values ?? {})) {
          const output = row.querySelector(`[data-out="${CSS.escape(name)}"]`);
          if (output) { output.textContent = value; delete output.dataset.stale; continue; }
          // A price or text that follows from the product is filled in only where the clerk wrote nothing.
          const input = row.querySelector(`[name="${prefix}-${line.index}-${CSS.escape(name)}"]`);
          if (input && (input.value === "" || input.dataset.suggested === input.value)) { input.value = value; input.dataset.suggested = value; }
          // A discount follows the rules until somebody enters another; the house answers with the one that counts.
          else if (input && name === "discount_percent" && input !== document.activeElement) input.value = value;
        }
        for (const input of cells(row)) {
          const name = (input.name || input.closest("[data-picker]")?.querySelector("input[type=hidden]").name || "").split("-").pop();
          if (!("unknown" in input.dataset)) mark(input.closest("td"), input, line.errors?.[name]);
        }
      }
      if (answer.beside) { told = new Map(answer.beside.map((line) => [String(line.index), line.said])); tell(); }
      const doubt = root.querySelector("[data-doubt]");
      if (doubt) { doubt.textContent = answer.doubt ?? ""; doubt.hidden = !answer.doubt; }
      const ahead = root.querySelector("[data-foretold]");
      if (ahead) {
        ahead.hidden = !answer.foretold?.length;
        ahead.querySelector("ul").replaceChildren(...(answer.foretold ?? []).map((sentence) => element("li", {}, sentence)));
      }
      for (const total of answer.totals ?? []) {
        const shown = root.querySelector(`[data-total="${CSS.escape(total.key)}"]`);
        if (!shown) continue;
        shown.textContent = total.value;
        const said = shown.closest("dd");
        said.hidden = said.previousElementSibling.hidden = !total.value;
      }
    } catch (trouble) {
      if (trouble.name !== "AbortError") announce(trouble.message);
    }
  }
  const soon = debounced(120, run);
  function preview(row) {
    for (const output of (row ?? root).querySelectorAll("output")) output.dataset.stale = "";
    soon();
  }

  // What is reckoned of a stored document is not stored with it.
  if (root.querySelector("[data-total=reckoned]") && root.querySelector("[name$=-INITIAL_FORMS]").value !== "0") soon();

  body.addEventListener("picker:done", (event) => follow(event.target.querySelector("[role=combobox]")));
  body.addEventListener("input", (event) => { if (!event.target.matches("[role=combobox]")) preview(event.target.closest("tr")); });
  body.addEventListener("change", (event) => { if (event.target.matches("select, [type=hidden], .native")) preview(event.target.closest("tr")); });
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-line]")) cells(add())[0].focus();
    const drop = event.target.closest("[data-remove-line]");
    if (drop) remove(drop.closest("tr"));
  });
  // What was only suggested is asked for anew, while typing and when it is saved: another quantity may have another price.
  form.addEventListener("formdata", (event) => {
    for (const input of body.querySelectorAll("[data-suggested]")) if (input.value === input.dataset.suggested) event.formData.set(input.name, "");
  });
  form.addEventListener("draft:restore", (event) => {
    const wanted = Number(event.detail.get(`${prefix}-TOTAL_FORMS`)?.[0] ?? count.value);
    while (Number(count.value) < wanted) add();
  });
  form.addEventListener("draft:restored", () => {
    for (const row of body.querySelectorAll(":scope > tr")) if (row.querySelector('[name$="-DELETE"]').value) row.dataset.gone = "";
    renumber();
    preview();
  });
  renumber();
}
