import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import * as store from "../src/draft-store.js";
import { open } from "./page.js";

const LONG = "今天上午与镇卫生院王院长通了电话，约定周四上门补签协议。";
const pairs = (reason) => [["reason", reason]];

beforeEach(() => {
  open("");
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: Date.UTC(2019, 8, 2) });
});

test("a record is read as it was written, and only by its person", () => {
  const record = store.changed(null, pairs("a"), "page");
  assert.equal(store.write("7:work:1", record), true);
  assert.deepEqual(store.read("7:work:1"), record);
  assert.deepEqual(store.namesOf("7"), ["7:work:1"]);
  assert.deepEqual(store.namesOf("77"), []);
  store.drop("7:work:1");
  assert.equal(store.read("7:work:1"), null);
});

test("a list of pairs of an older version is a record, and what cannot be read is none", () => {
  localStorage.setItem("draft:7:a", JSON.stringify(pairs("a")));
  localStorage.setItem("draft:7:b", "{");
  assert.deepEqual(store.read("7:a").now, pairs("a"));
  assert.equal(store.read("7:b"), null);
});

test("a store that is full keeps nothing and says so", () => {
  globalThis.localStorage = { setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  assert.equal(store.write("7:a", {}), false);
});

test("what is typed on grows one record; a correction is no loss", () => {
  let record = store.changed(null, pairs("今天上午"), "page");
  record = store.changed(record, pairs(LONG), "page");
  record = store.changed(record, pairs(LONG.slice(0, -5)), "page");
  assert.deepEqual(record.now, pairs(LONG.slice(0, -5)));
  assert.deepEqual(record.older, []);
});

test("a text that was emptied is kept beside what stands there now", () => {
  const record = store.changed(store.changed(null, pairs(LONG), "page"), pairs(""), "page");
  assert.deepEqual(record.older.map((one) => one.pairs), [pairs(LONG)]);
});

test("letter by letter a loss is a loss too", () => {
  let record = store.changed(null, pairs(LONG), "page");
  for (let left = LONG.length; left >= 0; left -= 1) record = store.changed(record, pairs(LONG.slice(0, left)), "page");
  assert.deepEqual(record.older.map((one) => one.pairs), [pairs(LONG)]);
});

test("a second page that writes something else overwrites nothing", () => {
  const record = store.changed(store.changed(null, pairs("from the first"), "one"), pairs("from the second"), "two");
  assert.deepEqual(record.older.map((one) => one.pairs), [pairs("from the first")]);
});

test("no more than five are kept, the newest of them", () => {
  let record = null;
  for (let number = 1; number <= 8; number += 1) record = store.changed(record, pairs(`${number} is what this page says`), `page ${number}`);
  assert.deepEqual(record.older.map((one) => one.pairs[0][1][0]), ["3", "4", "5", "6", "7"]);
});

test("a draft is stale after sixty days, not before", () => {
  const record = store.changed(null, pairs("a"), "page");
  mock.timers.setTime(Date.now() + 60 * 86_400_000);
  assert.equal(store.isStale(record), false);
  mock.timers.tick(1);
  assert.equal(store.isStale(record), true);
});
