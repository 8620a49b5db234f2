// Ed25519 by the browser itself where it can, by noble-ed25519 where it cannot (old phones, pages without https).
// Decided once, at load, with a published signature: afterwards nothing is fetched any more.

import { fromBase64, utf8 } from "./bytes.js";

// The example of c2sp.org/signed-note.
const KEY = fromBase64("6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyucq/dTaQ=");
const TEXT = utf8("This is an example message.\n");
const SIGNATURE = fromBase64("SfyytXXIkaHZVhGUvVOdqC/VgSrpN9emnOLY42dwCVOArtm2DURFg1lexiM4EfeYVeZEq7AeMbVi7vYid7JpAw==");

async function byBrowser(signature, message, key) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

async function byNoble() {
  const { verify } = await import("./vendor/noble-ed25519.js");
  return async (signature, message, key) => {
    try {
      return verify(signature, message, key);
    } catch {
      return false; // noble throws at bytes that are no point or no key
    }
  };
}

async function works(verify) {
  try {
    return (await verify(SIGNATURE, TEXT, KEY)) && !(await verify(SIGNATURE, utf8("Another message.\n"), KEY));
  } catch {
    return false;
  }
}

/** A function (signature, message, key) -> Promise of a boolean. `only`: "browser" or "noble", for tests. */
export async function chooseEd25519(only = "") {
  if (only !== "noble" && (await works(byBrowser))) return byBrowser;
  if (only === "browser") throw new Error("this browser has no Ed25519");
  const verify = await byNoble();
  if (!(await works(verify))) throw new Error("no Ed25519 that works");
  return verify;
}
