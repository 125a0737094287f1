// The visit's check items: counts what is answered and asks for the reason where an answer fails.
for (const list of document.querySelectorAll("[data-checklist]")) watch(list);

function watch(list) {
  const items = [...list.querySelectorAll("[data-item]")];
  const look = () => {
    items.forEach(lookAt);
    for (const section of list.querySelectorAll("[data-section]")) count(section);
    count(list);
  };
  list.addEventListener("change", look);
  document.addEventListener("draft-restored", look);
  list.querySelector("[data-next-open]")?.addEventListener("click", () => goToNext(items));
  look();
}

function lookAt(item) {
  const answer = item.querySelector("input[type=radio]:checked")?.value;
  const failed = Boolean(answer) && item.dataset.failWhen.split(" ").includes(answer);
  item.dataset.answered = answer ?? "";
  item.classList.toggle("failed", failed);
  item.querySelector("[data-why]").hidden = !failed;
}

function count(place) {
  const items = [...place.querySelectorAll("[data-item]")];
  const done = items.filter((item) => item.dataset.answered).length;
  const failed = items.filter((item) => item.classList.contains("failed")).length;
  const counter = place.querySelector(":scope > [data-counter], :scope > summary [data-counter]");
  if (!counter) return;
  put(counter, "[data-done]", done);
  put(counter, "[data-failed]", failed);
  const bar = counter.querySelector("progress");
  if (bar) bar.value = done;
  counter.classList.toggle("complete", done === items.length);
  counter.classList.toggle("has-failed", failed > 0);
}

function put(place, what, number) {
  const spot = place.querySelector(what);
  if (spot) spot.textContent = String(number);
}

function goToNext(items) {
  const next = items.find((item) => !item.dataset.answered);
  if (!next) return;
  const section = next.closest("details");
  if (section) section.open = true;
  next.scrollIntoView({ behavior: "smooth", block: "center" });
  next.querySelector("input")?.focus({ preventScroll: true });
}
