// A ticket's diagram with the places that are alive now.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

for (const place of document.querySelectorAll("[data-diagram]")) show(place);

async function show(place) {
  const answer = await fetch(place.dataset.diagram, { headers: { Accept: "application/xml" } });
  if (!answer.ok) return say(place, place.dataset.failed);
  const viewer = new NavigatedViewer({ container: place });
  try {
    await viewer.importXML(await answer.text());
  } catch {
    return say(place, place.dataset.failed);
  }
  const live = JSON.parse(place.dataset.tokens || "[]");
  mark(viewer, live);
  heat(viewer, place, JSON.parse(place.dataset.heat || "{}"));
  look(viewer, live);
  place.dataset.shown = "yes";
}

function mark(viewer, live) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  for (const id of live) {
    if (!viewer.get("elementRegistry").get(id)) continue;
    canvas.addMarker(id, "token-here");
    const sign = document.createElement("div");
    sign.className = "token-badge";
    overlays.add(id, { position: { top: -11, left: -11 }, html: sign });
  }
}

// How much stands where: colour, a count, what is overdue, what has stopped. A click leads to the work at a step.
function heat(viewer, place, standing) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  for (const [id, one] of Object.entries(standing)) {
    const shape = viewer.get("elementRegistry").get(id);
    if (!shape) continue;
    if (one.heat) canvas.addMarker(id, `heat-${one.heat}`);
    if (one.open) badge(overlays, id, "count-open", one.open, { top: -10, right: 14 });
    if (one.overdue) badge(overlays, id, "count-late", one.overdue, { bottom: 8, right: 14 });
    if (one.stopped) badge(overlays, id, "count-stopped", "!", { top: -10, left: -8 });
    if (one.waiting && !one.open) badge(overlays, id, "count-waiting", one.waiting, { top: -10, right: 8 });
  }
  if (!place.dataset.step) return;
  viewer.on("element.click", ({ element }) => {
    if (standing[element.id]?.open) location.href = `${place.dataset.step}${encodeURIComponent(element.id)}#work`;
  });
}

function badge(overlays, id, kind, text, position) {
  const made = document.createElement("div");
  made.className = `count-badge ${kind}`;
  made.textContent = text;
  overlays.add(id, { position, html: made });
}

// On a wide page the whole diagram; on a phone the neighbourhood of the token.
function look(viewer, live) {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  const first = live.map((id) => viewer.get("elementRegistry").get(id)).find((found) => found && "x" in found);
  if (!first || canvas.zoom() >= 0.5) return;
  const { outer } = canvas.viewbox();
  const scale = 0.65;
  const [width, height] = [outer.width / scale, outer.height / scale];
  canvas.viewbox({
    x: first.x + first.width / 2 - width / 2,
    y: first.y + first.height / 2 - height / 2,
    width,
    height,
  });
}

function say(place, words) {
  place.textContent = words;
  place.classList.add("diagram-failed");
}
