// Reading and writing what stands inside an element of a diagram.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

export { getBusinessObject, is };

export function extension(element, type) {
  const found = getBusinessObject(element).get("extensionElements");
  return (found?.get("values") ?? []).find((one) => one.$type === type || is(one, type));
}

// The extension of this type, made if it is missing: `done` gets it and answers what to change in it.
export function withExtension(services, element, type, change) {
  const { modeling, bpmnFactory } = services;
  const business = getBusinessObject(element);
  let holder = business.get("extensionElements");
  if (!holder) {
    holder = bpmnFactory.create("bpmn:ExtensionElements", { values: [] });
    holder.$parent = business;
    modeling.updateModdleProperties(element, business, { extensionElements: holder });
  }
  let found = holder.get("values").find((one) => is(one, type));
  if (!found) {
    found = bpmnFactory.create(type, {});
    found.$parent = holder;
    modeling.updateModdleProperties(element, holder, { values: [...holder.get("values"), found] });
  }
  modeling.updateModdleProperties(element, found, change(found));
}

export function property(element, name) {
  const found = extension(element, "camunda:Properties");
  return (found?.get("values") ?? []).find((one) => one.name === name)?.value ?? "";
}

export function setProperty(services, element, name, value) {
  withExtension(services, element, "camunda:Properties", (holder) => {
    const others = holder.get("values").filter((one) => one.name !== name);
    if (!value) return { values: others };
    const mine = services.bpmnFactory.create("camunda:Property", { name, value });
    mine.$parent = holder;
    return { values: [...others, mine] };
  });
}

// Every form field of the diagram, with its label, type and options: what conditions may name.
export function fieldsOf(elementRegistry) {
  const found = new Map();
  for (const element of elementRegistry.getAll()) {
    if (is(element, "bpmn:UserTask") && !element.labelTarget) {
      for (const field of extension(element, "camunda:FormData")?.get("fields") ?? []) {
        if (field.id && !found.has(field.id)) found.set(field.id, describe(field));
      }
    }
    const result = getBusinessObject(element).get?.("camunda:resultVariable");
    if (result && is(element, "bpmn:BusinessRuleTask")) found.set(result, { id: result, label: result, type: "string", options: [] });
  }
  return [...found.values()];
}

function describe(field) {
  const options = (field.get("values") ?? []).map((one) => ({ value: one.id, label: said(one.name || one.id) }));
  return { id: field.id, label: `${said(field.label || field.id)} (${field.id})`, type: field.type, options };
}

// A label such as 中文|English in the reader's language.
export function said(label) {
  const [chinese, english] = label.split("|");
  return document.documentElement.lang === "en" ? english || chinese : chinese;
}
