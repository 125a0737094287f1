// This browser's subscription to what the house pushes. Pages and the worker share what is remembered of it, for
// not every browser says which subscription it has given up.
const KEPT = "subscription";
const PLACE = "/subscription";

export async function subscribed() {
  const worker = await navigator.serviceWorker?.getRegistration("/");
  return worker?.pushManager?.getSubscription();
}

export async function fingerprint(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(digest), (one) => one.toString(16).padStart(2, "0")).join("");
}

// `key` is the house's, for whom alone the browser takes messages.
export async function remember(subscription, key) {
  const kept = await caches.open(KEPT);
  await kept.put(PLACE, new Response(JSON.stringify({ ...flat(subscription), key })));
}

export async function remembered() {
  return (await caches.match(PLACE, { cacheName: KEPT }))?.json();
}

export function flat(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

// The house hears of another subscription. Nobody need be signed in: the secret of the old one says whose device this is.
// What it did not answer is asked again with the next page.
export async function renewed(now, was) {
  const body = new URLSearchParams({ ...flat(now), was: was.endpoint, secret: was.auth });
  const answer = await fetch("/devices/renewal", { method: "POST", body, credentials: "omit" });
  if (answer.ok || answer.status === 404) await remember(now, was.key);
}

// Nothing appears here any more, and what appeared goes.
export async function forget() {
  const here = await subscribed();
  await caches.delete(KEPT);
  const worker = await navigator.serviceWorker.getRegistration("/");
  for (const shown of (await worker?.getNotifications()) ?? []) shown.close();
  await here?.unsubscribe();
}
