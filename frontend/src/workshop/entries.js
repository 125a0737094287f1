// Entries of the properties panel, made from a label, a way to read and a way to write.
import { SelectEntry, TextAreaEntry, TextFieldEntry, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited } from "@bpmn-io/properties-panel";
import { useService } from "bpmn-js-properties-panel";

const named = (props) => ({ ...props, getValue: props.get, setValue: props.set });

function Select(props) {
  return SelectEntry({ ...named(props), getOptions: () => props.options });
}

function Text(props) {
  return TextFieldEntry({ ...named(props), debounce: useService("debounceInput") });
}

function LongText(props) {
  return TextAreaEntry({ ...named(props), debounce: useService("debounceInput"), rows: 2, autoResize: true });
}

export const select = (id, label, options, get, set, more = {}) => ({ id, label, options, get, set, component: Select, isEdited: isSelectEntryEdited, ...more });
export const text = (id, label, get, set, more = {}) => ({ id, label, get, set, component: Text, isEdited: isTextFieldEntryEdited, ...more });
export const longText = (id, label, get, set, more = {}) => ({ id, label, get, set, component: LongText, isEdited: isTextAreaEntryEdited, ...more });
