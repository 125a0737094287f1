// What was typed and not yet sent is kept on this device, for this person and this work item.
const MARK = "draft:";

for (const gone of document.querySelectorAll("[data-draft-done]")) localStorage.removeItem(MARK + gone.dataset.draftDone);
for (const form of document.querySelectorAll("form[data-draft]")) keep(form);
for (const form of document.querySelectorAll("form[data-sign-out]")) form.addEventListener("submit", forgetAll);

function keep(form) {
  const key = MARK + form.dataset.draft;
  if (form.dataset.fresh === "yes") restore(form, localStorage.getItem(key));
  let timer;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => store(key, form), 400);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("photos-changed", later);
}

function store(key, form) {
  const pairs = [...new FormData(form)].filter(([name, value]) => !name.startsWith("_") && typeof value === "string");
  try {
    localStorage.setItem(key, JSON.stringify(pairs));
  } catch {
    return;
  }
  const note = form.querySelector("[data-draft-note]");
  if (note) note.hidden = false;
}

function restore(form, text) {
  if (!text) return;
  const groups = new Map();
  for (const [name, value] of JSON.parse(text)) groups.set(name, [...(groups.get(name) ?? []), value]);
  for (const [name, values] of groups) fill(form, name, values);
  const note = form.querySelector("[data-draft-restored]");
  if (note) note.hidden = false;
  document.dispatchEvent(new CustomEvent("draft-restored"));
}

function fill(form, name, values) {
  const [, table, row] = name.match(/^(.+)\.(\d+)\.[^.]+$/) ?? [];
  const rows = table && form.querySelector(`[data-rows="${CSS.escape(table)}"]`);
  if (rows && !form.elements[name]) rows.dispatchEvent(new CustomEvent("row-known", { detail: Number(row) }));
  const inputs = [...form.elements].filter((input) => input.name === name);
  for (const [at, input] of inputs.entries()) {
    if (["checkbox", "radio"].includes(input.type)) input.checked = values.includes(input.value);
    else if (input.type !== "hidden" && input.type !== "file") input.value = values[at] ?? "";
  }
  const photos = form.querySelector(`[data-photos="${CSS.escape(name)}"]`);
  if (photos) photos.dispatchEvent(new CustomEvent("photos-known", { detail: values }));
}

function forgetAll() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(MARK)) localStorage.removeItem(key);
}
