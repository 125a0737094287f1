// Lists search and grow in place; htmx reads its settings from the page's head.
import "htmx.org/dist/htmx.esm.js";
