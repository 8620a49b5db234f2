// Answers on a phone without network, as the server would read and judge them: what was typed becomes a value or a
// fault (rules/shapes.py), and the trees of the questionnaire say what is asked, required and possible.
// It claims nothing that it does not know, and never touches the page.

self.asarAnswers = (() => {
  const { maybe, split, strip, text, truth, unknown, walk, number } = self.asarJudge;
  const LONGEST = 2000; // characters of one open answer
  const DAY = 86_400_000;

  /** One way of writing each letter and line break, and nothing that cannot be stored. */
  const cleaned = (raw) =>
    strip(
      raw
        .replace(/\r\n?/g, "\n")
        .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]/gu, "")
        .normalize("NFC"),
    );

  const wrong = (code) => ({ fault: code });
  const matched = (pattern, code) => (raw) => (pattern.test(raw) ? raw : wrong(code));
  const isDay = (raw) => !Number.isNaN(number(raw));

  function decimal(raw, { bounds }) {
    const found = /^(-?)(\d{1,15})(?:[.,](\d{1,10}))?$/.exec(raw);
    if (!found) return wrong("not_a_number");
    const [, sign, whole, part = ""] = found;
    const plain = [whole.replace(/^0+(?=\d)/, ""), part.replace(/0+$/, "")].filter(Boolean).join(".");
    const shown = plain === "0" ? plain : sign + plain;
    if (!bounds) return shown;
    const scaled = (one) => {
      const [before, after = ""] = one.split(".");
      return BigInt(before + after.padEnd(12, "0"));
    };
    const [start, end, step] = bounds.map(scaled);
    const here = scaled(shown);
    const isInside = (start <= here && here <= end) || (end <= here && here <= start);
    return isInside && (here - start) % step === 0n ? shown : wrong("out_of_range");
  }

  function time(raw) {
    const found = /^(\d\d:\d\d)(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/.exec(raw);
    return found && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(found[1]) ? found[1] : wrong("not_a_time");
  }

  function several(values, { options }) {
    const chosen = values.map((one) => (options.includes(one) ? one : cleaned(one))).filter(Boolean);
    return chosen.every((one) => options.includes(one))
      ? options.filter((one) => chosen.includes(one)).join(" ")
      : wrong("not_offered");
  }

  const SHAPES = {
    text: (raw) => ([...raw].length > LONGEST ? wrong("too_long") : raw),
    integer: (raw) => (/^-?\d{1,9}$/.test(raw) ? text(Number(raw)) : wrong("not_whole")),
    decimal,
    range: decimal,
    date: (raw) => (/^\d{4}-\d\d-\d\d$/.test(raw) && isDay(raw) ? raw : wrong("not_a_date")),
    time,
    datetime: (raw) => (/^\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d$/.test(raw) && isDay(raw) ? raw.replace(" ", "T") : unknown()),
    acknowledge: matched(/^OK$/, "not_offered"),
    select_one: (raw, { options }) => (options.includes(raw) ? raw : wrong("not_offered")),
  };

  /** An answer as it would stand in the form, "" for none, or {fault}. Places, files and orders are not known here. */
  function shaped(node, values) {
    if (node.type === "select_multiple") return several(values, node);
    const raw = cleaned(node.type ? (values.at(-1) ?? "") : values.join(""));
    return raw && (SHAPES[node.type] ?? unknown)(raw, node);
  }

  /** `known(name, address)`: the values typed there, none when it is known that nothing was, undefined otherwise. */
  function make(rules, known, now) {
    const { nodes, lists } = rules;
    let today = "";
    let kept = new Map();
    const cut = (prefix, depth = 0) => prefix.split("/").slice(0, 2 * depth).map((part) => `${part}/`).join("");

    const once = (key, find) => {
      if (!kept.has(key)) kept.set(key, maybe(find));
      return kept.get(key) ?? unknown();
    };
    const isAsked = (name, prefix) =>
      once(`? ${cut(prefix, nodes[name].depth)}${name}`, () => {
        const { in: around, if: tree } = nodes[name];
        const own = () => tree === undefined || holds(tree, name, prefix);
        return around ? both(() => isAsked(around, prefix), own) : own();
      });
    const both = (one, other) => {
      const found = [maybe(one), maybe(other)];
      return found.includes(false) ? false : found.includes(undefined) ? unknown() : true;
    };

    const given = (name, prefix) => known(name, cut(prefix, nodes[name].depth) + name) ?? unknown();
    const answer = (name, prefix) => once(`= ${cut(prefix, nodes[name].depth)}${name}`, () => shaped(nodes[name], given(name, prefix)));

    function textOf(name, prefix) {
      const node = nodes[name];
      const asked = maybe(() => isAsked(name, prefix));
      if (asked === false) return "";
      let found;
      if ("is" in node) {
        found = text(walk(node.is, knows(prefix)));
        if (found === "NaN") found = "";
      } else found = answer(name, prefix);
      if (found?.fault) found = "";
      return found && !asked ? unknown() : found;
    }

    const knows = (prefix, columns = {}) => ({
      text: (name) => textOf(name, prefix),
      counts: (name) => isAsked(name, prefix),
      get today() {
        return today;
      },
      columns,
    });
    const holds = (tree, _name, prefix, columns) => truth(walk(tree, knows(prefix, columns)));

    const isOffered = (name, prefix, value) =>
      holds(nodes[name].filter, name, prefix, { ...lists[nodes[name].list]?.[value], name: value });

    function fault(name, prefix) {
      const node = nodes[name];
      if ("is" in node || !isAsked(name, prefix)) return "";
      const isEmpty = given(name, prefix).every((one) => !cleaned(one));
      if (isEmpty) return node.required !== undefined && holds(node.required, name, prefix) ? "required" : "";
      const value = answer(name, prefix);
      if (value.fault) return value.fault;
      if ("filter" in node && split(value).some((one) => !isOffered(name, prefix, one))) return "not_offered";
      return node.holds === undefined || holds(node.holds, name, prefix) ? "" : "constraint";
    }

    /** What the trees say today, where yesterday and tomorrow say the same: the phone's calendar may be wrong. */
    function agreed(find) {
      const found = (rules.days ? [0, -1, 1] : [0]).map((step) => {
        today = new Date(now().getTime() + step * DAY - now().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
        kept = new Map();
        return maybe(find);
      });
      return found.every((one) => one === found[0]) ? found[0] : undefined;
    }

    return {
      /** Whether a question or group concerns the reader; undefined where that is not known. */
      isAsked: (name, prefix = "") => agreed(() => isAsked(name, prefix)),
      /** The code of what is wrong, "" for nothing, undefined where it is not known. */
      fault: (name, prefix = "") => agreed(() => fault(name, prefix)),
      /** Whether an option is offered now. */
      isOffered: (name, prefix, value) => agreed(() => !("filter" in nodes[name]) || isOffered(name, prefix, value)),
      /** How many rounds a group has whose number the form computes. */
      count: (path, prefix) => agreed(() => Math.max(0, Math.trunc(number(walk(nodes[path].count, knows(prefix)))) || 0)),
      /** The text of a question, for tests. */
      text: (name, prefix = "") => agreed(() => textOf(name, prefix)),
    };
  }

  return { make };
})();
