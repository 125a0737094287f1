// What stands in a field of a form, as the server reads it: texts trimmed, numbers as numbers, null where nothing stands.
const REFERENCES = ["person", "unit", "household"];

export function valueOf(field) {
  const inputs = [...field.querySelectorAll("[name]")];
  return (READERS[field.dataset.type] ?? text)(inputs, field.dataset.type);
}

const READERS = {
  boolean: (inputs) => inputs.some((input) => input.type === "checkbox" && input.checked),
  choices: (inputs) => listOf(inputs.filter((input) => input.checked).map((input) => input.value)),
  photo: (inputs) => listOf(inputs.map((input) => reference(input.value))),
  file: (inputs) => listOf(inputs.map((input) => reference(input.value))),
  number,
  money: number,
  datetime: (inputs) => text(inputs)?.replace(/T\d\d:\d\d$/, "$&:00") ?? null,
  long_text: (inputs) => written(inputs).trim() || null,
  // Conditions ask of these only whether something stands in them.
  table: (inputs) => (inputs.some((input) => input.value.trim()) ? {} : null),
  checklist: (inputs) => (inputs.some((input) => input.checked) ? {} : null),
};

function written(inputs) {
  const radios = inputs.filter((input) => input.type === "radio");
  return (radios.length ? radios.find((radio) => radio.checked) : inputs[0])?.value ?? "";
}

function text(inputs, type) {
  const found = written(inputs).replace(/[０-９]/g, (digit) => digit.normalize("NFKC")).trim() || null;
  return found !== null && REFERENCES.includes(type) ? reference(found) : found;
}

const reference = (value) => (/^\d{1,15}$/.test(value) ? Number(value) : value);
const listOf = (values) => (values.length ? values : null);

// What is no number is refused by the server and counts as nothing until then.
function number(inputs) {
  const plain = written(inputs).normalize("NFKC").replace(/[, ]/g, "").replace(/^[¥元]+|[¥元]+$/g, "").replace("−", "-").trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(plain) ? Number(plain) : null;
}
