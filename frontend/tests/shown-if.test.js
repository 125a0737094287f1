import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.js";

let visits = 0;

async function visit(fields) {
  const { document } = open(`<form data-conditions>${fields}</form>`);
  await import(`../src/shown-if.js?${(visits += 1)}`);
  return document.querySelector("form");
}

const field = (name, { kind = "string", value = "", shown = "" } = {}) => `<div data-field="${name}" data-type="${kind}"${shown ? ` data-shown-if="${shown}"` : ""}><input name="${name}" value="${value}"></div>`;
const hidden = (form) => [...form.querySelectorAll("[data-field]")].filter((one) => one.hidden).map((one) => one.dataset.field);

function type(form, name, value) {
  form.querySelector(`[name=${name}]`).value = value;
  form.dispatchEvent(new Event("input"));
}

test("a field follows what is typed, and what is hidden is not sent", async () => {
  const form = await visit(field("met") + field("why", { shown: "met = 'absent'" }));
  assert.deepEqual(hidden(form), ["why"]);
  assert.equal(form.querySelector("[name=why]").disabled, true);
  type(form, "met", " absent ");
  assert.deepEqual(hidden(form), []);
  assert.equal(form.querySelector("[name=why]").disabled, false);
});

test("what is hidden is empty for the others, also for those before it", async () => {
  const form = await visit(field("more", { shown: "why != null" }) + field("why", { value: "x", shown: "met = 'absent'" }) + field("met", { value: "absent" }));
  assert.deepEqual(hidden(form), []);
  type(form, "met", "home");
  assert.deepEqual(hidden(form), ["more", "why"]);
});

test("what is not understood, or is not on the page to be read, stays in sight", async () => {
  const shown = `<div data-field="kept" data-type="string">a value that is only shown</div>`;
  const form = await visit(shown + field("one", { shown: "count(met) = 1" }) + field("two", { shown: "ticket_kind = 'a'" }) + field("three", { shown: "kept = null" }));
  assert.deepEqual(hidden(form), []);
});
