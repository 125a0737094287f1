// Menus are <details>: a click elsewhere or Escape closes them.
const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// By keyboard, a chip of a row wider than the screen and a large field come wholly into sight; browsers are content
// with a part of the one and the first line of the other.
document.addEventListener("keyup", ({ key }) => {
  const here = document.activeElement;
  if (key === "Tab" && here.matches(".chip, textarea")) here.scrollIntoView({ block: "nearest", inline: "nearest" });
});

// A problem in the list at the top leads to its field, even inside a closed section.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-to-field]");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  const section = target.closest("details");
  if (section) section.open = true;
  target.scrollIntoView({ block: "center" });
  (target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea"))?.focus({ preventScroll: true });
});

const first = document.querySelector("[data-take-focus]");
first?.focus();
first?.scrollIntoView({ block: "nearest" });
