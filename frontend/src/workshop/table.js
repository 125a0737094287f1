// The drawing board for decision tables.
import DmnModeler from "dmn-js/lib/Modeler";
import { findingsList } from "./findings.js";
import { keeping } from "./autosave.js";
import { Words } from "./translation.js";

for (const board of document.querySelectorAll('[data-board="table"]')) open(board);

async function open(board) {
  const common = { additionalModules: [Words] };
  const modeller = new DmnModeler({
    container: board.querySelector("[data-canvas]"),
    drd: common,
    decisionTable: common,
    literalExpression: common,
    boxedExpression: common,
  });
  let untouched = await (await fetch(board.dataset.source)).text();
  const kept = keeping(board, async () => untouched ?? (await modeller.saveXML({ format: true })).xml, heard);
  const list = findingsList(board, kept.words, (id) => show(modeller, id));
  function heard(findings) {
    list(findings);
  }
  try {
    await modeller.importXML(untouched);
  } catch (fault) {
    board.querySelector("[data-saved]").textContent = kept.words.unreadable;
    board.dataset.failed = fault.message;
    return;
  }
  const table = modeller.getViews().find((view) => view.type === "decisionTable");
  if (table) await modeller.open(table);
  const followed = new WeakSet();
  const follow = () => {
    const viewer = modeller.getActiveViewer();
    if (!viewer || followed.has(viewer)) return;
    followed.add(viewer);
    viewer.on("commandStack.changed", () => {
      untouched = null;
      kept.changed();
    });
  };
  modeller.on("views.changed", follow);
  follow();
  await kept.keep();
  board.modeller = modeller;
  board.dataset.ready = "yes";
}

function show(modeller, id) {
  const view = modeller.getViews().find((one) => one.element.id === id);
  if (view) modeller.open(view);
}
