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

  const waiting = (record) => store.count(record);

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
    let record = await store.read(wave);
    let answer;
    if (!record) return say(isOffline ? "ready" : "");
    if (owner && record.owner && owner !== record.owner) return say("other");
    const still = (one) => (waiting(one) ? say("waiting", waiting(one)) : say("queued"));
    still(record);
    let refused = "";
    try {
      const { csrf } = await (await fetch(`${base}sync/`, { cache: "no-store" })).json();
      // Files first, one by one: what is sent at the end has to name them.
      for (const [address, { file, turn }] of Object.entries(record.files ?? {})) {
        const body = new FormData();
        body.set("said", JSON.stringify({ ...facing(record), shown: [address] }));
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
        instance: record.instance,
        shown: Object.keys(record.changes),
        pairs: Object.values(record.changes).flatMap(({ pairs }) => pairs),
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

  async function onSection(form) {
    for (const one of form.querySelectorAll("[data-phone-only]")) one.hidden = false;
    const record = await store.read(wave);
    const isOurs = record && !(owner && record.owner && owner !== record.owner);
    if (isOurs) fill(form, record);
    const typing = listen(form);
    form.addEventListener("submit", () => {
      // The form carries everything itself; where it does not arrive, the worker keeps it.
      if (!navigator.serviceWorker?.controller) return;
      typing.clear();
      store.drop(wave, form.elements.shown.value.split(" "), Object.keys(store.filesOf([...new FormData(form)])));
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
    const typing = at ? listen(form) : null;
    const told = concerns(parts);
    form.addEventListener("input", ({ target }) => {
      const address = addressOf(target.name || "");
      if (address) told.learn(pairsOf(form, [address]));
    });
    store.read(wave).then((record) => {
      if (record && at) fill(form, record);
      told.learn(Object.fromEntries(Object.entries(record?.changes ?? {}).map(([name, { pairs }]) => [name, pairs])));
      if (at && told.isEmpty(part)) location.replace(after(at, 1));
    });
    const after = (number, step) => {
      const next = told.next(number, step);
      return !next ? base : next === "review" ? `${base}review/` : `${base}answer/${next}/`;
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const files = store.filesOf([...new FormData(form)]);
      if (at) await typing.flush();
      if (!at || Object.keys(files).length) await store.keep(wave, facts, {}, { send: !at, files });
      location.href = at ? after(at, event.submitter?.value === "back" ? -1 : 1) : `${base}done/`;
    });
  }

  /** Which questions concern the reader, as far as the answers that lie on this phone tell. Others stay, with the words
   *  that say whom they are for: the phone does not know what arrived before. */
  function concerns(parts) {
    const known = new Map();
    const blocks = [...document.querySelectorAll("[data-block]")];
    const namesIn = (block) => [...block.querySelectorAll("[name]")].map(({ name }) => addressOf(name));

    function judge() {
      const out = new Set();
      for (const block of blocks) {
        const asked = JSON.parse(block.dataset.asked || "[]");
        const holds = asked.map(({ of, is, not }) => {
          const picked = out.has(of) ? [] : known.get(of);
          return picked && is.some((one) => picked.includes(one)) !== not;
        });
        block.hidden = holds.includes(false);
        if (block.hidden) namesIn(block).forEach((name) => out.add(name));
        const words = block.querySelector(":scope > [data-only]");
        if (words) words.hidden = holds.every((one) => one === true);
      }
    }

    const isEmpty = (part) => {
      const inside = [...part.querySelectorAll("[data-block]")];
      return inside.length > 0 && inside.every(({ hidden }) => hidden);
    };

    return {
      isEmpty,
      /** Answers by address, as the pairs of a form. */
      learn(pairs) {
        for (const [name, found] of Object.entries(pairs)) known.set(name, found.map(([, value]) => value));
        judge();
      },
      /** The next section with something in it, "review" behind the last one, 0 before the first. */
      next(at, step) {
        const numbered = parts.filter(({ dataset }) => Number(dataset.part));
        let number = at + step;
        while (numbered[number - 1] && isEmpty(numbered[number - 1])) number += step;
        return number > numbered.length ? "review" : number;
      },
    };
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
