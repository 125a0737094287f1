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
  look(viewer, live);
  place.dataset.shown = "yes";
}

function mark(viewer, live) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  for (const id of live) {
    if (!viewer.get("elementRegistry").get(id)) continue;
    canvas.addMarker(id, "token-here");
    const badge = document.createElement("div");
    badge.className = "token-badge";
    overlays.add(id, { position: { top: -11, left: -11 }, html: badge });
  }
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
