// Tables in forms grow and shrink by rows.
for (const table of document.querySelectorAll("[data-rows]")) {
  table.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-row]")) add(table);
    const remove = event.target.closest("[data-remove-row]");
    if (remove) remove.closest("tr").remove();
  });
  table.addEventListener("row-known", (event) => put(table, event.detail));
}

function add(table) {
  put(table, Number(table.dataset.next)).querySelector("input, select")?.focus();
}

function put(table, number) {
  const line = table.querySelector("template").content.firstElementChild.cloneNode(true);
  table.dataset.next = String(Math.max(Number(table.dataset.next), number + 1));
  for (const input of line.querySelectorAll("[name]")) input.name = input.name.replace("__row__", String(number));
  table.querySelector("tbody").append(line);
  return line;
}
