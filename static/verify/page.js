// The page that checks proofs: takes a file, a text, a QR code or the part of the address after `#`, and shows what
// check.js found. Everything is loaded before the first check; afterwards the page asks nobody and works offline.

import { check } from "./check.js";
import { chooseEd25519 } from "./ed25519.js";
import { parsePolicy } from "./policy.js";
import { LONGEST_FILE, ProofFault, textOfLink } from "./proofs.js";
import { canScan, inPicture, watch } from "./scan.js";
import { proven, refused, say } from "./words.js";

const at = (id) => document.getElementById(id);
const [tools, result, drop] = [at("tools"), at("result"), at("drop")];
const logs = [...document.querySelectorAll("[data-policy]")].map(({ dataset, textContent }) => ({
  ...dataset,
  ended: JSON.parse(dataset.ended),
  policy: parsePolicy(textContent),
}));
const policies = logs.map(({ policy }) => policy);
const log = (origin) => logs.find(({ policy }) => policy.logs.has(origin));
const ended = (origin) => log(origin)?.ended.find((one) => one.origin === origin);
const known = (origin) => ended(origin) ?? { size: Number(log(origin)?.size), root: log(origin)?.root };
const verifying = chooseEd25519();
let latest = 0;

/** Check what `reading` gives, and show it unless something newer was asked meanwhile. */
async function answer(reading) {
  const mine = (latest += 1);
  result.setAttribute("aria-busy", "true");
  let parts;
  try {
    const found = await check(await reading(), { policies, verify: await verifying });
    parts = proven(found, { town: (origin) => log(origin)?.town, known: known(found.origin), ended: ended(found.origin) });
  } catch (error) {
    if (!(error instanceof ProofFault)) console.error(error);
    parts = refused(error instanceof ProofFault ? error.code : "unknown", error.facts);
  }
  if (mine !== latest) return;
  result.replaceChildren(...parts);
  result.removeAttribute("aria-busy");
  result.hidden = false;
  result.scrollIntoView({ block: "start" });
}

async function read(file) {
  if (file.size > LONGEST_FILE) throw new ProofFault("too_long");
  return file.text();
}

// `#main` and its like lead to a part of the page; everything else after `#` is a proof, whole or broken.
function fromLink() {
  const part = location.hash.slice(1);
  if (part && !at(part)) answer(() => textOfLink(part.replaceAll("%24", "$").replaceAll("%2F", "/")));
}

/** What a QR code says: our link, or the proof itself. */
function scanned(text) {
  const link = text.indexOf("#");
  answer(() => (text.startsWith("http") && link > 0 ? textOfLink(text.slice(link + 1)) : text));
}

at("file").addEventListener("change", ({ target }) => {
  if (target.files.length) answer(() => read(target.files[0]));
  target.value = ""; // the same file may be chosen again
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
  });
}
document.addEventListener("drop", ({ dataTransfer }) => {
  const [file] = dataTransfer.files;
  if (file) answer(() => read(file));
});
at("paste").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = at("text").value.trim();
  const link = typed.indexOf("#");
  answer(async () => (typed.startsWith("http") && link > 0 ? textOfLink(typed.slice(link + 1)) : typed));
});
window.addEventListener("hashchange", fromLink);

async function offerScanning() {
  const able = await canScan();
  at("camera").hidden = !able || !navigator.mediaDevices;
  at("picture-field").hidden = !able;
  at("no-scan").hidden = able;
  if (!able) return;
  at("camera").addEventListener("click", async () => {
    const video = at("video");
    video.hidden = false;
    try {
      scanned(await watch(video));
    } catch {
      at("scan-says").textContent = say("no_camera");
    } finally {
      video.hidden = true;
    }
  });
  at("picture").addEventListener("change", async ({ target }) => {
    const text = target.files.length ? await inPicture(target.files[0]) : null;
    at("scan-says").textContent = text === null ? say("no_code") : "";
    target.value = "";
    if (text !== null) scanned(text);
  });
}

// Letters that only the answer will need are loaded now: Latin, Cyrillic, Kazakh, the tenge sign.
await Promise.all([verifying, offerScanning(), document.fonts.load("1em Onest", "aжғ₸→")]);
tools.hidden = false;
at("plain").hidden = true;
document.documentElement.dataset.ready = "";
fromLink();
