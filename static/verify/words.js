// What was found, in the reader's language. All sentences stand in the page (<template id="words">), so that they
// are translated with everything else; here they only get their gaps filled. Everything is put in as text, never HTML.

const NBSP = "\u00a0";
const SYMBOLS = { KZT: "₸", EUR: "€", USD: "$", RUB: "₽", GBP: "£" };
const HOURS_OF_KAZAKHSTAN = 5;

const sentences = new Map();
for (const one of document.getElementById("words").content.querySelectorAll("[data-say]")) {
  sentences.set(one.dataset.say, one.textContent.trim());
}

/** A sentence by its name, its `{gaps}` filled; `otherwise` where the page has no such sentence. */
export function say(name, facts = {}, otherwise = name) {
  const sentence = sentences.get(name) ?? otherwise;
  return sentence.replace(/\{(\w+)\}/g, (gap, fact) => facts[fact] ?? gap);
}

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, NBSP);
export const number = (value) => grouped(String(value));

/** `12 500 ₸` of minor units, as everywhere on the site. */
export function money(minor, currency) {
  const digits = String(Math.abs(minor)).padStart(3, "0");
  const [whole, rest] = [digits.slice(0, -2), digits.slice(-2)];
  const text = grouped(whole) + (rest === "00" ? "" : `,${rest}`);
  return `${minor < 0 ? "\u2212" : ""}${text}${NBSP}${SYMBOLS[currency] ?? currency}`;
}

/** A day written out, of `2026-11-22`. */
export function day(text) {
  const [year, month, date] = text.split("-");
  return say(`month:${Number(month)}`, { day: String(Number(date)), year }, text);
}

/** A moment of the log (UTC) or seconds since 1970, in Kazakhstan's time. */
export function moment(value) {
  const time = typeof value === "number" ? value * 1000 : Date.parse(value);
  if (!Number.isFinite(time)) return String(value);
  const there = new Date(time + HOURS_OF_KAZAKHSTAN * 3600_000).toISOString();
  return `${day(there.slice(0, 10))}, ${there.slice(11, 16)}`;
}

function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function facts(rows) {
  const list = made("dl", { class: "facts" });
  for (const [term, value, note] of rows) {
    const dd = made("dd", {}, value);
    if (note) dd.append(made("span", { class: "note" }, note));
    list.append(made("div", {}, made("dt", {}, term), dd));
  }
  return list;
}

function ledgerRows(entry) {
  const lines = Array.isArray(entry.entries) ? entry.entries : [];
  const sums = new Map();
  for (const { amount, currency } of lines) {
    if (amount > 0) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  const rows = [
    [say("word:sum"), [...sums].map(([currency, sum]) => money(sum, currency)).join(" · ")],
    [say("word:date"), day(String(entry.date))],
    [say("word:number"), number(entry.seq)],
  ];
  if (entry.memo) rows.push([say("word:memo"), String(entry.memo)]);
  if (entry.reverses) rows.push([say("word:reverses"), number(entry.reverses)]);
  return rows;
}

function ledgerTable(entry) {
  const body = made("tbody");
  for (const { account, amount, currency, after } of entry.entries) {
    const cell = (name, text) => made("td", { class: "num", "data-label": say(name) }, text);
    body.append(
      made(
        "tr",
        {},
        made("th", { scope: "row" }, say(`account:${account}`, {}, account)),
        cell("word:debit", amount > 0 ? money(amount, currency) : ""),
        cell("word:credit", amount < 0 ? money(-amount, currency) : ""),
        cell("word:after", money(after, currency)),
      ),
    );
  }
  const head = made("tr", {}, made("th", { scope: "col" }, say("word:account")));
  for (const name of ["word:debit", "word:credit", "word:after"]) {
    head.append(made("th", { scope: "col", class: "num" }, say(name)));
  }
  const caption = made("caption", {}, say("word:lines"));
  return made("div", { class: "scroll" }, made("table", { class: "stack" }, caption, made("thead", {}, head), body));
}

const SKIPPED = new Set(["at", "type", "v", "commitments"]);

function otherRows(entry) {
  const shown = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));
  return Object.keys(entry)
    .filter((name) => !SKIPPED.has(name))
    .map((name) => [say(`word:${name}`, {}, name), shown(entry[name])]);
}

