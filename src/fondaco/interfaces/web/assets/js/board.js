/* Cards go from lane to lane: by drag, by Alt and the arrows, or by the card's own menu. The server decides; a refusal puts the card back. */
import { announce, ask, csrfToken, Refused, say } from "./words.js";
import { toast } from "./toasts.js";

async function tell(board, card, back) {
  const body = new FormData();
  body.set("id", card.dataset.id);
  body.set("to", card.closest(".lane").dataset.lane);
  body.set("before", card.nextElementSibling?.dataset.id ?? "");
  body.set("version", card.dataset.version ?? "");
  body.set("csrfmiddlewaretoken", csrfToken());
  const title = card.querySelector(".card-title").textContent.trim();
  try {
    const answer = await ask(board.dataset.moveUrl, { method: "POST", body });
    if (answer?.version != null) card.dataset.version = answer.version;
    for (const lane of answer?.lanes ?? []) {
      const shown = board.querySelector(`.lane[data-lane="${CSS.escape(lane.key)}"]`);
      if (!shown) continue;
      shown.querySelector(".count").textContent = lane.count;
      shown.querySelector(".lane-total").textContent = lane.total;
    }
    announce(say("card_moved", { card: title, lane: card.closest(".lane").dataset.title }));
    if (answer?.toast) toast(answer.toast);
  } catch (trouble) {
    back();
    toast({ text: trouble instanceof Refused ? trouble.message : say("no_connection"), tone: "bad" });
  }
}

function move(board, card, cards, before) {
  const [from, next] = [card.parentElement, card.nextElementSibling];
  if (from === cards && before === next) return;
  cards.insertBefore(card, before);
  card.querySelector(".card-title").focus();
  tell(board, card, () => from.insertBefore(card, next));
}

export async function startBoard(board) {
  const { default: Sortable } = await import("sortablejs");
  for (const cards of board.querySelectorAll(".cards")) {
    let from, next;
    Sortable.create(cards, {
      group: board.id || "board", draggable: ".card", filter: ".menu", preventOnFilter: false, animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      delay: 180, delayOnTouchOnly: true, ghostClass: "dragged",
      onStart: ({ item }) => { from = item.parentElement; next = item.nextElementSibling; },
      onEnd: ({ item, to, oldIndex, newIndex }) => {
        if (to === from && oldIndex === newIndex) return;
        const [home, place] = [from, next];
        tell(board, item, () => home.insertBefore(item, place));
      },
    });
  }
  const lanes = () => [...board.querySelectorAll(".lane")];
  board.addEventListener("keydown", (event) => {
    const card = event.target.closest(".card");
    if (!card || !event.altKey || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const all = lanes();
    const at = all.indexOf(card.closest(".lane"));
    if (event.key === "ArrowUp" && card.previousElementSibling) move(board, card, card.parentElement, card.previousElementSibling);
    else if (event.key === "ArrowDown" && card.nextElementSibling) move(board, card, card.parentElement, card.nextElementSibling.nextElementSibling);
    else if (event.key === "ArrowLeft" && all[at - 1]) move(board, card, all[at - 1].querySelector(".cards"), all[at - 1].querySelector(".card"));
    else if (event.key === "ArrowRight" && all[at + 1]) move(board, card, all[at + 1].querySelector(".cards"), all[at + 1].querySelector(".card"));
  });
  board.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move-to]");
    if (!button) return;
    const cards = lanes().find((lane) => lane.dataset.lane === button.dataset.moveTo).querySelector(".cards");
    button.closest("details").open = false;
    move(board, button.closest(".card"), cards, cards.querySelector(".card"));
  });
}
