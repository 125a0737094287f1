// A rehearsal on its diagram: a slider moves through time; and what tests pass through, painted green.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

for (const place of document.querySelectorAll("[data-rehearsal]")) play(place);
for (const place of document.querySelectorAll("[data-covered]")) cover(place);

async function open(container, source) {
  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(await (await fetch(source, { headers: { Accept: "application/xml" } })).text());
  viewer.get("canvas").zoom("fit-viewport", "auto");
  return viewer;
}

async function play(place) {
  const frames = JSON.parse(place.dataset.frames);
  const viewer = await open(place.querySelector("[data-stage]"), place.dataset.diagramSource);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const slider = place.querySelector("input[type=range]");
  const words = place.querySelector("[data-moment]");
  const show = () => {
    const now = Number(slider.value);
    for (const element of registry.getAll()) {
      canvas.removeMarker(element.id, "token-here");
      canvas.removeMarker(element.id, "was-here");
    }
    frames.slice(0, now).forEach((one) => registry.get(one.element) && canvas.addMarker(one.element, "was-here"));
    const frame = frames[now];
    if (registry.get(frame.element)) canvas.addMarker(frame.element, "token-here");
    words.textContent = `${frame.at} · ${frame.name}`;
  };
  slider.addEventListener("input", show);
  show();
  place.dataset.shown = "yes";
}

async function cover(place) {
  const viewer = await open(place, place.dataset.diagramSource);
  for (const id of JSON.parse(place.dataset.covered)) if (viewer.get("elementRegistry").get(id)) viewer.get("canvas").addMarker(id, "was-here");
  place.dataset.shown = "yes";
}
