// Bytes and their written forms. Everything here is strict: what is not exactly right is refused with null.

export const utf8 = (text) => new TextEncoder().encode(text);

/** The text of UTF-8 bytes, or null when they are none. */
export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function same(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Bytes of standard base64 with its padding, or null. A second way to write the same bytes is refused too. */
export function fromBase64(text) {
  let raw;
  try {
    raw = atob(text);
  } catch {
    return null;
  }
  return btoa(raw) === text ? Uint8Array.from(raw, (sign) => sign.charCodeAt(0)) : null;
}

export function toBase64(bytes) {
  let raw = "";
  for (const byte of bytes) raw += String.fromCharCode(byte);
  return btoa(raw);
}

/** Bytes of base64url without padding, or null. */
export function fromBase64Url(text) {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return fromBase64(plain + "=".repeat((4 - (plain.length % 4)) % 4));
}

// Forty-one signs that a QR code packs tightly and an address may hold: two bytes are three of them.
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-/";

/** Bytes of base 41: pairs of bytes as three signs, a single last byte as two, lowest sign first; or null. */
export function fromBase41(text) {
  const found = [];
  for (let at = 0; at < text.length; at += 3) {
    const signs = [...text.slice(at, at + 3)].map((sign) => SIGNS.indexOf(sign));
    if (signs.length < 2 || signs.includes(-1)) return null;
    const value = signs.reduceRight((sum, sign) => sum * 41 + sign, 0);
    if (value > (signs.length === 3 ? 0xffff : 0xff)) return null;
    if (signs.length === 3) found.push(value >> 8);
    found.push(value & 0xff);
  }
  return Uint8Array.from(found);
}

/** A whole number in decimal without leading zeros and below 2^53, or null. */
export function wholeNumber(text) {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}
