// The form of a task: its fields on the left, the phone that shows them on the right.
import { extension, getBusinessObject, said, withExtension } from "./elements.js";
import { readCondition, writeCondition } from "./expressions.js";
import { optionsOf, readForm, writeForm, xmlOf } from "./form-fields.js";
import { say } from "./translation.js";

const PAUSE = 350;
const BY_HAND = " by hand";

export function editForm(element, services) {
  const types = JSON.parse(document.querySelector("[data-field-types]").innerHTML);
  const fields = readForm(extension(element, "camunda:FormData"));
  let open = fields.length ? 0 : -1;
  let timer;

  const dialog = document.createElement("dialog");
  dialog.className = "form-editor";
  dialog.dataset.formEditor = element.id;
  dialog.setAttribute("aria-label", say("编辑表单", "Edit the form"));
  dialog.innerHTML = `<header><h2></h2><button type="button" class="btn btn-quiet btn-sm" data-close></button><button type="button" class="btn btn-primary btn-sm" data-done></button></header>
    <div class="form-editor-body"><div class="form-list"><ol></ol><button type="button" class="btn btn-quiet" data-add></button></div><div class="form-phone" inert><div class="form-phone-screen"></div></div></div>`;
  dialog.querySelector("h2").textContent = getBusinessObject(element).name || element.id;
  dialog.querySelector("[data-close]").textContent = say("不保存", "Leave it as it was");
  dialog.querySelector("[data-done]").textContent = say("完成", "Done");
  dialog.querySelector("[data-add]").textContent = say("＋ 添加字段", "+ Add a field");
  const list = dialog.querySelector("ol");
  const screen = dialog.querySelector(".form-phone-screen");

  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-done]").addEventListener("click", () => {
    write(element, services, fields);
    dialog.close();
  });
  dialog.querySelector("[data-add]").addEventListener("click", () => {
    fields.push({ id: freeId(fields), label: "", label_en: "", type: "string" });
    open = fields.length - 1;
    draw();
    list.querySelector("[data-open] input")?.focus();
  });
  dialog.addEventListener("close", () => dialog.remove());

  function draw() {
    list.replaceChildren(...fields.map((field, at) => row(field, at)));
    show();
  }

  function row(field, at) {
    const item = document.createElement("li");
    const head = document.createElement("div");
    head.className = "form-row";
    head.append(
      button(title(field), () => { open = open === at ? -1 : at; draw(); }, "form-row-name"),
      button("↑", () => swap(at, at - 1), "", say("上移", "Up")),
      button("↓", () => swap(at, at + 1), "", say("下移", "Down")),
      button("✕", () => { fields.splice(at, 1); open = -1; draw(); }, "", say("删除", "Take out")),
    );
    item.append(head);
    if (open === at) {
      item.dataset.open = "";
      item.append(details(field, head.firstChild));
    }
    return item;
  }

  function swap(from, to) {
    if (to < 0 || to >= fields.length) return;
    [fields[from], fields[to]] = [fields[to], fields[from]];
    open = open === from ? to : open === to ? from : open;
    draw();
  }

  function details(field, name) {
    const box = document.createElement("div");
    box.className = "form-details";
    const line = (key, label, kind = "text", more = {}) => {
      const wrap = document.createElement("label");
      const input = document.createElement(kind === "select" ? "select" : kind === "area" ? "textarea" : "input");
      input.className = kind === "select" ? "form-select form-select-sm" : kind === "tick" ? "form-check-input" : "form-control form-control-sm";
      input.dataset.key = key;
      if (kind === "tick") { input.type = "checkbox"; input.checked = Boolean(field[key]); }
      else if (kind === "select") for (const [value, words] of Object.entries(more.options)) input.add(new Option(words, value, false, value === field[key]));
      else input.value = field[key] ?? "";
      if (more.placeholder) input.placeholder = more.placeholder;
      input.addEventListener("input", () => {
        field[key] = kind === "tick" ? input.checked : input.value;
        name.textContent = title(field);
        if (key === "type") draw();
        else show();
      });
      const words = document.createElement("span");
      words.textContent = label;
      wrap.append(...(kind === "tick" ? [input, words] : [words, input]));
      wrap.className = kind === "tick" ? "tick" : more.wide ? "wide" : "";
      box.append(wrap);
    };
    line("label", say("名称", "Label"));
    line("label_en", say("英文名称", "Label in English"));
    line("type", say("类型", "Type"), "select", { options: field.type in types ? types : { ...types, [field.type]: field.type } });
    line("id", say("代码（英文，条件里用）", "Code (conditions use it)"));
    line("required", say("必填", "Must be filled in"), "tick");
    line("readonly", say("只读", "Only shown"), "tick");
    if (["enum", "choice", "choices", "table"].includes(field.type)) line("options", field.type === "table" ? say("各列：每行“代码 = 名称|英文”", "Columns: one to a line, “code = 名称|English”") : say("选项：每行“代码 = 名称|英文”", "Choices: one to a line, “code = 名称|English”"), "area", { wide: true });
    if (["number", "money", "date", "datetime"].includes(field.type)) {
      line("min", say("不小于 / 不早于", "Not less / not before"));
      line("max", say("不大于 / 不晚于", "Not more / not after"));
    }
    if (["string", "long_text", "choices", "photo", "file", "table"].includes(field.type)) {
      line("minlength", ["string", "long_text"].includes(field.type) ? say("最少字数", "Fewest characters") : say("最少几项", "Fewest"));
      line("maxlength", ["string", "long_text"].includes(field.type) ? say("最多字数", "Most characters") : say("最多几项", "Most"));
    }
    if (field.type === "string") line("pattern", say("格式（正则）", "Pattern"));
    line("defaultValue", say("默认值", "To begin with"));
    line("help", say("填写说明", "Help"), "text", { wide: true });
    line("help_en", say("填写说明（英文）", "Help in English"), "text", { wide: true });
    box.append(conditionLine(field, "shown_if", say("何时显示", "Shown"), say("总是显示", "always")));
    box.append(conditionLine(field, "required_if", say("何时必填", "Must be filled in"), say("按上面的“必填”", "as ticked above")));
    return box;
  }

  // A condition on another field, chosen from lists; one that an owner wrote by hand stays as text.
  function conditionLine(field, key, label, never) {
    const line = document.createElement("div");
    line.className = "wide condition-line";
    line.dataset.condition = key;
    const others = fields.filter((one) => one !== field && one.id);
    const read = readCondition(field[key]);
    const byHand = read.text !== undefined || (read.clauses?.length ?? 0) > 1 || (read.clauses?.[0] && !others.some((one) => one.id === read.clauses[0].field));
    const clause = byHand ? null : (read.clauses?.[0] ?? null);
    const words = document.createElement("span");
    words.textContent = label;
    line.append(words);
    const redraw = () => line.replaceWith(conditionLine(field, key, label, never));
    const put = (change) => {
      field[key] = change === null ? "" : writeCondition({ joined: "and", clauses: [{ ...clause, ...change }] });
      show();
      redraw();
    };
    const choices = [["", never], ...others.map((one) => [one.id, title(one)]), [BY_HAND, say("自己写条件", "a condition of my own")]];
    line.append(picker(choices, byHand ? BY_HAND : (clause?.field ?? ""), label, (id) => {
      if (id === BY_HAND) { field[key] = field[key] || " "; redraw(); return; }
      const other = others.find((one) => one.id === id);
      put(id ? { field: id, sign: "=", value: answersOf(other)?.[0]?.[0] ?? "", quoted: quoted(other) } : null);
    }));
    if (byHand) line.append(typed(field[key].trim(), label, (value) => { field[key] = value || " "; show(); }));
    if (clause) {
      const other = others.find((one) => one.id === clause.field);
      const answers = answersOf(other);
      line.append(picker([["=", say("是", "is")], ["!=", say("不是", "is not")], ...(answers ? [] : [[">=", "≥"], ["<=", "≤"]])], clause.sign, label, (sign) => put({ sign })));
      line.append(answers ? picker(answers, clause.value, label, (value) => put({ value, quoted: quoted(other) })) : typed(clause.value, label, (value) => { field[key] = writeCondition({ joined: "and", clauses: [{ ...clause, value, quoted: quoted(other) }] }); show(); }));
    }
    return line;
  }

  function show() {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const answer = await fetch("/workshop/form-preview", { method: "POST", body: xmlOf(fields), headers: { "x-csrf-token": document.body.dataset.csrf } });
      if (!dialog.isConnected) return;
      screen.innerHTML = answer.ok ? await answer.text() : "";
      dialog.dataset.shown = String(fields.length);
    }, PAUSE);
  }

  document.body.append(dialog);
  dialog.showModal();
  draw();
}

