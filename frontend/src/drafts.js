// What was typed and not yet taken by the house is kept on this device, for this person and this form. It goes when the
// house says in a cookie that it took the form; signing out, an ended session and another person's visit leave it alone.
import { changed, drop, isStale, namesOf, read, same, write } from "./draft-store.js";

const { person } = document.body.dataset;
// The page answers a form that was sent: what it shows is what the house made of it.
const answers = "answer" in document.body.dataset;
const PAUSE = 400;
const LOCALE = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
const TYPED = "textarea, select, [data-photos], input:not([type=hidden], [type=file], [type=search], [type=submit])";
// Pages of one person that are open at the same time each write under a name of their own.
const page = key();
const kept = new WeakSet();
// What each form of this page was last sent with.
const sentFrom = new WeakMap();

if (person) {
  forget(takenKey());
  keepAll();
  document.addEventListener("htmx:after:swap", keepAll);
  for (const place of document.querySelectorAll("[data-draft-left]")) showLeft(place);
}

// Also the forms of a part that the page has fetched since.
function keepAll() {
  for (const form of document.querySelectorAll("form[method=post]"))
    if (!kept.has(form) && isKept(form)) {
      kept.add(form);
      keep(form);
    }
}

function forget(taken) {
  for (const name of namesOf(person)) {
    const record = read(name);
    if (!record || isStale(record) || (taken && record.attempt?.key === taken)) drop(name);
  }
}

// The key of the form that the house took last.
function takenKey() {
  const found = document.cookie.match(/(?:^|; )taken=([\w-]+)/)?.[1];
  if (found) document.cookie = "taken=; path=/; max-age=0";
  return found;
}

// Passwords and other secrets are kept nowhere, and a form without anything to type has nothing to lose.
function isKept(form) {
  return form.elements._key && form.querySelector(TYPED) && !form.querySelector("[type=password]");
}

function keep(form) {
  const name = nameOf(form);
  const first = pairsOf(form);
  let timer = null;
  const store = () => {
    clearTimeout(timer);
    timer = null;
    const record = changed(read(name), pairsOf(form), page);
    const untouched = same(record.now, first) && !record.older.length && !record.attempt;
    const isWritten = untouched ? false : write(name, record);
    if (untouched) drop(name);
    const said = form.querySelector("[data-draft-note]");
    if (said) said.hidden = !isWritten;
    offer(form, name, store);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(store, PAUSE);
  };
  settle(form, name, first, store);
  for (const event of ["input", "change", "photos-changed"]) form.addEventListener(event, ({ target }) => target.type === "search" || later());
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return;
    if (timer || !same(first, pairsOf(form))) store();
    send(form, name, event.submitter);
  });
  addEventListener("pagehide", () => timer && store());
}

// A work item has a name of its own; other forms are called by where they are sent, and what they say without being asked.
function nameOf(form) {
  const hidden = [...form.querySelectorAll("input[type=hidden]")].filter((input) => !input.name.startsWith("_") && !input.closest("[data-photos]"));
  const about = hidden.map((input) => `${input.name}=${input.value}`).join("&");
  return form.dataset.draft ?? `${person}:${new URL(form.action).pathname}${about ? `#${digest(about)}` : ""}`;
}

function digest(text) {
  let sum = 5381;
  for (const sign of text) sum = (sum * 33 + sign.codePointAt(0)) % 4_294_967_296;
  return sum.toString(36);
}

// What a form says without being asked is not kept; the hidden "no" before a tick box belongs to what is asked.
function pairsOf(form, submitter = null) {
  const asked = new Set([...form.elements].filter(isAsked).map((input) => input.name));
  const pairs = [...new FormData(form)].filter(([name, value]) => !name.startsWith("_") && asked.has(name) && typeof value === "string");
  return submitter?.name ? [...pairs, [submitter.name, submitter.value]] : pairs;
}

function isAsked(input) {
  if (input.type === "hidden") return Boolean(input.closest("[data-photos]"));
  return input.type !== "search" && input.autocomplete !== "off";
}

// A draft is put back by itself where the form is fresh and its own, or was sent and never taken; elsewhere it is offered.
function settle(form, name, pairs, store) {
  const record = read(name);
  if (!record) return;
  const back = form.dataset.draft ? form.dataset.fresh === "yes" : record.attempt && !answers;
  if (back && record.now.length && !same(record.now, pairs)) {
    fill(form, record.now);
    note(form, "restored");
  } else if (!back && !same(record.now, pairs)) write(name, changed({ ...record, by: "" }, pairs, page));
  offer(form, name, store);
}

// Sent again unchanged it is the same request, whichever page it is sent from: under the key of the first time it is done
// once. Sent with something else, from a page that the browser's way back has shown again, it is another one.
function send(form, name, submitter) {
  const record = read(name);
  const field = form.elements._key;
  const pairs = pairsOf(form, submitter);
  const before = sentFrom.get(form) ?? record?.attempt;
  if (before && same(before.pairs, pairs) && !form.querySelector("input[type=file][name]")) field.value = before.key;
  else if (before?.key === field.value) field.value = key();
  const attempt = { key: field.value, pairs };
  sentFrom.set(form, attempt);
  if (record) write(name, { ...record, attempt });
}

function key() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function note(form, kind) {
  const made = document.querySelector("#draft-notes").content.querySelector(`[data-draft-${kind}]`).cloneNode(true);
  form.before(made);
  return made;
}

// What stood here before something was lost from it, the newest first.
function offer(form, name, store) {
  const older = (read(name)?.older ?? []).filter((one) => !same(one.pairs, pairsOf(form)));
  let place = form.previousElementSibling?.matches("[data-draft-older]") ? form.previousElementSibling : null;
  if (!older.length) return place?.remove();
  place ??= note(form, "older");
  const buttons = older.reverse().map((one) => {
    const button = place.querySelector("button").cloneNode(true);
    button.querySelector("[data-at]").textContent = new Date(one.at).toLocaleString(LOCALE, { dateStyle: "short", timeStyle: "short" });
    button.onclick = () => {
      fill(form, one.pairs);
      store();
      form.querySelector(TYPED)?.focus();
    };
    return button;
  });
  for (const button of place.querySelectorAll("button")) button.remove();
  place.append(...buttons);
}

function fill(form, pairs) {
  const groups = new Map();
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value]);
  for (const input of form.elements) if (["checkbox", "radio"].includes(input.type) && !groups.has(input.name)) input.checked = false;
  for (const [name, values] of groups) put(form, name, values);
  document.dispatchEvent(new CustomEvent("draft-restored"));
}

function put(form, name, values) {
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

// Work that was done elsewhere meanwhile has no form any more: what was typed here can still be read and copied.
function showLeft(place) {
  const record = read(place.dataset.draftLeft);
  const pairs = record ? [record.now, ...record.older.map((one) => one.pairs).reverse()].flat() : [];
  const shown = new Map(pairs.filter(([, value]) => value.trim()).map((pair) => [pair.join("="), pair]));
  if (!shown.size) return;
  const labels = JSON.parse(place.dataset.labels);
  for (const [name, value] of shown.values()) {
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = labels[name] ?? name;
    words.textContent = value;
    place.querySelector("dl").append(term, words);
  }
  place.querySelector("[data-drop]").onclick = () => {
    drop(place.dataset.draftLeft);
    place.remove();
  };
  place.hidden = false;
}
