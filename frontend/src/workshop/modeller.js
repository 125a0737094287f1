// The drawing board for diagrams.
import Modeler from "bpmn-js/lib/Modeler";
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from "bpmn-js-properties-panel";
import { CreateAppendAnythingModule } from "bpmn-js-create-append-anything";
import CamundaBehaviors from "camunda-bpmn-js-behaviors/lib/camunda-platform";
import camunda from "camunda-bpmn-moddle/resources/camunda.json";
import minimap from "diagram-js-minimap";
import colours from "bpmn-js-color-picker";
import TokenSimulation from "bpmn-js-token-simulation";
import { findingsList, markElements } from "./findings.js";
import { keeping } from "./autosave.js";
import { Panel } from "./panel.js";
import { Words } from "./translation.js";

// The standard takes a process as startable unless it says otherwise, so that "true" would be left out of what is written;
// here nobody starts what does not say so.
const process = camunda.types.find((one) => one.name === "Process");
process.properties.find((one) => one.name === "isStartableInTasklist").default = false;

for (const board of document.querySelectorAll('[data-board="modeller"]')) open(board);

async function open(board) {
  const modeller = new Modeler({
    container: board.querySelector("[data-canvas]"),
    propertiesPanel: { parent: board.querySelector("[data-panel]") },
    moddleExtensions: { camunda },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      CamundaPlatformPropertiesProviderModule,
      CamundaBehaviors,
      CreateAppendAnythingModule,
      minimap,
      colours,
      TokenSimulation,
      Panel(JSON.parse(board.querySelector("[data-facts]").innerHTML)),
      Words,
    ],
  });
  let untouched = await (await fetch(board.dataset.source)).text();
  const kept = keeping(board, async () => untouched ?? (await modeller.saveXML({ format: true })).xml, heard);
  const list = findingsList(board, kept.words, (id) => show(modeller, id));
  function heard(findings) {
    list(findings);
    markElements(modeller, findings);
  }
  const status = board.querySelector("[data-saved]");
  try {
    await modeller.importXML(untouched);
  } catch (fault) {
    status.textContent = kept.words.unreadable;
    board.dataset.failed = fault.message;
    return;
  }
  modeller.get("canvas").zoom("fit-viewport", "auto");
  modeller.on("commandStack.changed", () => {
    untouched = null;
    kept.changed();
  });
  simulation(board, modeller);
  await kept.keep();
  if (location.hash) show(modeller, location.hash.slice(1));
  board.modeller = modeller;
  board.dataset.ready = "yes";
}

function show(modeller, id) {
  const element = modeller.get("elementRegistry").get(id);
  if (!element) return;
  const canvas = modeller.get("canvas");
  if (canvas.zoom() < 0.7) canvas.zoom(0.8);
  modeller.get("selection").select(element);
  canvas.scrollToElement(element, 200);
}

function simulation(board, modeller) {
  const button = board.querySelector("[data-simulate]");
  button.addEventListener("click", () => {
    modeller.get("toggleMode").toggleMode();
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  });
}
