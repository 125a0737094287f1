// A press on a name puts it into the comment; the person's number goes along, for two may share a name.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mention]");
  const form = button?.closest("form");
  const words = form?.querySelector("textarea");
  if (!words) return;
  const before = words.value.slice(0, words.selectionStart).replace(/[@＠]$/, "");
  const name = `@${button.dataset.mention} `;
  words.value = before + name + words.value.slice(words.selectionEnd);
  words.focus();
  words.selectionStart = words.selectionEnd = before.length + name.length;
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name: "chosen", value: button.dataset.person });
  form.append(input);
});
