// Shows what the house pushes to this device, opens the page that it is about, and tells the house when the browser
// has another subscription. Nothing else passes through here.
import { flat, remember, remembered } from "./subscription.js";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const { title, body, link, tag, lang } = event.data.json();
  const look = { icon: "/static/icon-192.png", badge: "/static/badge-96.png" };
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, ...look, data: { link } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.link));
});

// A page that is open already comes to the front; no other page loses what was typed there.
async function show(link) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find((page) => page.url === link);
  return open ? open.focus() : self.clients.openWindow(link);
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.newSubscription)));

// Nobody need be signed in: the secret of the old subscription says whose device this is.
async function renew(given) {
  const was = await remembered();
  if (!was) return;
  const { pushManager } = self.registration;
  const now = given ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: was.key }));
  const body = new URLSearchParams({ ...flat(now), was: was.endpoint, secret: was.auth });
  const answer = await fetch("/devices/renewal", { method: "POST", body, credentials: "omit" });
  if (answer.ok) await remember(now, was.key);
}
