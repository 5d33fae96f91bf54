/* Unsaved work survives a closed laptop: <form data-draft="invoice-118" data-draft-version="4">. */
import { debounced, say } from "./words.js";

const stem = "fondaco:draft:";
const month = 30 * 24 * 3600 * 1000;
const secret = new Set(["csrfmiddlewaretoken", "version"]);

function read(form) {
  const entries = [...new FormData(form)].filter(([name, value]) => !secret.has(name) && typeof value === "string");
  // A picker sends only the record's id; the name shown beside it is kept too.
  for (const picker of form.querySelectorAll("[data-picker]")) entries.push([`${picker.querySelector("input[type=hidden]").name}_text`, picker.querySelector("[role=combobox]").value]);
  return entries;
}

export function keepDraft(form) {
  const key = stem + form.dataset.draft;
  const pristine = JSON.stringify(read(form));
  const keep = debounced(400, () => {
    const entries = read(form);
    if (JSON.stringify(entries) === pristine) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ at: Date.now(), version: form.dataset.draftVersion ?? "", entries }));
  });
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("lines:changed", keep);

  const kept = localStorage.getItem(key);
  const note = form.querySelector("[data-draft-note]");
  if (!kept || !note) return;
  const draft = JSON.parse(kept);
  if (Date.now() - draft.at > month || JSON.stringify(draft.entries) === pristine) { localStorage.removeItem(key); return; }
  const when = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const changedSince = draft.version !== (form.dataset.draftVersion ?? "");
  note.querySelector("[data-draft-text]").textContent = say(changedSince ? "draft_changed" : "draft_kept", { when });
  note.hidden = false;
  note.querySelector("[data-draft-restore]").addEventListener("click", () => { restore(form, draft.entries); note.hidden = true; });
  note.querySelector("[data-draft-drop]").addEventListener("click", () => { localStorage.removeItem(key); note.hidden = true; });
}

function restore(form, entries) {
  const values = new Map();
  for (const [name, value] of entries) values.set(name, [...(values.get(name) ?? []), value]);
  form.dispatchEvent(new CustomEvent("draft:restore", { detail: values }));
  for (const field of form.elements) {
    if (!field.name || secret.has(field.name) || field.type === "file") continue;
    const kept = values.get(field.name);
    if (field.type === "checkbox" || field.type === "radio") field.checked = !!kept?.includes(field.value);
    else if (kept) field.value = kept.length > 1 ? kept.shift() : kept[0];
    if (field.classList.contains("native")) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const picker of form.querySelectorAll("[data-picker]")) {
    const { name, value } = picker.querySelector("input[type=hidden]");
    const title = values.get(`${name}_text`)?.[0];
    if (title !== undefined) picker.dispatchEvent(new CustomEvent("picker:set", { detail: { id: value, title } }));
  }
  form.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true }));
}

/** Called when the server has taken the work (flash "saved" names the drafts to forget). */
export function forgetDraft(name) { localStorage.removeItem(stem + name); }

for (const name of (document.documentElement.dataset.savedDrafts ?? "").split(" ").filter(Boolean)) forgetDraft(name);
document.addEventListener("draft:saved", (event) => forgetDraft(event.detail?.value ?? event.detail));
