import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../src/conditions.js";
import { valueOf } from "../src/field-values.js";
import { open } from "./page.js";

const CASES = JSON.parse(readFileSync(new URL("../../tests/cases/conditions.json", import.meta.url)));

for (const [condition, values, shown] of CASES.conditions)
  test(`${condition} with ${JSON.stringify(values)}`, () => {
    const ask = read(condition, new Set(Object.keys(values)));
    assert.equal(ask ? ask(new Map(Object.entries(values))) : null, shown);
  });

for (const [type, typed, value] of CASES.typed)
  test(`“${typed}” in a field of type ${type}`, () => {
    const { document } = open(`<div data-type="${type}"><textarea name="one"></textarea></div>`);
    document.querySelector("textarea").value = typed;
    assert.deepEqual(valueOf(document.querySelector("div")), value);
  });
