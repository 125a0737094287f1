// A page in memory for one test file: its elements, its store and its cookies are those of a browser.
import { Window } from "happy-dom";

const GIVEN = ["document", "localStorage", "FormData", "CSS", "Event", "CustomEvent", "HTMLElement"];

export function open(html, { address = "http://house.test/work-items/1" } = {}) {
  const page = new Window({ url: address });
  page.document.write(html);
  for (const name of GIVEN) Object.defineProperty(globalThis, name, { value: page[name], configurable: true, writable: true });
  globalThis.addEventListener = page.addEventListener.bind(page);
  return page;
}
