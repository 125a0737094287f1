// The form's fields at a glance, and the way into the form editor.
import { h } from "@bpmn-io/properties-panel/preact";
import { extension, said } from "./elements.js";
import { editForm } from "./form-editor.js";
import { say } from "./translation.js";

export function FormButton({ element, services }) {
  const fields = extension(element, "camunda:FormData")?.get("fields") ?? [];
  return h("div", { class: "form-glance" }, [
    fields.length ? h("ol", null, fields.map((field) => h("li", null, said(field.label || field.id || "?")))) : h("p", null, say("没有字段，办理人只需确认。", "No fields: whoever does it only confirms.")),
    h("button", { type: "button", class: "btn btn-quiet btn-sm", "data-edit-form": element.id, onClick: () => editForm(element, services) }, say("编辑表单", "Edit the form")),
  ]);
}
