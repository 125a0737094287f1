// The bell's mark and the list on the desk keep themselves up to date: the server says when something is new, and a
// page that cannot hear it asks now and then.
const marks = document.querySelectorAll("[data-count]");
// Regions in which somebody asked for more lines: replaced, they would be the first page again.
const grown = new WeakSet();
const ASK_EVERY = 45000 + Math.random() * 30000;
let source = null;
let waiting = null;

if (marks.length) {
  document.addEventListener("visibilitychange", listen);
  setInterval(() => source?.readyState !== EventSource.OPEN && !document.hidden && refresh(), ASK_EVERY);
  listen();
}

document.addEventListener("click", ({ target }) => {
  const region = target.closest("[hx-get]")?.closest("[data-refresh]");
  if (region) grown.add(region);
});

// A page that nobody sees holds no connection; seen again, it looks at once.
function listen() {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (!source) {
    const again = waiting !== null;
    source = new EventSource("/events");
    source.addEventListener("told", soon);
    if (again) soon();
  }
  waiting ??= 0;
}

// Several rings in a row are one question.
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 200 + Math.random() * 800);
}

async function refresh() {
  const answer = await fetch("/notices/count", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const counts = await answer.json();
  for (const mark of document.querySelectorAll("[data-count]")) {
    const number = counts[mark.dataset.count];
    mark.querySelector("[data-number]").textContent = number;
    mark.hidden = !number;
  }
  for (const region of document.querySelectorAll("[data-refresh]")) renew(region);
}

// A region is replaced by what its own address says under its own name, and by nothing else: not by the page for
// signing in, where the session has ended meanwhile.
async function renew(region) {
  const { id } = region;
  const address = region.dataset.refresh;
  if (!id || !address || inUse(region)) return;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  if (!fresh || !region.isConnected || inUse(region)) return;
  region.replaceWith(fresh);
  window.htmx.process(fresh);
}

// Nobody loses what they type, the line that they are reading or about to press, or the lines that they asked for.
const CONTROLS = "form, input, select, textarea, button, [contenteditable]";

function inUse(region) {
  const typed = region.closest("form") || region.querySelector(CONTROLS);
  const reading = region.contains(document.activeElement) || region.matches(":hover") || window.scrollY >= 200;
  return Boolean(typed) || reading || grown.has(region);
}

