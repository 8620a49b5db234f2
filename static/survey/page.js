// The pages of a survey with JavaScript: what is typed is kept on the phone until it has arrived, and sent as soon as
// there is network, once. Without this script everything works but needs the network at every step.

(() => {
  const store = self.asarStore;
  const box = document.getElementById("phone");
  const leave = document.querySelector("form[data-forget]");
  if (leave) leave.addEventListener("submit", () => store.forget(leave.dataset.forget));
  if (!box || !store || !self.indexedDB) return;

  const { wave, base, owner, code } = box.dataset;
  const facts = { owner, code, revision: Number(box.dataset.revision) || 0 };
  const isOffline = "offline" in box.dataset;
  const MOMENT = 150;
  const AGAIN = 20_000;

  const TO_DO = ["waiting", "queued", "sign_in", "other", "not_for_you", "too_many", "refused"];

  function say(state, count = 0) {
    const what = !state || box.querySelector(`[data-says=${state}]`) ? state : "refused";
    box.querySelector(".actions").hidden = !TO_DO.includes(what);
    for (const one of box.querySelectorAll("[data-says]")) one.hidden = one.dataset.says !== what;
    for (const one of box.querySelectorAll("[data-count]")) one.textContent = count;
    box.hidden = !what;
  }

  /** What lies on the phone and has not arrived; where it is only that all is to be sent, that. */
  const still = (record) => (store.count(record) ? say("waiting", store.answered(record)) : say("queued"));
  const isOurs = (record) => record && !(owner && record.owner && owner !== record.owner);
  /** Without network nothing is tried, so it is said at once that what was typed is kept. */
  const tellOffline = (record) => !navigator.onLine && isOurs(record) && still(record);

  // ---- what is typed

  const addressOf = (name) => (name.startsWith("a-") ? name.slice(2).split("~")[0] : "");

  function pairsOf(form, addresses) {
    return store.byAddress([...new FormData(form)], addresses);
  }

  /** What waits on the phone, but for addresses that were `typed` in the meantime. */
  function fill(form, record, typed = new Set()) {
    for (const element of form.elements) {
      const address = addressOf(element.name || "");
      const change = record.changes[address];
      if (!change || element.type === "file" || typed.has(address)) continue;
      const values = change.pairs.filter(([name]) => name === element.name).map(([, value]) => value);
      if (element.type === "radio" || element.type === "checkbox") element.checked = values.includes(element.value);
      else element.value = values[0] ?? "";
    }
  }

  /** Keeps what is typed in a form, once what earlier pages left is taken in (`ready`). */
  function listen(form, part, ready = Promise.resolve()) {
    const typed = new Set();
    let touched = new Set();
    let timer = 0;
    const flush = () => {
      clearTimeout(timer);
      if (!touched.size) return Promise.resolve();
      const addresses = [...touched];
      touched = new Set();
      return ready
        .then(() => store.keep(wave, facts, pairsOf(form, addresses), { part }))
        .then((kept) => (tellOffline(kept), kept));
    };
    form.addEventListener("input", ({ target }) => {
      const address = addressOf(target.name || "");
      if (!address || target.type === "file") return;
      typed.add(address);
      touched.add(address);
      clearTimeout(timer);
      timer = setTimeout(flush, MOMENT);
    });
    addEventListener("pagehide", () => {
      if (touched.size) store.hurry(wave, facts, pairsOf(form, [...touched]), part);
    });
    return { flush, clear: () => (clearTimeout(timer), (touched = new Set())), typed };
  }

  // ---- sending

  let running = null;
  let hasArrived = false; // what was said of it stays, however often the network comes back
  const sync = () => (running ??= send().finally(() => (running = null)));

  async function send() {
    let record = await store.read(wave);
    let answer;
    if (!record) return hasArrived ? undefined : say(isOffline ? "ready" : "");
    if (!isOurs(record)) return say("other");
    still(record);
    let refused = "";
    try {
      const { csrf } = await (await fetch(`${base}sync/`, { cache: "no-store" })).json();
      // Files first, one by one: what is sent at the end has to name them.
      for (const [address, { file, turn }] of Object.entries(record.files ?? {})) {
        const body = new FormData();
        body.set("said", JSON.stringify({ ...facing(record), ...roundsOf(record), shown: [address] }));
        body.set(`a-${address}`, file);
        const answer = await ask(csrf, body);
        if (answer.state !== "kept") return stopped(answer);
        refused = answer.refused ?? refused;
        Object.assign(facts, { code: answer.code, revision: answer.revision });
        record = await store.settled(wave, address, turn, answer);
        if (!record) return done(answer, refused);
      }
      const body = {
        ...facing(record),
        ...roundsOf(record),
        instance: record.instance,
        shown: Object.keys(record.changes).filter((address) => !store.isRound(address)),
        pairs: Object.values(record.changes).flatMap(({ pairs }) => (store.isGone(pairs) ? [] : pairs)),
        send: Boolean(record.sendAt),
      };
      answer = await ask(csrf, JSON.stringify(body));
    } catch {
      return still(record); // no network yet
    }
    if (!["kept", "sent", "incomplete"].includes(answer.state)) return stopped(answer);
    const left = await store.arrived(wave, record.turn, answer);
    Object.assign(facts, { code: answer.code, revision: answer.revision });
    return left ? still(left) : done(answer, refused);
  }

  const facing = ({ code, owner, revision }) => ({ code, owner, revision: revision + 1 });

  /** Rounds of repeated groups that were made or taken away here, by the marks that they were given. */
  function roundsOf({ changes }) {
    const marked = Object.keys(changes).filter(store.isRound);
    const isGone = (address) => store.isGone(changes[address].pairs);
    return { rounds: marked.filter((one) => !isGone(one)), gone: marked.filter(isGone) };
  }

  async function ask(csrf, body) {
    const kind = typeof body === "string" ? { "Content-Type": "application/json" } : {};
    const reply = await fetch(`${base}sync/`, { method: "POST", headers: { "X-CSRFToken": csrf, ...kind }, body });
    return reply.json();
  }

  /** The answer was not what was hoped for: what it means, and what becomes of what waits. */
  async function stopped({ state, revision }) {
    if (state === "stale") {
      // Somebody wrote later, on another phone or in another tab: these changes are made to that.
      await store.seen(wave, revision);
      return send();
    }
    if (state === "closed") await store.forget(wave);
    return say(state);
  }

  /** Nothing waits on the phone any more. */
  function done(answer, refused) {
    hasArrived = true;
    for (const one of document.querySelectorAll("[data-without], [data-part=done]")) one.hidden = true;
    for (const one of box.querySelectorAll("[data-refused]")) one.textContent = refused;
    say(refused ? "file_refused" : answer.state === "kept" ? "arrived" : answer.state);
    if (isOffline || (answer.state !== "kept" && !location.pathname.endsWith("/done/"))) offerPage(answer);
  }

  /** The network is back: the page as the server draws it is one step away. */
  function offerPage({ state }) {
    const link = box.querySelector("[data-go]");
    if (!link) return;
    link.href = state === "kept" ? location.pathname : `${base}${state === "sent" ? "done" : "review"}/`;
    link.parentElement.hidden = false;
  }

  // ---- the pages

  function onSection(form, recovered) {
    for (const one of form.querySelectorAll("[data-phone-only]")) one.hidden = false;
    // Whoever types before the phone has been asked is heard, too, and keeps what was typed.
    const filled = recovered.then(() => store.read(wave)).then((record) => isOurs(record) && fill(form, record, typing.typed));
    const typing = listen(form, Number(form.dataset.section), filled);
    form.addEventListener("submit", () => {
      // The form carries everything itself; where it does not arrive, the worker keeps it.
      if (!navigator.serviceWorker?.controller) return;
      typing.clear();
      store.drop(wave, form.elements.shown.value.split(" "), Object.keys(store.filesOf([...new FormData(form)])));
    });
    return filled;
  }

  for (const button of document.querySelectorAll("button[data-place]")) {
    if (!navigator.geolocation) break;
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        // A hundredth of a degree is about a kilometre; nothing finer leaves the phone.
        for (const [part, value] of [["lat", coords.latitude], ["lon", coords.longitude]]) {
          const field = document.getElementById(`${button.dataset.place}~${part}`);
          field.value = value.toFixed(2);
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
      });
    });
  }

  box.querySelector("[data-do=try]").addEventListener("click", sync);
  box.querySelector("[data-do=delete]").addEventListener("click", async ({ target }) => {
    if (!confirm(target.dataset.sure)) return;
    await store.forget(wave);
    say("");
  });
  addEventListener("online", sync);
  addEventListener("offline", () => store.read(wave).then(tellOffline));
  setInterval(async () => (await store.read(wave)) && sync(), AGAIN);

  const form = document.querySelector("form[data-section]");
  const recovered = store.recover(wave).then(() => {
    if (isOffline) self.asarOffline.start({ wave, base, facts, store, fill, listen, addressOf });
    else store.setFresh(wave, box.dataset.fresh.split(" "));
  });
  (form ? onSection(form, recovered) : recovered).then(sync);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(`${base}sw.js`).catch(() => undefined);
})();
