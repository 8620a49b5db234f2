// Rounds of a repeated group on the page that a phone keeps: each is made of the group's pattern, in which `@` stands
// where the round's own mark comes. What lies on the phone is kept elsewhere (store.js).

self.asarRounds = (() => {
  const MOST = 100; // of one group, as on the server
  const ATTRIBUTES = ["id", "name", "for", "aria-describedby", "aria-labelledby", "data-round", "data-repeat", "data-place"];

  const mark = () => `+${[...crypto.getRandomValues(new Uint8Array(8))].map((one) => one.toString(36).padStart(2, "0")).join("")}`;

  /** Put a mark where the outermost `@` stands, in patterns of inner groups too. */
  function place(root, number) {
    for (const element of root.querySelectorAll("*")) {
      for (const name of ATTRIBUTES) {
        const said = element.getAttribute(name);
        const placed = said?.split(" ").map((one) => one.replace("/@", `/${number}`));
        if (placed) element.setAttribute(name, placed.join(" "));
      }
      if (element.tagName === "TEMPLATE") place(element.content, number);
    }
  }

  const of = (repeat) => [...repeat.querySelectorAll(":scope > [data-round]")];
  const repeatAt = (address) => document.querySelector(`[data-repeat="${address}"]`);
  const roundAt = (address) => document.querySelector(`[data-round="${address}"]`);

  function count(repeat) {
    for (const [index, round] of of(repeat).entries()) {
      const own = (one) => one.closest("[data-round]") === round;
      for (const one of [...round.querySelectorAll("[data-number]")].filter(own)) one.textContent = index + 1;
    }
    const adds = repeat.querySelector(":scope > .actions > [data-add]");
    if (adds) adds.hidden = of(repeat).length >= MOST;
  }

  /** The round of that mark or number, made where it is not there yet; undefined where the page has no such group. */
  function ensure(address) {
    const there = roundAt(address);
    const at = address.lastIndexOf("/");
    const repeat = repeatAt(address.slice(0, at));
    const pattern = repeat?.querySelector(":scope > template");
    if (there || !pattern) return there ?? undefined;
    const made = pattern.content.cloneNode(true);
    place(made, address.slice(at + 1));
    pattern.before(made);
    // What arrived before cannot be taken away here: the phone knows it by its number only.
    const removes = roundAt(address).querySelector(":scope > [data-removes]");
    if (removes) removes.hidden = !address.slice(at + 1).startsWith("+");
    count(repeat);
    return roundAt(address);
  }

  /** Every round that an address passes through. */
  const around = (address) => {
    const parts = address.split("/");
    return parts.flatMap((_part, index) => (index % 2 ? [parts.slice(0, index + 1).join("/")] : []));
  };

  /** As many rounds as the form computes; undefined: it is not known how many. */
  function fix(repeat, number) {
    repeat.querySelector("[data-uncounted]").hidden = number !== undefined;
    for (const [index, round] of of(repeat).entries()) if (index >= (number ?? Infinity)) round.remove();
    for (let index = 0; index < Math.min(number ?? 0, MOST); index += 1) ensure(`${repeat.dataset.repeat}/${index}`);
  }

  function remove(address) {
    const round = roundAt(address);
    const repeat = round?.parentElement;
    round?.remove();
    if (repeat) count(repeat);
  }

  return { around, ensure, fix, mark, remove };
})();