function projects(entry) {
  const ids = new Set((entry.entries ?? []).map((line) => line.project).filter(Boolean));
  return [...ids].map((id) => [say("word:project"), projectLink(id)]);
}

function projectLink(id) {
  if (!/^[0-9a-f-]{36}$/.test(id)) return String(id);
  return made("a", { href: say("address:project", { id }) }, say("word:open_project"));
}

/** A sealed field in words. Gifts that are booked together are gift_a, gift_b ... */
function named(field) {
  const gift = /^gift_([a-z]+)$/.exec(field);
  return gift ? `${say("kind:gift")} ${gift[1].toUpperCase()}` : say(`field:${field}`, {}, field);
}

/** The line itself: its heading and what stands in it. */
function booked(found, place) {
  const { entry } = found;
  const isMoney = entry.type === "transaction";
  const title = isMoney ? say(`kind:${entry.kind}`, {}, entry.kind) : say(`type:${entry.type}`, {}, entry.type);
  const rows = [[say("word:town"), place], ...(isMoney ? [...ledgerRows(entry), ...projects(entry)] : otherRows(entry))];
  if (entry.at) rows.push([say("word:booked"), moment(entry.at)]);
  for (const { field, value } of found.opened) rows.push([named(field), value, say("word:opened")]);
  if (found.sealed.length) rows.push([say("word:sealed"), found.sealed.map(named).join(", ")]);
  const parts = [made("h3", {}, title), facts(rows)];
  if (isMoney && Array.isArray(entry.entries)) parts.push(ledgerTable(entry));
  return parts;
}

function listed(name, lines) {
  return made("div", {}, made("h3", {}, say(name)), made("ul", { class: "says" }, ...lines.map((line) => made("li", {}, line))));
}

/** What follows for a proof from a log that was ended after a restore that lost something. */
function theEnd(found, { at, size, kept, next }) {
  const facts = { at: moment(at), size: number(size), kept: number(kept), next };
  const names = ["ended_when", "ended_what", ...(found.index >= kept ? ["ended_lost"] : [])];
  const title = made("h2", { class: "notice-title" }, say("title_ended"));
  return made("div", { class: "notice wait" }, title, ...names.map((name) => made("p", {}, say(name, facts))));
}

/**
 * The page's answer to a proof that holds. `town(origin)`: the town's name; `known`: the last checkpoint that the page
 * was loaded with; `ended`: what is known of the log if it was ended.
 */
export function proven(found, { town, known, ended }) {
  const place = town(found.origin) ?? found.origin;
  const called = (name) => say(`witness:${name}`, {}, name);
  const witnesses = found.seen.map(({ name, time }) => say("proved_seen", { name: called(name), time: moment(time) }));
  const confirmed = found.quorum && found.seen.length > 0;
  const outside = found.seen.some(({ house }) => !house);
  const shown = [
    say("proved_line", { index: number(found.index + 1), size: number(found.size), town: place }),
    say("proved_signed", { town: place }),
    ...witnesses,
    ...(found.opened.length ? [say("proved_opened")] : []),
  ];
  const open = [
    say("open_goods"),
    say("open_later", { size: number(found.size) }),
    say(confirmed ? (outside ? "open_quorum" : "open_house") : found.seen.length ? "open_few" : "open_alone"),
    ...(found.missing.length ? [say("open_missing", { names: found.missing.map(called).join(", ") })] : []),
  ];
  const other = known && known.size === found.size && known.root !== found.root;
  const fork = other || (ended && found.size > ended.size);
  const state = fork ? "late" : confirmed ? "ok" : "wait";
  const verdict = fork ? "verdict_fork" : confirmed ? "verdict_ok" : "verdict_alone";
  return [
    made(
      "div",
      { class: `notice ${state}` },
      made("h2", { class: "notice-title" }, say(verdict)),
      made("p", {}, say(`${verdict}_more`)),
    ),
    ...(ended ? [theEnd(found, ended)] : []),
    ...booked(found, place),
    made("div", { class: "split even" }, listed("title_shown", shown), listed("title_open", open)),
  ];
}

/** The page's answer to a file that proves nothing: what is wrong and what to do. */
export function refused(code, facts) {
  return [
    made(
      "div",
      { class: "notice no" },
      made("h2", { class: "notice-title" }, say("verdict_no")),
      made("p", {}, say(`fault_${code}`, facts)),
    ),
  ];
}
