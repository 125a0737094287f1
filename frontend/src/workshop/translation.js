// The drawing tools in the reader's language: English is theirs, Chinese stands in our own dictionary.
import { inChinese } from "./chinese.js";

const missing = new Set();
const wantsChinese = () => document.documentElement.lang !== "en";

// A sentence of our own, in both languages.
export const say = (chinese, english) => (wantsChinese() ? chinese : english);

function translate(template, replacements = {}) {
  const words = wantsChinese() ? (inChinese(template) ?? lacking(template)) : template;
  return words.replace(/{([^}]+)}/g, (_, name) => replacements[name] ?? `{${name}}`);
}

// A test reads what nobody has translated yet; our own sentences and names of elements are no part of it.
function lacking(template) {
  if (/[a-z]/i.test(template) && !/[\u4e00-\u9fff]/.test(template)) {
    missing.add(template);
    document.documentElement.dataset.untranslated = JSON.stringify([...missing]);
  }
  return template;
}

export const Words = { translate: ["value", translate] };
