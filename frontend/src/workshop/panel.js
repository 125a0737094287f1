// The properties panel: what this product understands, and nothing else.
const KEPT = new Set([
  "general",
  "documentation",
  "multiInstance",
  "timer",
  "message",
  "signal",
  "error",
  "link",
  "escalation",
  "CamundaPlatform__Process",
  "CamundaPlatform__UserAssignment",
  "CamundaPlatform__FormData",
  "CamundaPlatform__ExternalTask",
  "CamundaPlatform__Implementation",
  "CamundaPlatform__Condition",
  "CamundaPlatform__CallActivity",
  "CamundaPlatform__Input",
  "CamundaPlatform__Output",
  "CamundaPlatform__ExtensionProperties",
]);

class Reduced {
  constructor(propertiesPanel) {
    propertiesPanel.registerProvider(200, this);
  }

  getGroups() {
    return (groups) => groups.filter((group) => KEPT.has(group.id));
  }
}
Reduced.$inject = ["propertiesPanel"];

export const ReducedPanel = { __init__: ["reducedPanel"], reducedPanel: ["type", Reduced] };
