// The bell's mark and the list on the desk keep themselves up to date: the server says when something is new, and a
// page that cannot hear it asks now and then.
const marks = document.querySelectorAll("[data-count]");
const ASK_EVERY = 45000 + Math.random() * 30000;
let source = null;
let waiting = null;

if (marks.length) {
  document.addEventListener("visibilitychange", listen);
  setInterval(() => source?.readyState !== EventSource.OPEN && !document.hidden && refresh(), ASK_EVERY);
  listen();
}

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
  for (const list of document.querySelectorAll("[data-live]")) {
    // Nobody loses the line that they are reading or about to press.
    if (!list.contains(document.activeElement) && !list.matches(":hover") && window.scrollY < 200)
      window.htmx.ajax("GET", list.dataset.live, { target: list, swap: "innerHTML" });
  }
}
