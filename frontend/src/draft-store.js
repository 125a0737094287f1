// What is kept of a form that was typed into and not taken: how it stands, how it stood before something was lost from
// it, and what was last sent. Pairs are a form's names and values, in their order.
const MARK = "draft:";
// Versions of one form from before something was lost.
const MOST_OLDER = 5;
// Characters that may go from a field as a correction; more of them are a loss.
const CORRECTION = 10;
// Days after which nobody comes back for a draft: people's details do not lie on a device for ever.
const LONGEST_DAYS = 60;

export function read(name) {
  try {
    const found = JSON.parse(localStorage.getItem(MARK + name));
    if (Array.isArray(found)) return { now: found, peak: found, older: [], at: Date.now() };
    return found;
  } catch {
    return null;
  }
}

// Whether it is kept: a full or forbidden store keeps nothing.
export function write(name, record) {
  try {
    localStorage.setItem(MARK + name, JSON.stringify(record));
    return true;
  } catch {
    return false;
  }
}

export function drop(name) {
  localStorage.removeItem(MARK + name);
}

// The names of one person's drafts; those of others are not looked at.
export function namesOf(person) {
  const mine = `${MARK}${person}:`;
  return Object.keys(localStorage).filter((key) => key.startsWith(mine)).map((key) => key.slice(MARK.length));
}

export const isStale = (record) => Date.now() - record.at > LONGEST_DAYS * 86_400_000;

// The record once `pairs` stand in the form of the page `by`. What another page kept, and what was fuller, stays.
export function changed(record, pairs, by) {
  const before = record ?? { now: [], peak: [], older: [] };
  let older = before.older;
  if (loses(before.peak, pairs)) older = added(older, before.peak, before.at);
  if (before.by !== by && !covers(pairs, before.now)) older = added(older, before.now, before.at);
  const fuller = size(pairs) >= size(before.peak) || older !== before.older;
  return { ...before, now: pairs, peak: fuller ? pairs : before.peak, older, by, at: Date.now() };
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function added(older, pairs, at) {
  if (older.some((one) => covers(one.pairs, pairs))) return older;
  return [...older.filter((one) => !covers(pairs, one.pairs)), { pairs, at }].slice(-MOST_OLDER);
}

const size = (pairs) => pairs.reduce((sum, [, value]) => sum + value.length, 0);

function byName(pairs) {
  const groups = new Map();
  for (const [name, value] of pairs) if (value.trim()) groups.set(name, [...(groups.get(name) ?? []), value]);
  return groups;
}

function loses(from, to) {
  const [had, has] = [byName(from), byName(to)];
  return [...had].some(([name, values]) => {
    const left = has.get(name) ?? [];
    return left.length < values.length || left.join("").length + CORRECTION <= values.join("").length;
  });
}

// Whether everything in `other` stands in `one` too.
function covers(one, other) {
  const has = byName(one);
  return [...byName(other)].every(([name, values]) => values.every((value) => (has.get(name) ?? []).some((kept) => kept.includes(value))));
}
