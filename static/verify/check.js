// The whole check of a proof, from the bytes of the entry to the witnesses. Asks nobody: what it needs is handed in.

import { fromBase64, joined, textOf, toBase64, utf8 } from "./bytes.js";
import { included, leafHash } from "./merkle.js";
import { parseCheckpoint, parseNote, seenBy, signedBy } from "./notes.js";
import { satisfied } from "./policy.js";
import { parseFile, ProofFault } from "./proofs.js";
import { hmac, sha256 } from "./vendor/noble-sha2.js";

const COMMITMENT_KEY = 32;

/**
 * What a proof file proves; throws ProofFault where it proves nothing.
 *
 * policies: parsed policies; the first that names the file's log counts. verify: from chooseEd25519().
 * Answers {origin, index, size, root, entry, opened: [{field, value}], sealed: [field], seen: [{name, time, house}],
 * missing: [name], quorum: boolean}; `entry` is the parsed JSON of exactly the bytes that were hashed, `house` says
 * that the witness is run by the same site as the log, which is worth less than a witness elsewhere.
 */
export async function check(text, { policies, verify }) {
  const proof = parseFile(text);
  const note = parseNote(proof.note);
  const checkpoint = note && parseCheckpoint(note.text);
  if (!checkpoint) throw new ProofFault("broken");
  const { origin, size, root } = checkpoint;
  const policy = policies.find(({ logs }) => logs.has(origin));
  if (!policy) throw new ProofFault("other_log", { origin });

  // A log that changed its key has several: one must have signed, and none of those that did may be false.
  const signed = await Promise.all(policy.logs.get(origin).map((key) => signedBy(note, key, verify)));
  if (signed.includes(false)) throw new ProofFault("wrong_signature", { origin });
  if (!signed.includes(true)) throw new ProofFault("no_signature", { origin });
  const leaf = leafHash(proof.entry);
  if (!included({ index: proof.index, size, leaf, path: proof.path, root })) throw new ProofFault("changed");

  const seen = [];
  const missing = [];
  const asked = [...policy.witnesses].map(async ([name, key]) => [name, await seenBy(note, key, verify)]);
  for (const [name, time] of await Promise.all(asked)) {
    if (time === false) throw new ProofFault("wrong_witness", { name });
    if (time === null) missing.push(name);
    else seen.push({ name, time, house: host(policy.witnesses.get(name).name) === host(origin) });
  }
  const entry = parsed(proof.entry);
  const { opened, sealed } = openings(entry, proof.openings);
  const quorum = satisfied(policy, new Set(seen.map(({ name }) => name)));
  return { origin, index: proof.index, size, root: toBase64(root), entry, opened, sealed, seen, missing, quorum };
}

const host = (name) => name.split("/")[0];

function parsed(bytes) {
  try {
    const entry = JSON.parse(textOf(bytes));
    if (typeof entry?.type === "string") return entry;
  } catch {
    // said below, as for JSON that is no entry of ours
  }
  throw new ProofFault("no_words");
}

function openings(entry, given) {
  const commitments = entry.commitments ?? {};
  for (const { field, key, value } of given) {
    const bytes = fromBase64(key);
    const message = joined(utf8(field), Uint8Array.of(0), utf8(value));
    const fits = bytes?.length === COMMITMENT_KEY && toBase64(hmac(sha256, bytes, message)) === commitments[field];
    if (!fits) throw new ProofFault("wrong_opening", { field });
  }
  const opened = given.map(({ field, value }) => ({ field, value }));
  const sealed = Object.keys(commitments).filter((field) => !opened.some((one) => one.field === field));
  return { opened, sealed };
}
