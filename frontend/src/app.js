import "./htmx.js";
import "./shown-if.js";
import "./checklist.js";
import "./drafts.js";
import "./photos.js";
import "./menus.js";
import "./table-rows.js";
import "./once.js";
