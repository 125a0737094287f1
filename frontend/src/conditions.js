// Reads simple conditions: names, "texts", numbers, true/false/null, = == != < <= > >=, in (…), and, or, not.
// What they answer is what the server answers for the same values: null spreads, and what cannot be compared is an error.
const PIECE = /\s*(?:(\d+(?:\.\d+)?)|"([^"\\]*)"|'([^'\\]*)'|(<=|>=|!=|==|&&|\|\||[=<>()[\],!])|([\p{L}_][\p{L}\p{N}_.]*))/uy;
const WORDS = new Map([["&&", "and"], ["||", "or"], ["!", "not"], ["==", "="]]);
const CONSTANTS = new Map([["true", true], ["false", false], ["null", null]]);
const KEYWORDS = new Set(["and", "or", "not", "in"]);

// Whether a field is shown, as a function of the form's values; null for a condition that is not understood or asks for
// something that is not among the `names` of the form. A field about which the server would complain is shown.
export function read(text, names) {
  let ask;
  try {
    const state = { pieces: cut(unwrapped(text)), names, at: 0 };
    ask = either(state);
    if (state.at < state.pieces.length) return null;
  } catch {
    return null;
  }
  return (values) => {
    try {
      return ask(values) === true;
    } catch {
      return true;
    }
  };
}

function unwrapped(text) {
  const body = text.trim();
  const inside = /^[$#]\{(.*)\}$/s.exec(body)?.[1];
  return inside ?? (/^=(?!=)/.test(body) ? body.slice(1) : body);
}

function cut(text) {
  const pieces = [];
  const end = text.trimEnd().length;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < end) {
    const found = PIECE.exec(text);
    if (!found) throw new Error("unknown");
    const [, number, double, plain, sign, name] = found;
    if (number !== undefined) pieces.push({ value: Number(number) });
    else if (double !== undefined || plain !== undefined) pieces.push({ value: double ?? plain });
    else if (sign) pieces.push({ word: WORDS.get(sign) ?? sign });
    else if (CONSTANTS.has(name)) pieces.push({ value: CONSTANTS.get(name) });
    else pieces.push(KEYWORDS.has(name) ? { word: name } : { name });
  }
  return pieces;
}

function take(state, word) {
  if (state.pieces[state.at]?.word !== word) return false;
  state.at += 1;
  return true;
}

function must(state, word) {
  if (!take(state, word)) throw new Error("unknown");
}

// -- and, or, not ------------------------------------------------------------------------------

const either = (state) => chain(state, "or", both, true);
const both = (state) => chain(state, "and", single, false);

function chain(state, word, part, decisive) {
  const parts = [part(state)];
  while (take(state, word)) parts.push(part(state));
  return parts.length === 1 ? parts[0] : (values) => joined(parts, values, decisive);
}

// The first part that decides; null where none does and one is not known.
function joined(parts, values, decisive) {
  let unknown = false;
  for (const part of parts) {
    const value = truth(part(values));
    if (value === decisive) return decisive;
    unknown ||= value === null;
  }
  return unknown ? null : !decisive;
}

function truth(value) {
  if (value !== null && typeof value !== "boolean") throw new TypeError("neither true nor false");
  return value;
}

function single(state) {
  if (take(state, "not")) {
    const inner = single(state);
    return (values) => {
      const value = truth(inner(values));
      return value === null ? null : !value;
    };
  }
  const left = term(state);
  for (const [sign, test] of TESTS) {
    if (take(state, sign)) {
      const right = term(state);
      return (values) => test(left(values), right(values));
    }
  }
  return take(state, "in") ? among(state, left) : left;
}

// -- comparing ---------------------------------------------------------------------------------

const TESTS = new Map([
  ["=", equal],
  ["!=", (one, other) => !equal(one, other)],
  ["<=", ordered((one, other) => one <= other)],
  [">=", ordered((one, other) => one >= other)],
  ["<", ordered((one, other) => one < other)],
  [">", ordered((one, other) => one > other)],
]);

function equal(one, other) {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((item, at) => equal(item, other[at]));
}

function ordered(test) {
  return (one, other) => {
    if (one === null || other === null) return null;
    if (typeof one !== typeof other || !["number", "string"].includes(typeof one)) throw new TypeError("no order");
    return test(...(typeof one === "string" ? alike(one, other) : [one, other]));
  };
}

// A day against an instant compares days. Times of other places, and durations, are left to the server.
const DAY = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?$/;

function alike(one, other) {
  if (DAY.test(one) && DAY.test(other)) {
    if (one.length === 10 || other.length === 10) return [one.slice(0, 10), other.slice(0, 10)];
    return [one.padEnd(19, ":00"), other.padEnd(19, ":00")];
  }
  if ([one, other].every((text) => /^\s*(?:\d{4}-\d\d-\d\d|\d\d:\d\d|-?P[\dT])/.test(text))) throw new TypeError("no order");
  return [one, other];
}

function among(state, left) {
  if (take(state, "[")) {
    const options = listed(state, "]");
    return (values) => isOneOf(left(values), options.map((option) => option(values)));
  }
  must(state, "(");
  const options = listed(state, ")");
  return (values) => {
    const value = left(values);
    return options.some((option) => passes(value, option(values)));
  };
}

function listed(state, close) {
  const options = [];
  do options.push(term(state));
  while (take(state, ","));
  must(state, close);
  return options;
}

const passes = (value, option) => (Array.isArray(option) ? isOneOf(value, option) : equal(value, option));

function isOneOf(value, options) {
  if (!Array.isArray(value)) return options.some((option) => passes(value, option));
  return equal(value, options) || options.some((option) => equal(value, option));
}

function term(state) {
  if (take(state, "(")) {
    const inner = either(state);
    must(state, ")");
    return inner;
  }
  const piece = state.pieces[state.at];
  if (!piece || piece.word) throw new Error("unknown");
  state.at += 1;
  if (!("name" in piece)) return () => piece.value;
  if (!state.names.has(piece.name)) throw new Error("unknown");
  return (values) => values.get(piece.name) ?? null;
}
