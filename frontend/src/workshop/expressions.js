// What owners choose, written as the expressions that the engine reads, and read back from them.
// Whatever an owner wrote by hand stays as it is, under the kind "other".

const name = "[\\p{L}_][\\p{L}\\p{N}_.]*";
const pattern = (text) => new RegExp(`^${text}$`, "u");
const bare = (text) => text.trim().replace(/^[$#]\{([\s\S]*)\}$/, "$1").trim();

// -- who does it -------------------------------------------------------------------------------

const HELPER = "if helper = null then post('team_lead', village) else person(helper)";
const OWNERS = [
  { kind: "post", read: pattern(`post\\('(?<role>[a-z_]+)', (?<scope>${name})\\)`), write: (one) => `post('${one.role || "town_office"}', ${one.scope || "town"})` },
  { kind: "helper", read: { exec: (text) => (text.replace(/\s+/g, " ") === HELPER ? { groups: {} } : null) }, write: () => HELPER },
  { kind: "person", read: pattern(`person\\((?<field>${name})\\)`), write: (one) => `person(${one.field || "resp_person"})` },
  { kind: "leader", read: pattern(`unit_leader\\((?<field>${name})\\)`), write: (one) => `unit_leader(${one.field || "resp_unit"})` },
  { kind: "judge", read: pattern("judge\\('(?<level>town|county)', ticket\\)"), write: (one) => `judge('${one.level || "town"}', ticket)` },
  { kind: "office", read: pattern("office"), write: () => "office" },
  { kind: "verifier", read: pattern("verifier"), write: () => "verifier" },
];
const PERSONS = new Set(["person", "helper"]);

export function readOwner(business) {
  const text = business.get("camunda:assignee") || business.get("camunda:candidateGroups") || business.get("camunda:candidateUsers") || "";
  return readAs(OWNERS, text);
}

// Answers the attributes of the task.
export function writeOwner(one) {
  const text = writeAs(OWNERS, one);
  const empty = { "camunda:assignee": undefined, "camunda:candidateGroups": undefined, "camunda:candidateUsers": undefined };
  if (!text) return empty;
  return { ...empty, [PERSONS.has(one.kind) ? "camunda:assignee" : "camunda:candidateGroups"]: text };
}

// -- by when -----------------------------------------------------------------------------------

const milestone = "milestone\\('(?<milestone>[a-z_]+)'\\)";
const shifted = (kind, fn, of, write) => ({ kind, read: pattern(`${fn}\\(${of}, (?<count>\\d+)\\)`), write });
const mile = (one) => `milestone('${one.milestone || "reverify"}')`;
const count = (one) => Number(one.count) || 1;
const DATES = [
  { kind: "milestone", read: pattern(milestone), write: mile },
  shifted("workdays_before", "workdays_before", milestone, (one) => `workdays_before(${mile(one)}, ${count(one)})`),
  shifted("days_before", "days_before", milestone, (one) => `days_before(${mile(one)}, ${count(one)})`),
  shifted("days_after", "days_after", milestone, (one) => `days_after(${mile(one)}, ${count(one)})`),
  shifted("workdays_on", "workdays_after", "now\\(\\)", (one) => `workdays_after(now(), ${count(one)})`),
  shifted("days_on", "days_after", "(?:now|today)\\(\\)", (one) => `days_after(now(), ${count(one)})`),
  shifted("hours_on", "hours_after", "now\\(\\)", (one) => `hours_after(now(), ${count(one)})`),
  shifted("workdays_field", "workdays_after", `(?<field>${name})`, (one) => `workdays_after(${one.field || "due_at"}, ${count(one)})`),
  shifted("days_field", "days_after", `(?<field>${name})`, (one) => `days_after(${one.field || "due_at"}, ${count(one)})`),
  { kind: "field", read: pattern(`(?<field>${name})`), write: (one) => one.field || "due_at" },
];
const FIXED = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/;

export function readDate(text) {
  if (FIXED.test((text ?? "").trim())) return { kind: "fixed", date: text.trim().slice(0, 10), text };
  return readAs(DATES, text ?? "");
}

export function writeDate(one) {
  return one.kind === "fixed" ? one.date || "2030-01-01" : writeAs(DATES, one);
}

// -- how long ----------------------------------------------------------------------------------

const DURATION = /^(?:R\/)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/;

export function readDuration(text) {
  const found = DURATION.exec((text ?? "").trim());
  if (!found) return { kind: text ? "other" : "days", count: "", text };
  const [, days, hours, minutes] = found;
  const given = [days, hours, minutes].filter((part) => part !== undefined);
  if (given.length !== 1) return { kind: "other", text };
  return days ? { kind: "days", count: days } : hours ? { kind: "hours", count: hours } : { kind: "minutes", count: minutes };
}

export function writeDuration(one, repeated) {
  const number = Number(one.count) || 1;
  const text = { days: `P${number}D`, hours: `PT${number}H`, minutes: `PT${number}M` }[one.kind];
  return text ? (repeated ? `R/${text}` : text) : one.text;
}

// -- if ----------------------------------------------------------------------------------------

const CLAUSE = new RegExp(`^(?<field>${name})\\s*(?<sign>!=|<=|>=|==|=|<|>)\\s*(?:'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<plain>-?\\d+(?:\\.\\d+)?|true|false|null))$`, "u");

export function readCondition(text) {
  const inner = bare(text ?? "");
  if (!inner) return { joined: "and", clauses: [] };
  for (const joined of ["and", "or"]) {
    const clauses = inner.split(new RegExp(`\\s+${joined}\\s+`)).map(readClause);
    if (clauses.every(Boolean)) return { joined, clauses };
  }
  return { text: inner };
}

function readClause(text) {
  const found = CLAUSE.exec(text.trim());
  if (!found) return null;
  const { field, sign, single, double, plain } = found.groups;
  return { field, sign: sign === "==" ? "=" : sign, value: single ?? double ?? plain, quoted: plain === undefined };
}

export function writeCondition(one) {
  if (one.text !== undefined) return one.text.trim();
  return one.clauses.map(({ field, sign, value, quoted }) => `${field} ${sign} ${quoted ? `'${String(value).replaceAll("'", "’")}'` : value === "" ? "null" : value}`).join(` ${one.joined} `);
}

// -- to whom a message goes ----------------------------------------------------------------------

const OWN_KEY = "${execution.processBusinessKey}";
const SUBJECTS = ["ticket", "household", "village", "unit", "case"];

export function readReceiver(text) {
  const key = (text ?? "").trim();
  if (!key) return { kind: "none" };
  if (key.replace(/^#/, "$") === OWN_KEY) return { kind: "own" };
  const [, kind, variable] = /^([a-z]+):[$#]\{\s*([a-z]+)\s*\}$/.exec(key) ?? [];
  return SUBJECTS.includes(kind) && kind === variable ? { kind } : { kind: "other", text: key };
}

export function writeReceiver(one) {
  if (one.kind === "none") return undefined;
  if (one.kind === "own") return OWN_KEY;
  return one.kind === "other" ? one.text || "${}" : `${one.kind}:\${${one.kind}}`;
}

// -- common ------------------------------------------------------------------------------------

function readAs(kinds, text) {
  const inner = bare(text);
  if (!inner) return { kind: "none", text: "" };
  for (const one of kinds) {
    const found = one.read.exec(inner);
    if (found) return { kind: one.kind, ...found.groups, text };
  }
  return { kind: "other", text };
}

function writeAs(kinds, one) {
  if (one.kind === "none") return undefined;
  if (one.kind === "other") return one.text || "${}";
  const kind = kinds.find((known) => known.kind === one.kind);
  return `\${${kind.write(one)}}`;
}
