// Two diagrams side by side: what is new, gone, changed or only moved is marked, and both move together.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import camunda from "camunda-bpmn-moddle/resources/camunda.json";
import { diff } from "bpmn-js-differ";

for (const pair of document.querySelectorAll("[data-compare]")) compare(pair);

async function compare(pair) {
  const places = [...pair.querySelectorAll("[data-source]")];
  try {
    const viewers = await Promise.all(places.map(open));
    const [old, now] = viewers;
    const found = diff(old.getDefinitions(), now.getDefinitions());
    mark(old, found._removed, "removed");
    mark(now, found._added, "added");
    for (const viewer of viewers) {
      mark(viewer, found._changed, "changed");
      mark(viewer, found._layoutChanged, "moved");
    }
    together(old, now);
    pair.dataset.shown = "yes";
  } catch {
    pair.textContent = pair.dataset.failed;
  }
}

async function open(place) {
  const answer = await fetch(place.dataset.source, { headers: { Accept: "application/xml" } });
  if (!answer.ok) throw new Error(answer.status);
  const viewer = new NavigatedViewer({ container: place, moddleExtensions: { camunda } });
  await viewer.importXML(await answer.text());
  viewer.get("canvas").zoom("fit-viewport", "auto");
  return viewer;
}

function mark(viewer, elements, how) {
  const canvas = viewer.get("canvas");
  for (const id of Object.keys(elements)) if (viewer.get("elementRegistry").get(id)) canvas.addMarker(id, `diff-${how}`);
}

function together(one, other) {
  let following = false;
  const follow = (leader, follower) =>
    leader.on("canvas.viewbox.changed", ({ viewbox }) => {
      if (following) return;
      following = true;
      follower.get("canvas").viewbox({ x: viewbox.x, y: viewbox.y, width: viewbox.width, height: viewbox.height });
      following = false;
    });
  follow(one, other);
  follow(other, one);
}
