// My account lists this browser as a device: it is asked, and says where the house can push notices to it.
import { fingerprint, flat, forget, remember, remembered, renewed, subscribed } from "./subscription.js";

const box = document.querySelector("[data-devices]");
// Milliseconds: where the browser's push service cannot be reached, some browsers try for ever and say nothing.
const LONGEST = 15000;
if (box) begin();
else catchUp().catch(() => null);

// The house was away when this browser was given another subscription.
async function catchUp() {
  const here = await subscribed();
  const was = here && (await remembered());
  if (was && was.endpoint !== here.endpoint) await renewed(here, was);
}

async function begin() {
  const why = reason();
  if (why) return say(why);
  const here = await subscribed();
  const row = here && box.querySelector(`[data-fingerprint="${await fingerprint(here.endpoint)}"]`);
  if (row) return mark(row, here);
  const button = box.querySelector("[data-list-me]");
  button.hidden = false;
  button.addEventListener("click", () => list(button));
}

// Why this browser cannot, or nothing.
function reason() {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
    return navigator.standalone === false ? "home-screen" : "cannot";
  return Notification.permission === "denied" ? "denied" : "";
}

function say(why) {
  for (const one of box.querySelectorAll("[data-why]")) one.hidden = one.dataset.why !== why;
}

async function list(button) {
  say("");
  button.disabled = true;
  button.classList.add("btn-loading");
  if ((await Notification.requestPermission()) === "granted") {
    const subscription = await Promise.race([subscribe().catch(() => null), tooLong()]);
    if (subscription) {
      await remember(subscription, box.dataset.devices);
      return send(subscription);
    }
    say("no-service");
  } else say("denied");
  button.disabled = false;
  button.classList.remove("btn-loading");
}

const tooLong = () => new Promise((give) => setTimeout(give, LONGEST, null));

async function subscribe() {
  await navigator.serviceWorker.register("/service-worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  // What another key or another person left here is worth nothing.
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: box.dataset.devices });
}

function send(subscription) {
  const form = box.querySelector("[data-list-me]").form;
  for (const [name, value] of Object.entries(flat(subscription))) form.elements[name].value = value;
  form.submit();
}

// Taken off the list, this browser forgets its address too.
function mark(row, here) {
  remember(here, box.dataset.devices);
  row.querySelector("[data-this]").hidden = false;
  const form = row.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await forget().catch(() => null);
    form.submit();
  });
}
