// Tables in forms grow and shrink by rows.
for (const table of document.querySelectorAll("[data-rows]")) {
  table.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-row]")) add(table);
    const remove = event.target.closest("[data-remove-row]");
    if (remove) remove.closest("tr").remove();
  });
}

function add(table) {
  const body = table.querySelector("tbody");
  const line = table.querySelector("template").content.firstElementChild.cloneNode(true);
  const number = Number(table.dataset.next ?? body.rows.length);
  table.dataset.next = String(number + 1);
  for (const input of line.querySelectorAll("[name]")) input.name = input.name.replace("__row__", String(number));
  body.append(line);
  line.querySelector("input, select")?.focus();
}
