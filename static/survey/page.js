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

  const waiting = (record) => Object.keys(record.changes).length;

  // ---- what is typed

  const addressOf = (name) => (name.startsWith("a-") ? name.slice(2).split("~")[0] : "");

  function pairsOf(form, addresses) {
    return store.byAddress([...new FormData(form)], addresses);
  }

  function fill(form, record) {
    for (const element of form.elements) {
      const change = record.changes[addressOf(element.name || "")];
      if (!change || element.type === "file") continue;
      const values = change.pairs.filter(([name]) => name === element.name).map(([, value]) => value);
      if (element.type === "radio" || element.type === "checkbox") element.checked = values.includes(element.value);
      else element.value = values[0] ?? "";
    }
  }

  function listen(form) {
    let touched = new Set();
    let timer = 0;
    const flush = () => {
      clearTimeout(timer);
      if (!touched.size) return Promise.resolve();
      const addresses = [...touched];
      touched = new Set();
      return store.keep(wave, facts, pairsOf(form, addresses));
    };
    form.addEventListener("input", ({ target }) => {
      const address = addressOf(target.name || "");
      if (!address || target.type === "file") return;
      touched.add(address);
      clearTimeout(timer);
      timer = setTimeout(flush, MOMENT);
    });
    addEventListener("pagehide", () => {
      if (touched.size) store.hurry(wave, facts, pairsOf(form, [...touched]));
    });
    return { flush, clear: () => (clearTimeout(timer), (touched = new Set())) };
  }

  // ---- sending

  let running = null;
  const sync = () => (running ??= send().finally(() => (running = null)));

  async function send() {
    const record = await store.read(wave);
    if (!record) return say(isOffline ? "ready" : "");
    if (owner && record.owner && owner !== record.owner) return say("other");
    const still = (one) => (waiting(one) ? say("waiting", waiting(one)) : say("queued"));
    still(record);
    let answer;
    try {
      const { csrf } = await (await fetch(`${base}sync/`, { cache: "no-store" })).json();
      const body = {
        code: record.code,
        owner: record.owner,
        instance: record.instance,
        revision: record.revision + 1,
        shown: Object.keys(record.changes),
        pairs: Object.values(record.changes).flatMap(({ pairs }) => pairs),
        send: Boolean(record.sendAt),
      };
      const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
      const reply = await fetch(`${base}sync/`, { method: "POST", headers, body: JSON.stringify(body) });
      answer = await reply.json();
    } catch {
      return still(record); // no network yet
    }
    if (answer.state === "stale") {
      // Somebody wrote later, on another phone or in another tab: these changes are made to that.
      await store.seen(wave, answer.revision);
      return send();
    }
    if (answer.state === "closed") {
      await store.forget(wave);
      return say("closed");
    }
    if (!["kept", "sent", "incomplete"].includes(answer.state)) return say(answer.state);
    const left = await store.arrived(wave, record.turn, answer);
    Object.assign(facts, { code: answer.code, revision: answer.revision });
    if (left) return still(left);
    for (const one of document.querySelectorAll("[data-without], [data-part=done]")) one.hidden = true;
    say(answer.state === "kept" ? "arrived" : answer.state);
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

  async function onSection(form) {
    const record = await store.read(wave);
    const isOurs = record && !(owner && record.owner && owner !== record.owner);
    if (isOurs) fill(form, record);
    const typing = listen(form);
    form.addEventListener("submit", () => {
      // The form carries everything itself; where it does not arrive, the worker keeps it.
      if (!navigator.serviceWorker?.controller) return;
      typing.clear();
      store.drop(wave, form.elements.shown.value.split(" "));
    });
  }

  function offlinePage() {
    const parts = [...document.querySelectorAll("[data-part]")];
    const here = location.pathname.slice(base.length);
    const number = Number(/^answer\/([0-9]+)\//.exec(here)?.[1]) || 0;
    const name = number ? String(number) : here.startsWith("done") ? "done" : here.startsWith("review") ? "review" : "1";
    for (const part of parts) part.hidden = part.dataset.part !== name;
    const part = parts.find(({ hidden }) => !hidden);
    const form = part?.querySelector("form");
    if (!form) return;
    const at = Number(name);
    const last = parts.filter(({ dataset }) => Number(dataset.part)).length;
    const typing = at ? listen(form) : null;
    if (at) store.read(wave).then((record) => record && fill(form, record));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (at) await typing.flush();
      else await store.keep(wave, facts, {}, { send: true });
      const isBack = event.submitter?.value === "back";
      const next = at + (isBack ? -1 : 1);
      location.href = !at ? `${base}done/` : !next ? base : next > last ? `${base}review/` : `${base}answer/${next}/`;
    });
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
  box.querySelector("[data-do=delete]").addEventListener("click", async () => {
    await store.forget(wave);
    say("");
  });
  addEventListener("online", sync);
  setInterval(async () => (await store.read(wave)) && sync(), AGAIN);

  const form = document.querySelector("form[data-section]");
  store.recover(wave).then(() => {
    if (isOffline) offlinePage();
    return form ? onSection(form).then(sync) : sync();
  });
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(`${base}sw.js`).catch(() => undefined);
})();
