import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { open } from "./page.js";

let visits = 0;

async function visit(answers, { kind = "file", most = 100 } = {}) {
  const { document, ...page } = open(`<html lang="en-GB"><body data-csrf="c"><form>
    <div data-photos="evidence" data-kind="${kind}" data-about="ticket:1" data-most="${most}" data-too-large="Too large." data-failed="Not sent.">
      <ul></ul><template><li><img><span data-name></span><span data-said></span><button type="button" data-remove></button></li></template>
      <input type="checkbox" data-place><input type="file">
    </div></form></body></html>`);
  const sent = [];
  globalThis.fetch = async (address, request) => {
    sent.push({ address, ...request });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return Response.json(answer.said, { status: answer.status ?? 200 });
  };
  globalThis.URL.createObjectURL = () => "blob:1";
  await import(`../src/photos.js?${(visits += 1)}`);
  return { place: document.querySelector("[data-photos]"), sent, page };
}

// Answers when every line stands as sent or failed.
async function choose(place, ...names) {
  const input = place.querySelector("input[type=file]");
  const files = names.map((name) => new File(["a photo"], name, { type: "application/pdf" }));
  Object.defineProperty(input, "files", { value: files, configurable: true });
  const done = new Promise((settled) => {
    let count = 0;
    place.addEventListener("photos-changed", () => (count += 1) === names.length && settled());
  });
  input.dispatchEvent(new Event("change"));
  await done;
}

const lines = (place) => [...place.querySelectorAll("li")].map((line) => [line.dataset.state, line.querySelector("[data-said]").textContent, line.querySelector("input")?.value]);

test("files go one after the other, under their hash, and stand in the form by number", async () => {
  const { place, sent } = await visit([{ said: { id: 5 } }, { said: { id: 6 } }]);
  await choose(place, "一.pdf", "b.pdf");
  assert.deepEqual(lines(place), [["sent", "", "5"], ["sent", "", "6"]]);
  assert.equal(sent[0].address, `/evidence/${createHash("sha256").update("a photo").digest("hex")}`);
  assert.equal(sent[0].headers["X-File-Name"], encodeURIComponent("一.pdf"));
  assert.equal(sent[0].headers["X-About"], "ticket:1");
  assert.equal("X-Place" in sent[0].headers, false);
});

test("one that is refused or does not arrive says why, and the next goes on", async () => {
  const refused = { status: 422, said: { message_en: "Refused.", problems: { file: { en: "This is no picture.", zh: "不是图片。" } } } };
  const { place } = await visit([refused, new TypeError("network"), { said: { id: 7 } }]);
  await choose(place, "a", "b", "c");
  assert.deepEqual(lines(place), [["failed", "This is no picture.", undefined], ["failed", "Not sent.", undefined], ["sent", "", "7"]]);
});

test("one that is too large is not sent", async () => {
  const { place, sent } = await visit([], { most: 3 });
  await choose(place, "a");
  assert.deepEqual(lines(place), [["failed", "Too large.", undefined]]);
  assert.deepEqual(sent, []);
});

test("the place goes along only where somebody agreed", async () => {
  const { place, sent } = await visit([{ said: { id: 5 } }], { kind: "photo" });
  place.querySelector("[data-place]").checked = true;
  await choose(place, "a");
  assert.equal(sent[0].headers["X-Place"], "yes");
});

test("a draft's photos come back once, and one that is removed is gone", async () => {
  const { place } = await visit([]);
  for (let time = 0; time < 2; time += 1) place.dispatchEvent(new CustomEvent("photos-known", { detail: ["5", "6"] }));
  assert.deepEqual([...place.querySelectorAll("input[type=hidden]")].map((input) => input.value), ["5", "6"]);
  place.querySelector("[data-remove]").click();
  assert.deepEqual([...place.querySelectorAll("input[type=hidden]")].map((input) => input.value), ["6"]);
});
