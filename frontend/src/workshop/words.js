// The drawing tools in the reader's language: English is theirs, Chinese stands in our own dictionary.
import { zh } from "./zh.js";

const missing = new Set();

function translate(template, replacements = {}) {
  const words = document.documentElement.lang === "zh" ? (zh[template] ?? lacking(template)) : template;
  return words.replace(/{([^}]+)}/g, (_, name) => replacements[name] ?? `{${name}}`);
}

// A test reads what nobody has translated yet.
function lacking(template) {
  missing.add(template);
  document.documentElement.dataset.untranslated = JSON.stringify([...missing]);
  return template;
}

export const Words = { translate: ["value", translate] };
