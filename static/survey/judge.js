// What a phone without network may say about answers: it walks the trees that the server made of a questionnaire's
// conditions, with the same meaning. What it does not know it does not judge: the server does, when the answers arrive.
// Nothing here reads a page or keeps an answer.

self.asarJudge = (() => {
  const UNKNOWN = Symbol("not known on this phone");
  const BLANK = "[\\t-\\r \\x1c-\\x1f\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
  const strip = (text) => text.replace(new RegExp(`^${BLANK}|${BLANK}$`, "gu"), "");
  const split = (text) => text.split(new RegExp(BLANK, "u")).filter(Boolean);
  const MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;
  const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/;
  const unknown = () => {
    throw UNKNOWN;
  };

  // ---- texts, numbers and truths as XPath makes them of each other (rules/atoms.py)

  function text(value) {
    if (typeof value !== "number") return String(value);
    if (!Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) < 2 ** 53)) return String(value + 0);
    const [digits, power] = value.toExponential().split("e");
    if (power >= -4 && power < 16) return String(value);
    return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }

  function number(value) {
    if (typeof value !== "string") return Number(value);
    const said = strip(value);
    if (/^-?(?:\d+(?:\.\d*)?|\.\d+)$/.test(said)) return Number(said);
    const time = TIME.exec(said);
    if (time) return (time[1] * 3600 + time[2] * 60 + Number(time[3] ?? 0)) / 86400;
    return /^\d{4}-\d\d-\d\d(?:$|[T ])/.test(said) ? days(said) : NaN;
  }

  function days(said) {
    const [, year, month, day, hours = 0, minutes = 0, seconds = 0, more = 0] = MOMENT.exec(said) ?? unknown();
    const at = new Date(0);
    at.setUTCFullYear(year, month - 1, day);
    if (Number(year) === 0 || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== Number(day)) return NaN;
    if (hours > 23 || minutes > 59 || seconds > 59) unknown();
    return (at.getTime() + ((hours * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(more)) / 86400000;
  }

  const truth = (value) => (typeof value === "number" ? value !== 0 && !Number.isNaN(value) : Boolean(value));
  const letters = (value) => [...text(value)];

  function equal(one, other) {
    if (typeof one === "boolean" || typeof other === "boolean") return truth(one) === truth(other);
    return typeof one === "string" && typeof other === "string" ? one === other : number(one) === number(other);
  }

  function round(value, digits) {
    if (!Number.isFinite(value) || !Number.isFinite(digits)) return value;
    const scale = Number(`1e${Math.max(-15, Math.min(15, Math.trunc(digits)))}`);
    return Math.floor(value * scale + 0.5) / scale;
  }

  function extreme(choose, values) {
    const numbers = values.map(number);
    return numbers.length && !numbers.some(Number.isNaN) ? choose(...numbers) : NaN;
  }

  const CALLS = {
    "=": equal,
    "!=": (one, other) => !equal(one, other),
    "<": (one, other) => number(one) < number(other),
    "<=": (one, other) => number(one) <= number(other),
    ">": (one, other) => number(one) > number(other),
    ">=": (one, other) => number(one) >= number(other),
    "+": (one, other) => number(one) + number(other),
    "-": (one, other) => number(one) - number(other),
    "*": (one, other) => number(one) * number(other),
    div: (one, other) => number(one) / number(other),
    mod: (one, other) => number(one) % number(other),
    neg: (one) => -number(one),
    true: () => true,
    false: () => false,
    not: (one) => !truth(one),
    boolean: truth,
    "boolean-from-string": (one) => ["true", "1"].includes(text(one).toLowerCase()),
    coalesce: (...all) => all.map(text).find(Boolean) ?? "",
    selected: (one, value) => split(text(one)).includes(strip(text(value))),
    "selected-at": (one, at) => (number(at) >= 0 && split(text(one))[Math.trunc(number(at))]) || "",
    "count-selected": (one) => split(text(one)).length,
    regex: (one, pattern) => new RegExp(`^(?:${pattern})$`, "u").test(text(one)),
    string: text,
    once: text,
    "string-length": (one) => letters(one).length,
    substr: (one, ...ends) => {
      const bounds = ends.map(number);
      return bounds.every(Number.isFinite) ? letters(one).slice(...bounds).join("") : "";
    },
    contains: (one, part) => text(one).includes(text(part)),
    "starts-with": (one, part) => text(one).startsWith(text(part)),
    "ends-with": (one, part) => text(one).endsWith(text(part)),
    "substring-before": (one, part) => text(one).slice(0, Math.max(0, text(one).indexOf(text(part)))),
    "substring-after": (one, part) => {
      const at = text(one).indexOf(text(part));
      return at < 0 ? "" : text(one).slice(at + text(part).length);
    },
    "normalize-space": (one) => split(text(one)).join(" "),
    concat: (...all) => all.map(text).join(""),
    number,
    int: (one) => (Number.isFinite(number(one)) ? Math.trunc(number(one)) + 0 : NaN),
    round: (one, digits = 0) => round(number(one), number(digits)),
    abs: (one) => Math.abs(number(one)),
    sqrt: (one) => Math.sqrt(number(one)),
    min: (...all) => extreme(Math.min, all),
    max: (...all) => extreme(Math.max, all),
    sum: (...all) => all.reduce((sum, one) => sum + number(one), 0),
    "count-non-empty": (...all) => all.filter((one) => text(one)).length,
    "decimal-date-time": number,
  };
  const OF_NODES = ["concat", "min", "max", "sum", "count-non-empty"]; // a question that is not asked is none of them

  /** The value of a tree. `knows`: `text` and `counts` of a question by name, `today`, the `columns` of an option. */
  function walk(tree, knows) {
    if (tree === null) unknown();
    if (!Array.isArray(tree)) return tree;
    const [name, ...parts] = tree;
    const whole = (part) => truth(walk(part, knows));
    switch (name) {
      case "$":
        return knows.text(parts[0]);
      case "@":
        return knows.columns[parts[0]] ?? "";
      case "today":
        return knows.today;
      case "if":
        return walk(whole(parts[0]) ? parts[1] : parts[2], knows);
      case "and":
      case "or": {
        // One that decides is enough, although the other is not known.
        const found = parts.map((part) => maybe(() => whole(part)));
        if (found.includes(name === "or")) return name === "or";
        return found.includes(undefined) ? unknown() : name === "and";
      }
    }
    const counted = OF_NODES.includes(name) ? parts.filter((part) => part?.[0] !== "$" || knows.counts(part[1])) : parts;
    return CALLS[name](...counted.map((part) => walk(part, knows)));
  }

  /** What is found, undefined where something that it needs is not known. */
  function maybe(find) {
    try {
      return find();
    } catch (thrown) {
      if (thrown !== UNKNOWN) throw thrown;
      return undefined;
    }
  }

  return { maybe, number, split, strip, text, truth, unknown, walk };
})();
