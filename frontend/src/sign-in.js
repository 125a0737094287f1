// Signing in and out say which browser this is, so that notices of one do not appear where another sits.
import { fingerprint, forget, subscribed } from "./subscription.js";

// Milliseconds that taking back the subscription may hold up the way out.
const LONGEST = 2000;
const door = document.querySelector("form[action='/sign-in']");
if (door) name(door).catch(() => null);

for (const form of document.querySelectorAll("form[data-sign-out]"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await Promise.race([leave(form).catch(() => null), new Promise((done) => setTimeout(done, LONGEST))]);
    form.submit();
  });

async function leave(form) {
  await name(form);
  await forget();
}

async function name(form) {
  const here = await subscribed();
  if (here) form.elements.device.value = await fingerprint(here.endpoint);
}
