// Shows what the house pushes to this device, opens the page that it is about, and tells the house when the browser
// has another subscription. Nothing else passes through here.
import { remembered, renewed } from "./subscription.js";

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

async function renew(given) {
  const was = await remembered();
  if (!was) return;
  const { pushManager } = self.registration;
  const key = { userVisibleOnly: true, applicationServerKey: was.key };
  await renewed(given ?? (await pushManager.subscribe(key)), was);
}
