import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import * as store from "../src/draft-store.js";
import { open } from "./page.js";

const NAME = "7:work:1";
let visits = 0;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2019, 8, 2) });
});

// What a person sees who opens the work: the page's script runs anew, the store stays.
async function visit({ kept = {}, fresh = "yes", cookie = "", key = "k1" } = {}) {
  const page = open(`<html lang="en"><body data-person="7">
    <template id="draft-notes"><p data-draft-restored></p><p data-draft-older><button><span data-at></span></button></p></template>
    <form method="post" action="/work-items/1" data-draft="${NAME}" data-fresh="${fresh}">
      <span data-draft-note hidden></span>
      <input type="hidden" name="_key" value="${key}">
      <textarea name="reason"></textarea>
      <input type="hidden" name="agreed" value="false"><input type="checkbox" name="agreed" value="true">
      <input type="radio" name="met" value="home"><input type="radio" name="met" value="absent">
      <select name="level"><option value=""></option><option value="town"></option></select>
      <input type="search" name="find"><button type="submit">Send</button>
    </form></body></html>`);
  for (const [name, record] of Object.entries(kept)) store.write(name, record);
  if (cookie) page.document.cookie = cookie;
  await import(`../src/drafts.js?${(visits += 1)}`);
  return page.document.querySelector("form");
}

function type(form, name, value) {
  const input = form.querySelector(`[name=${name}]:not([type=hidden])`);
  if (input.type === "checkbox") input.checked = value;
  else input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

const record = (pairs, more = {}) => ({ ...store.changed(null, pairs, "another page"), ...more });

test("what is typed is kept a moment later, and said to be", async () => {
  const form = await visit();
  type(form, "reason", "未在家");
  mock.timers.tick(399);
  assert.equal(store.read(NAME), null);
  mock.timers.tick(1);
  assert.deepEqual(store.read(NAME).now.find(([name]) => name === "reason"), ["reason", "未在家"]);
  assert.equal(form.querySelector("[data-draft-note]").hidden, false);
});

test("what is as it was on the page is not kept, nor what was searched for", async () => {
  const form = await visit();
  type(form, "reason", "");
  mock.timers.tick(400);
  assert.equal(store.read(NAME), null);
  type(form, "find", "王");
  mock.timers.tick(400);
  assert.equal(store.read(NAME), null);
});

test("every kind of input comes back as it was left", async () => {
  const left = await visit();
  type(left, "reason", "未在家");
  type(left, "agreed", true);
  type(left, "level", "town");
  left.querySelector("[value=absent]").checked = true;
  left.querySelector("[value=absent]").dispatchEvent(new Event("input", { bubbles: true }));
  mock.timers.tick(400);
  const form = await visit({ kept: { [NAME]: store.read(NAME) } });
  assert.equal(form.querySelector("textarea").value, "未在家");
  assert.equal(form.querySelector("[type=checkbox]").checked, true);
  assert.equal(form.querySelector("[value=absent]").checked, true);
  assert.equal(form.querySelector("select").value, "town");
  assert.equal(form.querySelector("[name=_key]").value, "k1");
  assert.equal(form.previousElementSibling.matches("[data-draft-restored]"), true);
});

test("a form that was refused shows what was sent; what was kept is offered", async () => {
  const form = await visit({ fresh: "no", kept: { [NAME]: record([["reason", "what was typed here before"]]) } });
  assert.equal(form.querySelector("textarea").value, "");
  form.previousElementSibling.querySelector("button").onclick();
  assert.equal(form.querySelector("textarea").value, "what was typed here before");
});

test("what the house took is forgotten, and nothing else", async () => {
  const attempt = { key: "k0", pairs: [] };
  await visit({ cookie: "taken=k0", kept: { [NAME]: record([["reason", "a"]], { attempt }), "7:work:2": record([["reason", "b"]]), "8:work:1": record([["reason", "c"]], { attempt }) } });
  assert.equal(store.read(NAME), null);
  assert.notEqual(store.read("7:work:2"), null);
  assert.notEqual(store.read("8:work:1"), null);
});

test("the same sent again goes under the key of the first time, something else under its own", async () => {
  const send = (form) => form.dispatchEvent(new Event("submit", { cancelable: true }));
  const first = await visit();
  type(first, "reason", "未在家");
  send(first);
  const kept = { [NAME]: store.read(NAME) };
  assert.equal(kept[NAME].attempt.key, "k1");
  const same = await visit({ kept, key: "k2" });
  send(same);
  assert.equal(same.querySelector("[name=_key]").value, "k1");
  const other = await visit({ kept, key: "k3" });
  type(other, "reason", "已在家");
  send(other);
  assert.equal(other.querySelector("[name=_key]").value, "k3");
});
