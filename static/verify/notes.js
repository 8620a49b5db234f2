// Signed notes, checkpoints and witnesses' cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

import { fromBase64, joined, same, utf8, wholeNumber } from "./bytes.js";
import { HASH } from "./merkle.js";
import { sha256 } from "./vendor/noble-sha2.js";

export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
const KEY_ID = 4;
const SIGNATURE = 64;
const TIME = 8;

export function keyId(name, type, key) {
  return sha256(joined(utf8(`${name}\n`), Uint8Array.of(type), key)).slice(0, KEY_ID);
}

/** A key as `name+hex id+base64(type, key)`, or null when it is none or its id is not its own. */
export function parseKey(text) {
  const [name, id, ...rest] = text.split("+");
  const blob = fromBase64(rest.join("+"));
  if (!name || !/^[0-9a-f]{8}$/.test(id ?? "") || blob === null || blob.length !== 1 + HASH) return null;
  const [type, key] = [blob[0], blob.slice(1)];
  const own = keyId(name, type, key);
  const written = [...own].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return written === id ? { name, id: own, type, key } : null;
}

/** `{text, signatures: [{name, id, rest}]}`: `text` with its final newline is what was signed. Null: no signed note. */
export function parseNote(note) {
  const end = note.lastIndexOf("\n\n");
  if (end < 1 || !note.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(note)) return null;
  const signatures = [];
  for (const line of note.slice(end + 2, -1).split("\n")) {
    const found = /^— ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    const blob = found && fromBase64(found[2]);
    if (!blob || blob.length <= KEY_ID) return null;
    signatures.push({ name: found[1], id: blob.slice(0, KEY_ID), rest: blob.slice(KEY_ID) });
  }
  return { text: note.slice(0, end + 1), signatures };
}

/** `{origin, size, root}` of a checkpoint's text, or null. Further lines may stand below; they are signed too. */
export function parseCheckpoint(text) {
  const [origin, written, encoded, ...more] = text.slice(0, -1).split("\n");
  const size = wholeNumber(written ?? "");
  const root = fromBase64(encoded ?? "");
  if (!origin || /[ +]/.test(origin) || size === null || root?.length !== HASH || more.includes("")) return null;
  return { origin, size, root };
}

const of = (signatures, key) => signatures.filter(({ name, id }) => name === key.name && same(id, key.id));

/** Whether a key signed the note: true, false (its signature is wrong), or null (it has not signed). */
export async function signedBy(note, key, verify) {
  const own = of(note.signatures, key);
  if (!own.length) return null;
  const text = utf8(note.text);
  for (const { rest } of own) {
    if (rest.length !== SIGNATURE || !(await verify(rest, text, key.key))) return false;
  }
  return true;
}

/** When a witness saw the checkpoint, in seconds since 1970; false when its signature is wrong, null when it has none. */
export async function seenBy(note, key, verify) {
  const own = of(note.signatures, key);
  if (!own.length) return null;
  let seen = 0;
  for (const { rest } of own) {
    if (rest.length !== TIME + SIGNATURE) return false;
    const time = Number(new DataView(rest.buffer, rest.byteOffset, TIME).getBigUint64(0));
    if (!Number.isSafeInteger(time)) return false;
    const message = utf8(`cosignature/v1\ntime ${time}\n${note.text}`);
    if (!(await verify(rest.slice(TIME), message, key.key))) return false;
    seen = Math.max(seen, time);
  }
  return seen;
}
