/* The scanner's page: what is done is kept here with a key of its own, sent when there is network, and shown when the books refuse it. */
const root = document.getElementById("handheld");
if (root) begin();

function begin() {
  const words = JSON.parse(document.getElementById("handheld-words").textContent);
  let work = JSON.parse(document.getElementById("handheld-work-island").textContent);
  let token = document.querySelector('meta[name="csrf-token"]').content;
  const address = root.dataset.address;
  const store = "fondaco:handheld:kept";
  const shown = { mode: "tasks", step: 0, seen: {}, later: new Set() };
  let network = true;
  let signedOut = false;

  const at = (id) => document.getElementById(`handheld-${id}`);
  const say = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const kept = () => JSON.parse(localStorage.getItem(store) ?? "[]");
  const keep = (entries) => localStorage.setItem(store, JSON.stringify(entries));
  const change = (key, values) => keep(kept().map((entry) => (entry.key === key ? { ...entry, ...values } : entry)));
  const freshKey = () => `handheld-${[...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("")}`;

  function node(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) if (value !== false) made.setAttribute(name, value === true ? "" : value);
    made.append(...children.filter((child) => child != null && child !== ""));
    return made;
  }

  /* ---------------------------------------------------------------- what was done */

  function done(what, data, said) {
    keep([...kept(), { key: freshKey(), floor: work.floor, user: work.user, what, data, said, when: new Date().toISOString() }]);
    Object.assign(shown, { step: 0, seen: {} });
    draw();
    at("wrong").textContent = "";
    announce(say("kept", { what: said }));
    send();
  }

  const announce = (text) => { const live = document.getElementById("live"); if (live) live.textContent = text; };

  async function send() {
    if (navigator.locks) await navigator.locks.request("fondaco-handheld", { ifAvailable: true }, (lock) => lock && sendAll());
    else await sendAll();
    draw();
  }

  async function sendAll() {
    let sent = 0;
    for (const entry of kept()) {
      if (entry.refused || entry.user !== work.user) continue;
      const answer = await post(entry);
      if (answer === "lost") return;
      if (answer.status === 401) { signedOut = true; return; }
      if (answer.ok) { keep(kept().filter((other) => other.key !== entry.key)); sent += 1; }
      else if (answer.status < 500) change(entry.key, { refused: answer.sentence });
      else return;
    }
    if (sent || !network || signedOut) await refresh();
  }

  async function post(entry, again = true) {
    try {
      const answer = await fetch(`/deliver/handheld/${entry.floor}/do`, {
        method: "POST", credentials: "same-origin", body: JSON.stringify({ key: entry.key, what: entry.what, data: entry.data }),
        headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      });
      const json = /json/.test(answer.headers.get("Content-Type") ?? "") ? await answer.json() : {};
      network = true;
      if (answer.status === 403 && json.code === "doors.forged" && again && (await refresh())) return post(entry, false);
      return { ok: answer.ok, status: answer.status, sentence: json.detail ?? say("refused_head") };
    } catch {
      network = false;
      return "lost";
    }
  }

  /** The work as it stands now; false when it could not be had. */
  async function refresh() {
    try {
      const answer = await fetch(`${address}/fresh`, { credentials: "same-origin", headers: { Accept: "application/json" } });
      network = true;
      signedOut = answer.status === 401;
      if (!answer.ok) return false;
      const found = await answer.json();
      token = found.token;
      work = found;
      return true;
    } catch {
      network = false;
      return false;
    } finally {
      draw();
    }
  }

  /* ---------------------------------------------------------------- what is to do */

  /** What of the work was done here already, and waits to be sent. */
  const gone = (whats) => new Set(kept().filter((entry) => whats.includes(entry.what)).map((entry) => entry.data.id));
  const tasks = () => { const out = gone(["complete", "short"]); return work.tasks.filter((task) => !out.has(task.id)); };
  const counts = () => { const out = gone(["count"]); return work.counts.filter((count) => !out.has(count.id)); };
  const receipts = () => { const out = gone(["receive"]); return work.receipts.filter((receipt) => !out.has(receipt.id)); };
  const nextTask = () => { const open = tasks(); return open.find((task) => !shown.later.has(task.id)) ?? (shown.later.clear(), open[0]); };
  const itemOf = (row) => `${row.sku} ${row.name}`;

  /** What a label says: item, lot, count and net weight of a GS1 string, in brackets or with separators; else the code itself. */
  function read(code) {
    const plain = code.replace(/^\](C1|d2|Q3)/, "");
    const said = { code, item: code, lot: "", count: "", weight: 0 };
    const kilograms = (places, digits) => Number(digits) / 10 ** Number(places);
    if (plain === code && !code.startsWith("(") && !code.includes("\u001d")) return said;
    const put = { "01": "item", "02": "item", 10: "lot", 21: "lot", 30: "count", 37: "count" };
    if (plain.startsWith("(")) {
      for (const [, name, value] of plain.matchAll(/\((\d{2,4})\)([^(]*)/g)) {
        if (put[name]) said[put[name]] = value.trim();
        if (/^310\d$/.test(name)) said.weight = kilograms(name[3], value.trim());
      }
      return said;
    }
    const fixed = { "01": 14, "02": 14, 11: 6, 13: 6, 15: 6, 17: 6 };
    for (let rest = plain.replace(/^\u001d+/, ""); rest.length > 2; ) {
      const weighed = rest.match(/^310(\d)(\d{6})/);
      if (weighed) {
        said.weight = kilograms(weighed[1], weighed[2]);
        rest = rest.slice(10).replace(/^\u001d+/, "");
        continue;
      }
      const name = rest.slice(0, 2);
      const end = fixed[name] ? 2 + fixed[name] : rest.indexOf("\u001d") < 0 ? rest.length : rest.indexOf("\u001d");
      if (put[name]) said[put[name]] = rest.slice(2, end);
      rest = rest.slice(end).replace(/^\u001d+/, "");
    }
    return said;
  }

  const is = (row, said) => row.codes.some((code) => code === said.item || code.replace(/^0+/, "") === said.item.replace(/^0+/, "")) || (row.lot && row.lot === said.code);
  const number = (text) => { const plain = text.trim().replace(",", "."); return /^\d{1,14}(\.\d{1,6})?$/.test(plain) ? plain : null; };
  const wrong = (key, values) => { at("wrong").textContent = say(key, values); };

  /* ---------------------------------------------------------------- steps: each says what it asks for, and takes what was scanned */

  const modes = {
    tasks() {
      const task = nextTask();
      if (!task) return { empty: "no_tasks" };
      const steps = [];
      if (task.from) steps.push({ ask: say("scan_from", { bin: task.from }), take: (code) => code === task.from || (wrong("wrong_bin", { read: code, bin: task.from }), false) });
      steps.push({
        ask: say("scan_item", { item: itemOf(task) }),
        take(code) {
          const said = read(code);
          if (!is(task, said)) return wrong("wrong_item", { read: code, item: itemOf(task) }), false;
          if (task.lot && said.lot && said.lot !== task.lot) return wrong("wrong_lot", { read: said.lot, lot: task.lot }), false;
          shown.seen.lot = said.lot || (said.code === task.lot ? task.lot : "");
          return true;
        },
      });
      if (task.lot && !shown.seen.lot) steps.push({ ask: say("scan_lot", { lot: task.lot }), take: (code) => (read(code).lot || code) === task.lot || (wrong("wrong_lot", { read: code, lot: task.lot }), false) });
      const picks = task.kind === "pick" || task.kind === "cross_dock";
      const finish = (to) => done("complete", { id: task.id, ...(to && to !== task.to ? { to_bin: to } : {}) }, say("picked", { quantity: task.quantity, item: task.sku, from: task.from || say("dock"), to: to || task.to }));
      steps.push({ ask: say("scan_to", { bin: task.to }), take(code) { if (picks && code !== task.to) return wrong("wrong_bin", { read: code, bin: task.to }), false; finish(code); return "done"; } });
      if (shown.short) {
        return {
          card: taskCard(task), steps: [{ ask: say("found"), numeric: true, take(code) {
            const found = number(code);
            if (found === null) return wrong("no_number", { read: code }), false;
            shown.short = false;
            done("short", { id: task.id, found }, say("was_short", { quantity: found, item: task.sku, from: task.from }));
            return "done";
          } }], buttons: [[say("back"), () => { shown.short = false; draw(); }]],
        };
      }
      const buttons = [[say("later"), () => { shown.later.add(task.id); Object.assign(shown, { step: 0, seen: {} }); draw(); }]];
      if (picks && task.from) buttons.unshift([say("short"), () => { shown.short = true; shown.step = 0; draw(); }]);
      if (shown.step >= steps.length - 1) buttons.unshift([say("done"), () => finish(""), "primary"]);
      return { card: taskCard(task), steps, buttons };
    },
    move() {
      const seen = shown.seen;
      const steps = [
        { ask: say("move_from"), take(code) { seen.from = code; return true; }, button: [say("from_dock"), () => { seen.from = ""; shown.step += 1; draw(); }] },
        { ask: say("move_item"), take(code) { seen.item = code; seen.quantity = read(code).count || "1"; return true; } },
        { ask: say("quantity"), numeric: true, value: () => seen.quantity, take(code) { const q = number(code); if (q === null) return wrong("no_number", { read: code }), false; seen.quantity = q; return true; } },
        { ask: say("lot"), optional: true, skip: () => read(seen.item ?? "").lot, take(code) { seen.lot = code; return true; } },
        { ask: say("move_to"), take(code) { finish(code); return "done"; }, button: [say("to_dock"), () => finish("")] },
      ];
      const finish = (to) => done("move", { item: seen.item, quantity: seen.quantity, from_bin: seen.from, to_bin: to, lot: seen.lot ?? "" }, say("moved", { quantity: seen.quantity, item: seen.item, from: seen.from || say("dock"), to: to || say("dock") }));
      const card = node("div", { class: "handheld-card" }, ...["from", "item", "quantity", "lot"].filter((name) => seen[name] !== undefined).map((name) => node("p", {}, String(seen[name] || say("dock")))));
      return { card: card.childElementCount ? card : null, steps, buttons: shown.step ? [[say("back"), () => { Object.assign(shown, { step: 0, seen: {} }); draw(); }]] : [] };
    },
    receive() {
      const open = receipts();
      const receipt = open.find((row) => row.id === shown.receipt);
      if (!receipt) {
        shown.receipt = null;
        if (!open.length) return { empty: "no_receipts" };
        return { list: open.map((row) => [row.name, () => { shown.receipt = row.id; shown.came = Object.fromEntries(row.lines.map((line) => [line.id, { quantity: "0", pieces: 0, lots: [] }])); draw(); }]), steps: [] };
      }
      const came = shown.came;
      const add = (line, quantity, count, lot) => {
        const row = came[line.id];
        row.quantity = String(Math.round((Number(row.quantity) + quantity) * 1e6) / 1e6);
        row.pieces += count;
        if (lot) row.lots.push(line.paired ? `${lot}=${quantity}/${count}` : `${lot}=${quantity}`);
      };
      const card = node("ul", { class: "handheld-lines" }, ...receipt.lines.map((line) => node("li", {}, node("strong", {}, itemOf(line)), node("span", {}, `${came[line.id].quantity} / ${line.quantity}${line.paired ? ` (${came[line.id].pieces} / ${line.pieces})` : ""}`))));
      return {
        card,
        steps: [{
          ask: say("move_item"), stay: true,
          take(code) {
            const waiting = shown.weigh;
            const typed = waiting ? number(code) : null;
            if (waiting && typed !== null) {
              shown.weigh = null;
              add(waiting.line, Number(typed), waiting.count, waiting.lot);
              return true;
            }
            const said = read(code);
            const line = receipt.lines.find((row) => is(row, said)) ?? (shown.lot_of && receipt.lines.find((row) => row.id === shown.lot_of));
            if (!line) return wrong("not_expected", { read: code }), false;
            const lot = said.lot || (shown.lot_of && !is(line, said) ? code : "");
            if (line.tracked && !lot) { shown.lot_of = line.id; wrong("lots_of", { item: itemOf(line) }); return false; }
            const count = Number(said.count || 1);
            shown.lot_of = null;
            if (line.paired && !said.weight) { shown.weigh = { line, count, lot }; wrong("weigh", { item: itemOf(line) }); return false; }
            add(line, line.paired ? said.weight : count, count, lot);
            return true;
          },
        }],
        buttons: [
          [say("receive"), () => {
            const lots = Object.fromEntries(Object.entries(came).filter(([, row]) => row.lots.length).map(([id, row]) => [id, row.lots.join("; ")]));
            const pieces = Object.fromEntries(receipt.lines.filter((line) => line.paired).map((line) => [line.id, String(came[line.id].pieces)]));
            shown.receipt = null;
            done("receive", { id: receipt.id, second_quantities: pieces, quantities: Object.fromEntries(Object.entries(came).map(([id, row]) => [id, row.quantity])), lots }, say("received", { name: receipt.name }));
          }, "primary"],
          [say("back"), () => { shown.receipt = null; draw(); }],
        ],
      };
    },
    count() {
      const open = counts();
      const count = open.find((row) => !shown.later.has(`c${row.id}`)) ?? open[0];
      if (!count) return { empty: "no_counts" };
      return {
        card: node("div", { class: "handheld-card" }, node("p", { class: "handheld-bin" }, count.bin), node("p", {}, node("strong", {}, itemOf(count))), count.lot && node("p", {}, count.lot)),
        steps: [
          { ask: say("scan_from", { bin: count.bin }), take: (code) => code === count.bin || (wrong("wrong_bin", { read: code, bin: count.bin }), false) },
          { ask: say("how_many", { item: itemOf(count) }), numeric: true, take(code) {
            const counted = number(code);
            if (counted === null) return wrong("no_number", { read: code }), false;
            done("count", { id: count.id, counted }, say("counted", { bin: count.bin, quantity: counted, item: count.sku }));
            return "done";
          } },
        ],
        buttons: [[say("later"), () => { shown.later.add(`c${count.id}`); shown.step = 0; draw(); }]],
      };
    },
  };

  function taskCard(task) {
    return node("div", { class: "handheld-card" },
      node("p", { class: "handheld-kind" }, [task.title, task.list, say("left", { count: tasks().length })].filter(Boolean).join(" · ")),
      node("p", { class: "handheld-bin" }, `${task.from || say("dock")} → ${task.to}`),
      node("p", { class: "handheld-quantity" }, task.quantity),
      node("p", {}, node("strong", {}, itemOf(task))),
      task.lot && node("p", {}, `${say("lot")}: ${task.lot}`),
      task.tote && node("p", { class: "handheld-tote" }, say("tote", { tote: task.tote })),
      task.why && node("p", { class: "quiet small" }, task.why));
  }

  /* ---------------------------------------------------------------- drawing */

  let now = { steps: [] };
  let askedLast;

  function draw() {
    now = { steps: [], buttons: [], ...modes[shown.mode]() };
    while (now.steps[shown.step]?.skip?.()) shown.step += 1;
    const step = now.steps[shown.step];
    at("work").replaceChildren(...[now.card, now.empty && node("p", { class: "quiet" }, say(now.empty)), now.list && bigButtons(now.list)].filter(Boolean));
    at("form").hidden = !step && !now.buttons.length;
    at("ask").textContent = step ? step.ask : "";
    at("code").hidden = !step;
    at("code").inputMode = step?.numeric ? "decimal" : "text";
    at("buttons").replaceChildren(...[...(step?.button ? [step.button] : []), ...now.buttons].map(bigButton));
    // What is being scanned stays when the page is drawn again for another reason.
    if (step && step.ask !== askedLast) { at("code").value = step.value?.() ?? ""; if (step.value) at("code").select(); }
    askedLast = step?.ask;
    if (step) at("code").focus({ preventScroll: true });
    for (const button of root.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === shown.mode));
    for (const [name, rows] of [["tasks", tasks()], ["receipts", receipts()], ["counts", counts()]]) root.querySelector(`[data-count=${name}]`).textContent = rows.length || "";
    drawState();
  }

  const bigButton = ([label, act, kind]) => { const made = node("button", { type: "button", class: `button ${kind ?? ""}` }, label); made.addEventListener("click", act); return made; };
  const bigButtons = (items) => node("div", { class: "handheld-buttons" }, ...items.map(bigButton));

  function drawState() {
    const all = kept();
    const waiting = all.filter((entry) => !entry.refused);
    const strangers = [...new Set(waiting.filter((entry) => entry.user !== work.user).map((entry) => entry.user))];
    const told = [signedOut ? say("signed_out") : say(network ? "online" : "offline"), waiting.length && say("waiting", { count: waiting.length }), ...strangers.map((user) => say("other_user", { user }))];
    at("state").textContent = told.filter(Boolean).join(" · ");
    at("state").dataset.tone = signedOut || !network ? "wait" : "done";
    at("problems").replaceChildren(...all.filter((entry) => entry.refused).map((entry) =>
      node("div", { class: "handheld-problem", role: "alert" },
        node("h2", {}, say("refused_head")), node("p", {}, node("strong", {}, entry.said)), node("p", {}, entry.refused),
        node("p", { class: "small quiet" }, [say("at", { when: new Date(entry.when).toLocaleString(document.documentElement.lang) }), entry.user].join(" · ")),
        bigButtons([[say("again"), () => { change(entry.key, { refused: "", key: entry.key }); send(); }], [say("seen"), () => { keep(kept().filter((other) => other.key !== entry.key)); draw(); refresh(); }]]))));
  }

  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const step = now.steps[shown.step];
    const code = at("code").value.trim();
    if (!step || (!code && !step.optional)) return;
    at("wrong").textContent = "";
    at("code").value = "";
    askedLast = undefined;
    const taken = step.take(code);
    if (taken === true && !step.stay) shown.step += 1;
    if (taken === true) draw();
    else if (taken === false) at("code").focus();
  });
  for (const button of root.querySelectorAll("[data-mode]")) {
    button.addEventListener("click", () => { Object.assign(shown, { mode: button.dataset.mode, step: 0, seen: {}, short: false }); at("wrong").textContent = ""; draw(); });
  }
  addEventListener("online", () => { network = true; refresh().then(send); });
  addEventListener("offline", () => { network = false; draw(); });
  setInterval(() => { if (kept().some((entry) => !entry.refused) || !network) send(); }, 10_000);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(root.dataset.worker, { scope: "/deliver/handheld" }).catch(() => {});
  draw();
  refresh().then(send);
}
