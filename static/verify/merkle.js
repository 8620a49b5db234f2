// The tree of RFC 6962, and the way from one leaf to its root (RFC 9162, 2.1.3.2).

import { sha256 } from "./vendor/noble-sha2.js";
import { same } from "./bytes.js";

export const HASH = 32;

export function leafHash(entry) {
  const input = new Uint8Array(1 + entry.length);
  input.set(entry, 1);
  return sha256(input);
}

function nodeHash(left, right) {
  const input = new Uint8Array(1 + 2 * HASH);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + HASH);
  return sha256(input);
}

/** Whether `leaf` is leaf number `index` of the tree of `size` leaves with this root. Numbers stay below 2^53. */
export function included({ index, size, leaf, path, root }) {
  if (index >= size || [leaf, root, ...path].some((hash) => hash.length !== HASH)) return false;
  let place = index;
  let last = size - 1;
  let found = leaf;
  for (const hash of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      found = nodeHash(hash, found);
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else {
      found = nodeHash(found, hash);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && same(found, root);
}
