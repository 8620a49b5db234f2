// Whom to trust: the policy files (C2SP tlog-policy) that the page carries. One file may name several logs.

import { COSIGNATURE, ED25519, parseKey } from "./notes.js";

/** `{logs: Map of origin to keys, witnesses: Map of name to key, groups, quorum}`; throws where the text is wrong. */
export function parsePolicy(text) {
  const policy = { logs: new Map(), witnesses: new Map(), groups: new Map(), quorum: null };
  const known = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const fresh = (name) => {
    if (!name || name === "none" || known(name)) throw new Error(`name: ${name}`);
  };
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.trim().split(/[ \t]+/);
    if (word === "" || word.startsWith("#")) continue;
    if (word === "log") {
      const key = parseKey(rest[0] ?? "");
      if (key?.type !== ED25519) throw new Error(`key: ${rest[0]}`);
      policy.logs.set(key.name, [...(policy.logs.get(key.name) ?? []), key]);
    } else if (word === "witness") {
      fresh(rest[0]);
      const key = parseKey(rest[1] ?? "");
      if (key?.type !== COSIGNATURE) throw new Error(`key: ${rest[1]}`);
      policy.witnesses.set(rest[0], key);
    } else if (word === "group") {
      const [name, least, ...members] = rest;
      fresh(name);
      const count = least === "any" ? 1 : least === "all" ? members.length : Number(least);
      if (!members.every(known) || !(count >= 1 && count <= members.length)) throw new Error(`group: ${name}`);
      policy.groups.set(name, { count, members });
    } else if (word === "quorum") {
      if (policy.quorum !== null || (rest[0] !== "none" && !known(rest[0]))) throw new Error("quorum");
      policy.quorum = rest[0];
    } else {
      throw new Error(`word: ${word}`);
    }
  }
  if (policy.quorum === null) throw new Error("quorum");
  return policy;
}

/** Whether these witnesses are enough. */
export function satisfied(policy, names) {
  const counts = (name) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter(counts).length >= group.count : names.has(name);
  };
  return policy.quorum === "none" || counts(policy.quorum);
}
