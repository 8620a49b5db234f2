// The page that a phone keeps of a survey, section by section: it asks what concerns the reader, makes rounds of
// repeated groups, and says beside a question what is wrong with an answer before it is sent. What it does not know, it
// does not say: the server judges everything once more when it arrives.

self.asarOffline = (() => {
  const rounds = self.asarRounds;

  /** `phone`: what page.js knows (wave, base, facts) and does (fill, listen, addressOf). */
  function start(phone) {
    const { wave, base, facts, store } = phone;
    const parts = [...document.querySelectorAll("[data-part]")];
    const here = location.pathname.slice(base.length);
    const number = Number(/^answer\/([0-9]+)\//.exec(here)?.[1]) || 0;
    const name = number ? String(number) : here.startsWith("done") ? "done" : here.startsWith("review") ? "review" : "1";
    for (const one of parts) one.hidden = one.dataset.part !== name;
    const part = parts.find(({ hidden }) => !hidden);
    for (const one of document.querySelectorAll("[data-typing]")) one.hidden = name === "done"; // nothing is typed there
    const form = part?.querySelector("form");
    const at = Number(name) || 0;
    if (!form) return;

    const told = document.getElementById("rules").dataset;
    const rules = told.rules ? JSON.parse(told.rules) : null;
    const { changes, files, judge } = mind(rules, store.fresh(wave));
    const typing = at ? phone.listen(form, at) : null;
    const page = draw(rules, judge, told.error);

    const take = (record) => {
      for (const [address, { pairs }] of Object.entries(record?.changes ?? {})) changes[address] = pairs;
      for (const address of Object.keys(record?.files ?? {})) files[address] = true;
      const gone = Object.keys(changes).filter((address) => store.isGone(changes[address]));
      const places = [...Object.keys(changes), ...Object.keys(files)].flatMap(rounds.around);
      for (const one of places) if (!gone.some((round) => `${one}/`.startsWith(`${round}/`))) rounds.ensure(one);
    };
    const numbered = parts.filter(({ dataset }) => Number(dataset.part));
    const after = (from, step) => {
      let next = from + step;
      while (numbered[next - 1] && page.isEmpty(numbered[next - 1])) next += step;
      return next > numbered.length ? `${base}review/` : next < 1 ? base : `${base}answer/${next}/`;
    };

    store.read(wave).then((record) => {
      take(record);
      page.settle(parts);
      for (const one of numbered) if (record) phone.fill(one.querySelector("form"), record);
      if (at && page.isEmpty(part)) location.replace(after(at, 1));
    });

    form.addEventListener("input", ({ target }) => {
      const address = phone.addressOf(target.name || "");
      if (!address) return;
      if (target.type === "file") files[address] = target.files.length > 0;
      else changes[address] = store.byAddress([...new FormData(form)], [address])[address];
      page.settle(parts);
      page.clear(target);
    });
    form.addEventListener("change", ({ target }) => page.sayBeside(target));

    form.addEventListener("click", async ({ target }) => {
      const adds = target.closest("[data-add]");
      const removes = target.closest("[data-remove]");
      if (!adds && !removes) return;
      await typing.flush();
      if (adds) {
        const address = `${adds.closest("[data-repeat]").dataset.repeat}/${rounds.mark()}`;
        changes[address] = [];
        await store.keep(wave, facts, { [address]: [] }, { part: at });
        rounds.ensure(address).focus();
      } else {
        const round = removes.closest("[data-round]");
        const repeat = round.parentElement;
        const address = round.dataset.round;
        for (const one of [...Object.keys(changes), ...Object.keys(files)]) {
          if (one.startsWith(`${address}/`)) delete changes[one], delete files[one];
        }
        await store.removeRound(wave, facts, address, at);
        changes[address] = store.GONE;
        rounds.remove(address);
        repeat.focus();
      }
      page.settle(parts);
    });

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const step = event.submitter?.value === "back" ? -1 : 1;
      if (at) await typing.flush();
      const wrong = step < 0 ? [] : page.faults(at ? [part] : numbered);
      const chosen = at ? store.filesOf([...new FormData(form)]) : {};
      if (Object.keys(chosen).length) await store.keep(wave, facts, {}, { files: chosen, part: at });
      if (wrong.length) return page.summarise(part, wrong, at ? "" : base);
      if (!at) await store.keep(wave, facts, {}, { send: true });
      location.href = at ? after(at, step) : `${base}done/`;
    });
  }

  /** What is known of the answers: those that lie on this phone, and that nothing was said where nobody has begun. */
  function mind(rules, fresh) {
    const changes = {};
    const files = {};
    const silent = { isAsked: () => undefined, fault: () => undefined, isOffered: () => undefined, count: () => undefined };
    if (!rules) return { changes, files, judge: silent };
    const partOf = new Map(rules.parts.flatMap((names, index) => names.map((one) => [one, String(index + 1)])));
    const known = (name, address) => {
      if (files[address]) return ["file"];
      if (changes[address]) return changes[address].map(([, value]) => value);
      const round = address.slice(0, Math.max(0, address.lastIndexOf("/")));
      return changes[round] || fresh.includes(partOf.get(name)) ? [] : undefined;
    };
    return { changes, files, judge: self.asarAnswers.make(rules, known, () => new Date()) };
  }

  /** Drawing what the judge says. */
  function draw(rules, judge, error) {
    const prefixOf = (element) => (element.closest("[data-round]") ? `${element.closest("[data-round]").dataset.round}/` : "");
    const controls = (address) => [...document.querySelectorAll(`[name="a-${address}"], [name^="a-${address}~"]`)];
    const boxOf = (address) => controls(address)[0]?.closest(".matrix-row, .field");
    const within = (part) => [...part.querySelectorAll("[data-block]")];
    const namesOf = (block) => block.dataset.block.split(" ");

    function asked(element, found) {
      element.hidden = found.length > 0 && found.every((one) => one === false);
      const words = element.querySelector(":scope > [data-only]");
      if (words) words.hidden = found.every((one) => one === true);
    }

    function settle(parts) {
      for (const part of parts) {
        for (const repeat of part.querySelectorAll("[data-repeat]")) {
          const address = repeat.dataset.repeat;
          asked(repeat, [judge.isAsked(repeat.dataset.path, `${address}/+/`)]);
          if ("fixed" in repeat.dataset) rounds.fix(repeat, judge.count(repeat.dataset.path, `${address}/+/`));
        }
        for (const block of within(part)) {
          const prefix = prefixOf(block);
          const names = namesOf(block);
          const found = names.map((name) => judge.isAsked(name, prefix));
          asked(block, found);
          for (const [index, name] of names.entries()) {
            const box = names.length > 1 && boxOf(prefix + name);
            if (box) box.hidden = found[index] === false;
            if (rules?.nodes[name].filter) offer(name, prefix);
          }
        }
      }
    }

    function offer(name, prefix) {
      for (const control of controls(prefix + name)) {
        for (const one of control.tagName === "SELECT" ? control.options : [control]) {
          const isOut = one.value && judge.isOffered(name, prefix, one.value) === false;
          (one.tagName === "OPTION" ? one : one.closest("label")).hidden = Boolean(isOut && !(one.checked || one.selected));
        }
      }
    }

    const isEmpty = (part) => {
      const inside = [...part.querySelectorAll("[data-block], [data-repeat]")];
      return inside.length > 0 && inside.every((one) => one.closest("[hidden]:not([data-part])"));
    };

    function words(name, code) {
      const { asks, says, bounds } = rules.nodes[name];
      const own = { required: asks, constraint: says }[code];
      const limit = code === "out_of_range" ? bounds.slice(0, 2).join("–") : "2000";
      return own ?? rules.faults[code].replace("{limit}", limit);
    }

    function mark(address, said) {
      const box = boxOf(address);
      if (!box) return;
      const id = `id_a-${address}_error`;
      document.getElementById(id)?.remove();
      const speaks = box.matches("fieldset, [role]") ? box : controls(address)[0];
      const described = (speaks.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
      box.classList.toggle("wrong", Boolean(said));
      if (said) {
        const unseen = Object.assign(document.createElement("span"), { className: "unseen", textContent: error });
        const line = document.createElement("p");
        line.append(unseen, ` ${said}`);
        const shown = Object.assign(document.createElement("div"), { className: "error", id });
        shown.append(line);
        const label = box.querySelector(":scope > .hint, :scope > .matrix-label") ?? box.querySelector(":scope > legend, :scope > label:not(.choice)");
        if (label?.matches(".matrix-label")) label.append(shown);
        else if (label) label.after(shown);
        else box.prepend(shown);
        described.push(id);
      }
      if (described.length) speaks.setAttribute("aria-describedby", described.join(" "));
      else speaks.removeAttribute("aria-describedby");
      if (speaks !== box) speaks[said ? "setAttribute" : "removeAttribute"]("aria-invalid", "true");
    }

    const placeOf = (target) => {
      const address = target.name?.startsWith("a-") ? target.name.slice(2).split("~")[0] : "";
      return { address, name: address.split("/").at(-1), prefix: address.slice(0, address.lastIndexOf("/") + 1) };
    };

    /** What is wrong with an answer that was just given. That one is missing is said at the end of the section. */
    function sayBeside(target) {
      const { address, name, prefix } = placeOf(target);
      const code = address && judge.fault(name, prefix);
      if (address) mark(address, code && code !== "required" ? words(name, code) : "");
    }

    function clear(target) {
      const { address, name, prefix } = placeOf(target);
      if (boxOf(address)?.matches(".wrong") && !judge.fault(name, prefix)) mark(address, "");
    }

    function faults(parts) {
      return parts.flatMap((part) =>
        within(part).flatMap((block) =>
          namesOf(block).flatMap((name) => {
            const prefix = prefixOf(block);
            const code = judge.fault(name, prefix);
            mark(prefix + name, code ? words(name, code) : "");
            return code ? [{ part, address: prefix + name, said: words(name, code) }] : [];
          }),
        ),
      );
    }

    function summarise(part, wrong, base) {
      const list = wrong.map(({ part: where, address, said }) => {
        const box = boxOf(address);
        const label = box.querySelector("legend, .matrix-label > span, label").cloneNode(true);
        for (const one of label.querySelectorAll(".optional")) one.remove();
        const round = box.closest("[data-round]")?.querySelector("legend").textContent.trim();
        const link = document.createElement("a");
        link.href = base ? `${base}answer/${where.dataset.part}/` : `#${controls(address)[0].id}`;
        link.textContent = `${round ? `${round}: ` : ""}${label.textContent.trim()} ${said}`;
        const line = document.createElement("li");
        line.append(link);
        return line;
      });
      const summary = part.querySelector("[data-summary]");
      const lines = document.createElement("ul");
      lines.append(...list);
      summary.querySelector("ul")?.remove();
      summary.append(lines);
      summary.hidden = false;
      summary.focus();
    }

    return { clear, faults, isEmpty, sayBeside, settle, summarise };
  }

  return { start };
})();
