// A form is sent once, and not while its photos are still on their way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const waiting = form.querySelector("[data-state=sending]");
  if (waiting) {
    event.preventDefault();
    waiting.scrollIntoView({ block: "center" });
    return;
  }
  if (form.dataset.sent && !form.hasAttribute("hx-get")) event.preventDefault();
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[type=submit]")) button.classList.add("btn-loading");
});

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".btn-loading")) button.classList.remove("btn-loading");
});
