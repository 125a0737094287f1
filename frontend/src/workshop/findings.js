// What the server's checks say: a list below the drawing, and a mark on each element.
export function findingsList(board, words, go) {
  const list = board.querySelector("[data-findings]");
  const count = board.querySelector("[data-count]");
  return (findings) => {
    count.textContent = findings.length;
    count.className = `mark ${findings.some((one) => one.severity === "error") ? "red" : findings.length ? "amber" : "green"}`;
    board.querySelector("[data-no-findings]").hidden = findings.length > 0;
    list.replaceChildren(...findings.map((one) => row(one, words, go)));
    board.dataset.checked = String(Number(board.dataset.checked ?? 0) + 1);
  };
}

function row(one, words, go) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "finding";
  button.dataset.element = one.element;
  button.dataset.rule = one.rule;
  const mark = document.createElement("span");
  mark.className = `mark ${one.severity === "error" ? "red" : "amber"}`;
  mark.textContent = one.severity === "error" ? words.error : words.warning;
  const text = document.createElement("span");
  text.textContent = one.words;
  button.append(mark, text);
  button.addEventListener("click", () => go(one.element));
  item.append(button);
  return item;
}

export function markElements(modeller, findings) {
  const overlays = modeller.get("overlays");
  const registry = modeller.get("elementRegistry");
  overlays.remove({ type: "finding" });
  for (const id of new Set(findings.map((one) => one.element))) {
    const shape = registry.get(id);
    if (!shape || shape.labelTarget) continue;
    const here = findings.filter((one) => one.element === id);
    const badge = document.createElement("div");
    badge.className = `finding-badge ${here.some((one) => one.severity === "error") ? "red" : "amber"}`;
    badge.textContent = here.length;
    badge.title = here.map((one) => one.words).join("\n");
    const place = shape.waypoints ? { top: 0, left: 0 } : { bottom: 10, right: 10 };
    overlays.add(id, "finding", { position: place, html: badge, scale: false });
  }
}
