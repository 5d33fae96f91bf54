/* <button data-copies="id">: copy what stands in the field of that id. */
import { say } from "./words.js";
import { toast } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
  } catch {
    // Without TLS the browser keeps the clipboard to itself, but still copies what is marked.
    document.execCommand("copy");
  }
  toast({ text: say("copied"), tone: "done" });
});
