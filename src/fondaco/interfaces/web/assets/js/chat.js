import { ask, element } from "./words.js";
import { toast } from "./toasts.js";

/* A chat that goes on: what is new comes as events, what is written goes without leaving the page. Without this, forms and a link do the same. */
export function startChat(root) {
  const { live, after } = root.dataset;
  const log = root.querySelector("[data-chat-log]");
  const standing = root.querySelector("[data-chat-standing]");
  log.lastElementChild?.scrollIntoView({ block: "nearest" });
  if (!live) return;
  let seen = Number(after);
  let source;

  const show = (said) => {
    if (said.number <= seen) return;
    seen = said.number;
    const item = element("li", { class: said.own ? "own" : false }, element("p", { class: "words" }, said.text), element("p", { class: "small quiet" }, `${said.author}, ${said.at}`));
    log.append(item);
    item.scrollIntoView({ block: "nearest" });
  };
  const listen = () => {
    source?.close();
    source = new EventSource(`${live}?after=${seen}`);
    source.onmessage = (event) => show(JSON.parse(event.data));
    source.addEventListener("standing", (event) => {
      const { text } = JSON.parse(event.data);
      if (standing.textContent !== text) standing.textContent = text;
    });
    source.addEventListener("over", () => { source.close(); location.reload(); });
  };
  listen();

  const form = root.querySelector("[data-chat-form]");
  const field = form.querySelector("textarea");
  const button = form.querySelector("button");
  root.querySelector("[data-chat-look]").hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value;
    if (!text.trim() || button.disabled) return;
    button.disabled = true;
    try {
      await ask(form.action, { method: "POST", body: new FormData(form) });
      if (field.value === text) field.value = "";
      listen();
    } catch (refused) {
      if (refused.content) toast({ text: refused.message, tone: "bad" });
      else form.submit();
    } finally {
      button.disabled = false;
      field.focus();
    }
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
}
