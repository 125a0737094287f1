// The fields of a form as plain objects: from camunda:formData, to it, and as its XML.
const PROPERTIES = ["label_en", "help", "help_en", "shown_if", "required_if"];
const CONSTRAINTS = ["required", "readonly", "min", "max", "minlength", "maxlength", "pattern"];
const FLAGS = ["required", "readonly"];

export function readForm(data) {
  return (data?.get("fields") ?? []).map((field) => {
    const found = { kept: field, id: field.id ?? "", label: field.label ?? "", type: field.type ?? "string", defaultValue: field.defaultValue ?? "" };
    for (const one of field.get("properties")?.get("values") ?? []) if (PROPERTIES.includes(one.id)) found[one.id] = one.value ?? "";
    for (const one of field.get("validation")?.get("constraints") ?? []) {
      if (FLAGS.includes(one.name)) found[one.name] = !["false", "no", "0"].includes((one.config ?? "").trim().toLowerCase());
      else if (CONSTRAINTS.includes(one.name)) found[one.name] = one.config ?? "";
    }
    found.options = (field.get("values") ?? []).map((one) => `${one.id} = ${one.name ?? one.id}`).join("\n");
    return found;
  });
}

// What this editor does not show (other properties and constraints) stays with the field.
export function writeForm(factory, form, fields) {
  return fields.map((field) => {
    const made = factory.create("camunda:FormField", { id: field.id, label: field.label, type: field.type });
    made.$parent = form;
    if (field.defaultValue) made.defaultValue = field.defaultValue;
    const properties = [...others(field.kept?.get("properties")?.get("values"), "id", PROPERTIES), ...PROPERTIES.filter((name) => field[name]?.trim()).map((name) => ({ id: name, value: field[name] }))];
    if (properties.length) made.properties = holder(factory, made, "camunda:Properties", "values", properties.map((one) => child(factory, "camunda:Property", one)));
    const constraints = [...others(field.kept?.get("validation")?.get("constraints"), "name", CONSTRAINTS), ...constraintsOf(field)];
    if (constraints.length) made.validation = holder(factory, made, "camunda:Validation", "constraints", constraints.map((one) => child(factory, "camunda:Constraint", one)));
    const values = optionsOf(field).map((one) => child(factory, "camunda:Value", one));
    for (const one of values) one.$parent = made;
    if (values.length) made.values = values;
    return made;
  });
}

function others(kept, key, known) {
  return (kept ?? []).filter((one) => !known.includes(one[key])).map((one) => ({ ...(key === "id" ? { id: one.id, value: one.value } : { name: one.name, config: one.config }) }));
}

function constraintsOf(field) {
  const set = CONSTRAINTS.filter((name) => field[name]);
  return set.map((name) => (FLAGS.includes(name) ? { name } : { name, config: field[name] }));
}

export function optionsOf(field) {
  const lines = (field.options ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.map((line) => {
    const [, id, name] = /^([^=]+?)\s*=\s*(.+)$/.exec(line) ?? [null, line, line];
    return { id: id.trim(), name: name.trim() };
  });
}

function child(factory, type, values) {
  return factory.create(type, Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)));
}

function holder(factory, parent, type, key, children) {
  const made = factory.create(type, { [key]: children });
  made.$parent = parent;
  for (const one of children) one.$parent = made;
  return made;
}

const escaped = (text) => String(text ?? "").replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const tag = (name, values, inner = "") => `<camunda:${name} ${Object.entries(values).filter(([, value]) => value !== undefined && value !== "").map(([key, value]) => `${key}="${escaped(value)}"`).join(" ")}>${inner}</camunda:${name}>`;

export function xmlOf(fields) {
  const drawn = fields.map((field) => {
    const properties = [...others(field.kept?.get("properties")?.get("values"), "id", PROPERTIES), ...PROPERTIES.filter((name) => field[name]?.trim()).map((name) => ({ id: name, value: field[name] }))];
    const constraints = [...others(field.kept?.get("validation")?.get("constraints"), "name", CONSTRAINTS), ...constraintsOf(field)];
    const inside = tag("properties", {}, properties.map((one) => tag("property", one)).join("")) + tag("validation", {}, constraints.map((one) => tag("constraint", one)).join("")) + optionsOf(field).map((one) => tag("value", one)).join("");
    return tag("formField", { id: field.id, label: field.label, type: field.type, defaultValue: field.defaultValue }, inside);
  });
  return `<camunda:formData xmlns:camunda="http://camunda.org/schema/1.0/bpmn">${drawn.join("")}</camunda:formData>`;
}
