// The service worker of one survey in one language. Pages come from the network; where there is none, one page that was
// kept at the first visit takes their place, and what was typed waits on the phone. It never keeps a page with answers.

const { base, wave, kept, offline, files, total } = self.survey;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(kept)
      .then((cache) => cache.addAll([offline, ...files]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const family = kept.slice(0, kept.lastIndexOf("|"));
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(family) && name !== kept))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname.startsWith(base)) {
    event.respondWith(request.method === "POST" ? post(request, pathname) : page(request));
  } else if (request.method === "GET" && files.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((found) => found ?? fetch(request)));
  }
});

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(offline)) ?? Response.error();
  }
}

/** A form on its way: when it does not arrive, its answers are kept and the reader goes on. */
async function post(request, pathname) {
  const copy = request.clone();
  try {
    const answer = await fetch(request);
    if (answer.status !== 403 && answer.status < 500) return answer;
    await put(copy, pathname);
    return answer;
  } catch (error) {
    const next = await put(copy, pathname);
    return next ? Response.redirect(next, 303) : page(new Request(request.url));
  }
}

/** Keep a form that did not arrive. Returns where the reader goes on, "" when it could not be kept. */
async function put(request, pathname) {
  const part = pathname.slice(base.length);
  const number = Number(/^answer\/([0-9]+)\/$/.exec(part)?.[1]);
  if (!number && part !== "review/") return "";
  const form = await request.formData();
  const told = (name) => form.get(`phone-${name}`) ?? "";
  const facts = { owner: told("owner"), code: told("code"), revision: Number(told("revision")) || 0 };
  const shown = (form.get("shown") ?? "").split(" ").filter(Boolean);
  const changes = self.asarStore.byAddress([...form], shown);
  const go = form.get("go") ?? "";
  if (go.startsWith("add ")) changes[`${go.slice(4)}/${self.asarRounds.mark()}`] = [];
  const files = self.asarStore.filesOf([...form]);
  const ours = await self.asarStore.keep(wave, facts, changes, { send: !number, files, part: number });
  if (ours && facts.owner && ours.owner !== facts.owner) return "";
  if (!number) return `${base}done/`;
  if (go.startsWith("add ") || go.startsWith("remove ")) return pathname;
  if (go === "back") return number > 1 ? `${base}answer/${number - 1}/` : base;
  return number < total ? `${base}answer/${number + 1}/` : `${base}review/`;
}
