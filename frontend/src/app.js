import "./htmx.js";
import "./shown-if.js";
import "./checklist.js";
import "./photos.js";
import "./mentions.js";
import "./menus.js";
import "./table-rows.js";
import "./submit-once.js";
import "./live-updates.js";
import "./devices.js";
import "./sign-in.js";
// Last: what it puts back is heard by those above.
import "./drafts.js";