function write(element, services, fields) {
  if (!fields.length && !extension(element, "camunda:FormData")) return;
  withExtension(services, element, "camunda:FormData", (form) => ({ fields: writeForm(services.bpmnFactory, form, fields) }));
}

function button(text, act, look, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look || "form-row-tool";
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function picker(choices, now, label, chosen) {
  const made = document.createElement("select");
  made.className = "form-select form-select-sm";
  made.setAttribute("aria-label", label);
  for (const [value, words] of choices) made.add(new Option(words, value, false, value === now));
  made.addEventListener("change", () => chosen(made.value));
  return made;
}

function typed(now, label, changed) {
  const made = document.createElement("input");
  made.className = "form-control form-control-sm";
  made.setAttribute("aria-label", label);
  made.value = now ?? "";
  made.addEventListener("input", () => changed(made.value));
  return made;
}

// What may be answered in a field, as [value, words]; null where anything may be.
function answersOf(field) {
  if (field?.type === "boolean") return [["true", say("是", "yes")], ["false", say("否", "no")]];
  if (field?.type === "yes_no_na") return [["yes", say("是", "yes")], ["no", say("否", "no")], ["na", say("不涉及", "does not apply")]];
  const options = ["enum", "choice"].includes(field?.type) ? optionsOf(field) : [];
  return options.length ? options.map((one) => [one.id, said(one.name)]) : null;
}

const quoted = (field) => !["boolean", "number", "money"].includes(field?.type);

function title(field) {
  return (document.documentElement.lang === "en" ? field.label_en || field.label : field.label) || field.id;
}

function freeId(fields) {
  let number = fields.length + 1;
  while (fields.some((one) => one.id === `field_${number}`)) number += 1;
  return `field_${number}`;
}
