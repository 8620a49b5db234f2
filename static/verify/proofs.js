// The two written forms of a proof: the file (C2SP tlog-proof) and the short form of the QR code's link.
// Reading says nothing about truth: check.js does.

import { fromBase41, fromBase64, fromBase64Url, textOf, toBase64, utf8, wholeNumber } from "./bytes.js";
import { HASH } from "./merkle.js";

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
export const LONGEST_FILE = 262144; // an entry of 65,535 bytes, twice in base64, with room for its proof

/** What is wrong with a proof, by a word that words.js turns into a sentence; `facts` fill its gaps. */
export class ProofFault extends Error {
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

function must(value, code) {
  if (value === null || value === undefined) throw new ProofFault(code);
  return value;
}

/** `{index, path, note, entry, openings}` of a file's text; throws ProofFault. */
export function parseFile(text) {
  if (text.length > LONGEST_FILE) throw new ProofFault("too_long");
  // A text that went through a mail program or Windows: nothing in it depends on how lines end.
  const lines = `${text.replaceAll("\r\n", "\n").trim()}\n`.split("\n");
  if (lines[0] !== FIRST_LINE) throw new ProofFault(lines[0].startsWith("c2sp.org/tlog-proof@") ? "other_version" : "no_proof");
  const gap = lines.indexOf("");
  const note = lines.slice(gap + 1).join("\n");
  if (gap < 2 || note === "") throw new ProofFault("cut_off");
  const head = lines.slice(1, gap);
  const extra = head[0].startsWith("extra ") ? must(fromBase64(head.shift().slice(6)), "broken") : null;
  const index = must(wholeNumber(/^index ([0-9]+)$/.exec(head.shift() ?? "")?.[1] ?? ""), "broken");
  const path = head.map((line) => must(fromBase64(line), "broken"));
  if (path.length > 63 || path.some((hash) => hash.length !== HASH)) throw new ProofFault("broken");
  const { entry, openings } = contents(must(extra, "no_entry"));
  return { index, path, note, entry, openings };
}

function contents(extra) {
  let found;
  try {
    found = JSON.parse(must(textOf(extra), "broken"));
  } catch {
    throw new ProofFault("broken");
  }
  if (typeof found?.entry !== "string") throw new ProofFault("no_entry");
  const openings = found.openings ?? [];
  const texts = (opening) => ["field", "key", "value"].every((name) => typeof opening?.[name] === "string");
  if (!Array.isArray(openings) || !openings.every(texts)) throw new ProofFault("broken");
  return { entry: must(fromBase64(found.entry), "broken"), openings };
}

async function inflated(bytes) {
  if (typeof DecompressionStream === "undefined") throw new ProofFault("old_browser");
  try {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const pieces = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(pieces).arrayBuffer();
      pieces.push(value);
      size += value.length;
      if (size > LONGEST_FILE) throw new ProofFault("too_long"); // a few bytes may unpack to gigabytes
    }
  } catch (error) {
    throw error instanceof ProofFault ? error : new ProofFault("broken");
  }
}

/**
 * The file's text behind the part of a link after `#`: either base64url of the file itself, or `1$` and base 41 of
 * deflated bytes: u8 number of hashes, the hashes, then UTF-8 text: index, newline, checkpoint note, NUL, entry, NUL,
 * openings as JSON.
 */
export async function textOfLink(part) {
  if (!part.startsWith("1$")) return must(textOf(must(fromBase64Url(part), "broken")), "broken");
  const bytes = new Uint8Array(await inflated(must(fromBase41(part.slice(2)), "broken")));
  const start = 1 + HASH * (bytes[0] ?? 0);
  const [head, entry, openings] = must(textOf(bytes.slice(start)), "broken").split("\0");
  const line = head.indexOf("\n");
  if (openings === undefined || line < 0) throw new ProofFault("broken");
  const path = [];
  for (let at = 1; at < start; at += HASH) path.push(`${toBase64(bytes.slice(at, at + HASH))}\n`);
  const extra = toBase64(utf8(`{"entry":"${toBase64(utf8(entry))}","openings":${openings}}`));
  return `${FIRST_LINE}\nextra ${extra}\nindex ${head.slice(0, line)}\n${path.join("")}\n${head.slice(line + 1)}`;
}
