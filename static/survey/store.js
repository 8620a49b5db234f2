// What lies on the phone: answers that have not arrived yet, one record for each survey, in IndexedDB. Read by pages and
// by the service worker. A record goes when its answers have arrived, when somebody asks for it, or at closing.
// Nothing here knows a question or judges an answer: it keeps the pairs that a form would send.

self.asarStore = (() => {
  // Opened once: a page that is left has no time to open anything.
  let opened = null;
  const open = () =>
    (opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open("asar-survey", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("waves", { keyPath: "wave" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => ((opened = null), reject(asked.error));
    }));

  /** Read, change and write one record in one transaction, so that tabs and the worker take turns. */
  async function change(wave, make) {
    const base = await open();
    return new Promise((resolve, reject) => {
      const turn = base.transaction("waves", "readwrite");
      const records = turn.objectStore("waves");
      let made;
      const asked = records.get(wave);
      asked.onsuccess = () => {
        made = make(asked.result);
        if (made) records.put(made);
        else records.delete(wave);
      };
      turn.oncomplete = () => resolve(made);
      turn.onerror = turn.onabort = () => reject(turn.error);
    });
  }

  const read = (wave) => change(wave, (record) => record);
  const forget = (wave) => {
    for (const one of [corner(wave), freshly(wave)]) localStorage.removeItem(one);
    return change(wave, () => undefined);
  };
  const fresh = (wave) => ({ wave, owner: "", code: "", revision: 0, instance: "", turn: 0, changes: {}, files: {}, sendAt: 0 });
  const corner = (wave) => `asar-survey|${wave}`;
  const freshly = (wave) => `asar-survey|${wave}|fresh`;
  // A round of a repeated group that was made here is a change by itself, and so is its end.
  const GONE = [["gone", ""]];
  const isRound = (address) => /\/\+\w+$/.test(address);
  const isGone = (pairs) => pairs[0]?.[0] === "gone";
  const count = (record) =>
    Object.keys(record.changes).filter((address) => !isRound(address)).length + Object.keys(record.files ?? {}).length;
  /** How many of them say something: questions that were left empty travel along, and one that was emptied is a change. */
  const answered = ({ changes, files }) =>
    Object.values(changes).filter(({ pairs }) => !isGone(pairs) && pairs.some(([, value]) => value)).length +
      Object.keys(files ?? {}).length || 1;
  const isEmpty = (record) => !record.sendAt && !Object.keys(record.changes).length && !count(record);

  /** Pairs of a form by the address of their question; the address is what stands between `a-` and `~`. */
  function byAddress(pairs, addresses) {
    const found = Object.fromEntries(addresses.map((address) => [address, []]));
    for (const [name, value] of pairs) {
      const address = name.startsWith("a-") ? name.slice(2).split("~")[0] : "";
      if (typeof value === "string" && found[address]) found[address].push([name, value]);
    }
    return found;
  }

  /** Add changes to what waits. `facts` (owner, code, revision) are those of the page on which they were made, `part`
   *  is the number of its section. */
  const keep = (wave, facts, changes, { send = false, files = {}, part = 0 } = {}) =>
    change(wave, (record) => {
      const kept = record ?? { ...fresh(wave), ...facts };
      // Somebody else's answers wait on this phone: nobody's are mixed with them.
      if (record && facts.owner && record.owner && record.owner !== facts.owner) return record;
      kept.turn += 1;
      for (const [address, pairs] of Object.entries(changes)) kept.changes[address] = { pairs, turn: kept.turn, part };
      kept.files ??= {};
      for (const [address, file] of Object.entries(files)) kept.files[address] = { file, turn: kept.turn };
      kept.owner ||= facts.owner || "";
      kept.code ||= facts.code || "";
      kept.revision = Math.max(kept.revision, facts.revision || 0);
      if (send) kept.sendAt = kept.turn;
      if (send) kept.instance = [...crypto.getRandomValues(new Uint8Array(16))].join("-");
      return isEmpty(kept) ? undefined : kept;
    });

  /** Files that were chosen in a form, by the address of their question. */
  const filesOf = (pairs) =>
    Object.fromEntries(
      pairs.filter(([name, one]) => name.startsWith("a-") && one instanceof File && one.size).map(([name, one]) => [name.slice(2), one]),
    );

  /** What a page has sent by itself need not wait any more; `chosen` are the addresses of files that it carries. */
  const drop = (wave, addresses, chosen = []) =>
    change(wave, (record) => {
      if (!record) return undefined;
      for (const address of addresses) delete record.changes[address];
      for (const address of chosen) delete record.files?.[address];
      return isEmpty(record) ? undefined : record;
    });

  /** A round that was made here is taken away again, with all that was typed in it. */
  const removeRound = (wave, facts, round, part) =>
    change(wave, (record) => {
      const kept = record ?? { ...fresh(wave), ...facts };
      for (const all of [kept.changes, kept.files ?? {}]) {
        for (const address of Object.keys(all)) if (address.startsWith(`${round}/`)) delete all[address];
      }
      kept.turn += 1;
      // It may be on its way already, so that it is gone has to be sent too.
      kept.changes[round] = { pairs: GONE, turn: kept.turn, part };
      return kept;
    });

  /** Everything up to a turn has arrived; what was typed meanwhile stays. */
  const arrived = (wave, turn, { code, revision }) =>
    change(wave, (record) => {
      if (!record) return undefined;
      const came = Object.entries(record.changes).filter(([, one]) => one.turn <= turn);
      for (const [address] of came) delete record.changes[address];
      setFresh(wave, freshOf(wave).filter((part) => !came.some(([, one]) => String(one.part) === part)));
      if (record.sendAt <= turn) record.sendAt = 0;
      return isEmpty(record) ? undefined : { ...record, code, revision };
    });

  /** A file has arrived or was refused; another one that was chosen meanwhile stays. */
  const settled = (wave, address, turn, { code, revision }) =>
    change(wave, (record) => {
      if (!record) return undefined;
      if (record.files[address]?.turn === turn) delete record.files[address];
      return isEmpty(record) ? undefined : { ...record, code, revision };
    });

  // The numbers of the sections of which nothing had arrived: where nothing was typed either, something is missing.
  // Nothing else stays on the phone of what has arrived.
  const freshOf = (wave) => (localStorage.getItem(freshly(wave)) ?? "").split(" ").filter(Boolean);
  const setFresh = (wave, parts) => localStorage.setItem(freshly(wave), parts.join(" "));

  // A page that is left may not wait for a transaction. What was typed in its last moment lies in a corner that is
  // written at once, behind what other pages left there, until the next page of the survey takes it in.
  const cornered = (wave) => JSON.parse(localStorage.getItem(corner(wave)) ?? "[]");
  const putInCorner = (wave, all) => localStorage.setItem(corner(wave), JSON.stringify(all));
  const hurry = (wave, facts, changes, part) => putInCorner(wave, [...cornered(wave), { facts, changes, part }]);
  async function takeIn(wave) {
    const found = cornered(wave);
    for (const { facts, changes, part } of found) await keep(wave, facts, changes, { part });
    if (found.length) putInCorner(wave, cornered(wave).slice(found.length));
  }
  /** Two tabs take turns, or one would clear away what the other has not read yet. */
  const recover = (wave) => (navigator.locks ? navigator.locks.request(corner(wave), () => takeIn(wave)) : takeIn(wave));

  const seen = (wave, revision) => change(wave, (record) => record && { ...record, revision });

  return {
    GONE,
    answered,
    arrived,
    byAddress,
    count,
    drop,
    filesOf,
    forget,
    fresh: freshOf,
    hurry,
    isGone,
    isRound,
    keep,
    read,
    recover,
    removeRound,
    seen,
    setFresh,
    settled,
  };
})();
