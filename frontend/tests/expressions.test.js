import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import * as expressions from "../src/workshop/expressions.js";

const FOLDER = new URL("../../bpmn/", import.meta.url);
const SHIPPED = readdirSync(FOLDER, { recursive: true }).filter((name) => name.endsWith(".bpmn")).map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&#39;": "'", "&apos;": "'", "&#34;": '"', "&quot;": '"', "&amp;": "&" };
const plain = (text) => text.replace(/&(?:[a-z]+|#\d+);/g, (entity) => ENTITIES[entity]);

function written(pattern) {
  const found = SHIPPED.flatMap((text) => [...text.matchAll(pattern)].map(([, value]) => plain(value)));
  assert.notEqual(found.length, 0);
  return new Set(found);
}

const task = (attributes) => ({ get: (name) => attributes[name] });

test("whoever does a step of the shipped diagrams is read, and written as it stood", () => {
  for (const name of ["camunda:assignee", "camunda:candidateGroups"])
    for (const text of written(new RegExp(`${name}="([^"]*)"`, "g"))) {
      const one = expressions.readOwner(task({ [name]: text }));
      const back = expressions.writeOwner(one);
      assert.equal(one.kind === "other" || back[name]?.replace(/\s+/g, " ") === text.replace(/\s+/g, " "), true, `${text} → ${JSON.stringify(back)}`);
    }
});

test("due dates of the shipped diagrams are read, and written as they stood", () => {
  for (const text of written(/camunda:dueDate="([^"]*)"/g)) assert.equal(expressions.writeDate(expressions.readDate(text)), text);
});

test("conditions of the shipped flows are read, and written so that they mean the same", () => {
  for (const text of written(/<bpmn:conditionExpression[^>]*>([^<]*)</g)) {
    const once = expressions.readCondition(text);
    assert.deepEqual(expressions.readCondition(expressions.writeCondition(once)), once, text);
  }
});

test("nobody, and nothing, is written as nothing", () => {
  assert.deepEqual(expressions.readOwner(task({})), { kind: "none", text: "" });
  assert.deepEqual(Object.values(expressions.writeOwner({ kind: "none" })), [undefined, undefined, undefined]);
  assert.equal(expressions.writeDate({ kind: "none" }), undefined);
  assert.equal(expressions.writeReceiver(expressions.readReceiver("")), undefined);
  assert.equal(expressions.writeCondition(expressions.readCondition(undefined)), "");
});

test("a person is assigned, an office is a group of candidates", () => {
  assert.equal(expressions.writeOwner({ kind: "person", field: "helper" })["camunda:assignee"], "${person(helper)}");
  assert.equal(expressions.writeOwner({ kind: "post", role: "town_office", scope: "town" })["camunda:candidateGroups"], "${post('town_office', town)}");
});

test("what was written by hand stays as it is", () => {
  for (const text of ["${if a then b else c}", "${post(role, town)}"]) assert.equal(expressions.writeOwner(expressions.readOwner(task({ "camunda:assignee": text })))["camunda:candidateGroups"], text);
  assert.equal(expressions.writeDate(expressions.readDate("${milestone('closure') + 'P1D'}")), "${milestone('closure') + 'P1D'}");
  assert.equal(expressions.writeReceiver(expressions.readReceiver("ticket:${household}")), "ticket:${household}");
  assert.equal(expressions.writeCondition(expressions.readCondition("${count(found) > 2}")), "count(found) > 2");
});

test("durations of one unit are read; those of several are left alone", () => {
  for (const [text, kind, count] of [["P3D", "days", "3"], ["PT4H", "hours", "4"], ["PT5M", "minutes", "5"]]) {
    assert.deepEqual(expressions.readDuration(text), { kind, count });
    assert.equal(expressions.writeDuration({ kind, count }), text);
    assert.equal(expressions.writeDuration({ kind, count }, true), `R/${text}`);
  }
  for (const text of ["P1DT2H", "P1M", "R3/P1D"]) assert.equal(expressions.writeDuration(expressions.readDuration(text)), text);
});

test("a condition keeps its clauses, and its quotes cannot end a text early", () => {
  const one = expressions.readCondition("${met = 'home' and persons >= 3}");
  assert.deepEqual(one, { joined: "and", clauses: [{ field: "met", sign: "=", value: "home", quoted: true }, { field: "persons", sign: ">=", value: "3", quoted: false }] });
  assert.equal(expressions.writeCondition(one), "met = 'home' and persons >= 3");
  const quoted = { joined: "or", clauses: [{ field: "met", sign: "=", value: "it's", quoted: true }] };
  assert.deepEqual(expressions.readCondition(expressions.writeCondition(quoted)).clauses[0].value, "it’s");
});

test("“and” and “or” within a text do not part it", () => {
  const one = expressions.readCondition("reason = 'sick and old' or reason = 'a or b'");
  assert.equal(expressions.writeCondition(one), "reason = 'sick and old' or reason = 'a or b'");
});
