// Photos and papers: shrunk here, sent at once under their SHA-256, and named by id in the form.
import { shrunk } from "./resize-picture.js";

for (const place of document.querySelectorAll("[data-photos]")) watch(place);

function watch(place) {
  for (const input of place.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      for (const file of files) await add(place, file);
    });
  }
  place.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    button.closest("li").remove();
    changed(place);
  });
  place.addEventListener("photos-known", (event) => {
    const known = new Set([...place.querySelectorAll("input[type=hidden]")].map((input) => input.value));
    for (const id of event.detail) if (!known.has(id)) row(place, `/evidence/${encodeURIComponent(id)}/thumbnail`, id);
  });
}

async function add(place, file) {
  const picture = place.dataset.kind === "photo";
  // A picture made small here has lost its place: with consent the house gets the photo as it is.
  const withPlace = Boolean(place.querySelector("[data-place]")?.checked);
  const blob = picture && !withPlace ? await shrunk(file) : file;
  const line = row(place, picture ? URL.createObjectURL(blob) : null, null, file.name);
  line.dataset.state = "sending";
  try {
    if (blob.size > Number(place.dataset.most)) throw Object.assign(new Error("too large"), { words: place.dataset.tooLarge });
    const id = await send(place, blob, file.name, withPlace);
    hold(place, line, id);
    line.dataset.state = "sent";
  } catch (problem) {
    line.dataset.state = "failed";
    line.querySelector("img")?.remove();
    line.querySelector("[data-said]").textContent = problem.words ?? place.dataset.failed;
  }
  changed(place);
}

async function send(place, blob, name, withPlace) {
  const bytes = await blob.arrayBuffer();
  const hash = globalThis.crypto?.subtle ? hex(await crypto.subtle.digest("SHA-256", bytes)) : "unknown";
  const answer = await fetch(`/evidence/${hash}`, {
    method: "PUT",
    body: bytes,
    headers: {
      "Content-Type": blob.type || "application/octet-stream",
      "X-Csrf-Token": document.body.dataset.csrf,
      "X-File-Name": encodeURIComponent(name),
      "X-About": place.dataset.about ?? "",
      ...(withPlace ? { "X-Place": "yes" } : {}),
      Accept: "application/json",
    },
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error("refused"), { words: why(said) });
  return said.id;
}

// The sentence about this very file, else the sentence about the refusal.
function why(said) {
  const language = document.documentElement.lang.slice(0, 2);
  return Object.values(said.problems ?? {})[0]?.[language] ?? said[`message_${language}`];
}

function row(place, picture, id, name = "") {
  const line = place.querySelector("template").content.firstElementChild.cloneNode(true);
  const image = line.querySelector("img");
  if (picture) image.src = picture;
  else image.remove();
  line.querySelector("[data-name]").textContent = name;
  if (id !== null) hold(place, line, id);
  place.querySelector("ul").append(line);
  return line;
}

function hold(place, line, id) {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name: place.dataset.photos, value: String(id) });
  line.append(input);
}

function changed(place) {
  place.dispatchEvent(new CustomEvent("photos-changed", { bubbles: true }));
}

function hex(digest) {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
