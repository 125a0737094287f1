// Shows and hides fields while somebody types. The server decides again when the form is sent, so a
// condition this small reader does not understand simply leaves its field in sight.
import { read } from "./conditions.js";
import { valueOf } from "./field-values.js";

for (const form of document.querySelectorAll("form[data-conditions]")) watch(form);

function watch(form) {
  // A field that is only shown has no input to read: conditions about it are the server's.
  const fields = [...form.querySelectorAll("[data-field]")].filter((field) => field.querySelector("[name], [data-photos], [data-rows]"));
  const names = new Set(fields.map((field) => field.dataset.field));
  const asked = [...form.querySelectorAll("[data-shown-if]")].map((field) => ({ field, ask: read(field.dataset.shownIf, names) })).filter(({ ask }) => ask);
  if (!asked.length) return;
  const look = () => {
    const hidden = hiddenOf(asked, fields);
    for (const { field } of asked) show(field, !hidden.has(field));
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.addEventListener("photos-changed", look);
  document.addEventListener("draft-restored", look);
  look();
}

// A field that is hidden is empty for the conditions of the others, wherever it stands: asked until nothing changes.
function hiddenOf(asked, fields) {
  let hidden = new Set();
  for (let round = 0; round <= asked.length; round += 1) {
    const values = new Map(fields.filter((field) => !hidden.has(field)).map((field) => [field.dataset.field, valueOf(field)]));
    const now = new Set(asked.filter(({ ask }) => !ask(values)).map(({ field }) => field));
    if (now.size === hidden.size && [...now].every((field) => hidden.has(field))) break;
    hidden = now;
  }
  return hidden;
}

function show(field, shown) {
  field.hidden = !shown;
  for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = !shown;
}
