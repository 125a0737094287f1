// Shows and hides fields while somebody types. The server decides again when the form is sent, so a
// condition this small reader does not understand simply leaves its field in sight.
import { read } from "./conditions.js";

for (const form of document.querySelectorAll("form[data-conditions]")) watch(form);

function watch(form) {
  const fields = [...form.querySelectorAll("[data-shown-if]")].map((field) => ({ field, ask: read(field.dataset.shownIf) }));
  if (!fields.length) return;
  const look = () => {
    for (const { field, ask } of fields) {
      const shown = !ask || Boolean(ask(valuesOf(form)));
      field.hidden = !shown;
      for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = !shown;
    }
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  document.addEventListener("draft-restored", look);
  look();
}

function valuesOf(form) {
  const values = {};
  for (const field of form.querySelectorAll("[data-field]")) {
    if (!field.hidden) values[field.dataset.field] = valueOf(field);
  }
  return values;
}

function valueOf(field) {
  const inputs = [...field.querySelectorAll("[name]")];
  if (field.dataset.type === "boolean") return inputs.some((input) => input.type === "checkbox" && input.checked);
  const boxes = inputs.filter((input) => input.type === "checkbox");
  if (boxes.length) return boxes.filter((box) => box.checked).map((box) => box.value);
  const radios = inputs.filter((input) => input.type === "radio");
  if (radios.length) return radios.find((radio) => radio.checked)?.value ?? null;
  const value = inputs[0]?.value ?? "";
  if (value === "") return null;
  return ["number", "money"].includes(field.dataset.type) ? Number(value) : value;
}
