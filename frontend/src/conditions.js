// Reads simple conditions: names, "texts", numbers, true/false/null, = == != < <= > >=, in (…), and, or, not.
// Answers a function of the form's values, or null for anything it does not know.
const PIECE = /\s*(?:(\d+(?:\.\d+)?)|"([^"]*)"|'([^']*)'|(<=|>=|!=|==|&&|\|\||[=<>()[\],!])|([\p{L}_][\p{L}\p{N}_.]*))/uy;
const WORDS = { "&&": "and", "||": "or", "!": "not", "==": "=" };
const CONSTANTS = { true: true, false: false, null: null };

export function read(text) {
  try {
    const pieces = cut(text.replace(/^\s*(?:=|\$\{)/, "").replace(/\}\s*$/, ""));
    const state = { pieces, at: 0 };
    const ask = either(state);
    return state.at === pieces.length ? ask : null;
  } catch {
    return null;
  }
}

function cut(text) {
  const pieces = [];
  const end = text.trimEnd().length;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < end) {
    const found = PIECE.exec(text);
    if (!found) throw new Error("unknown");
    const [, number, double, single, sign, name] = found;
    if (number !== undefined) pieces.push({ value: Number(number) });
    else if (double !== undefined || single !== undefined) pieces.push({ value: double ?? single });
    else if (sign) pieces.push({ word: WORDS[sign] ?? sign });
    else if (name in CONSTANTS) pieces.push({ value: CONSTANTS[name] });
    else pieces.push(["and", "or", "not", "in"].includes(name) ? { word: name } : { name });
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

function either(state) {
  let left = both(state);
  while (take(state, "or")) {
    const [a, b] = [left, both(state)];
    left = (values) => a(values) || b(values);
  }
  return left;
}

function both(state) {
  let left = single(state);
  while (take(state, "and")) {
    const [a, b] = [left, single(state)];
    left = (values) => a(values) && b(values);
  }
  return left;
}

function single(state) {
  if (take(state, "not")) {
    const inner = single(state);
    return (values) => !inner(values);
  }
  const left = term(state);
  for (const [sign, test] of Object.entries(TESTS)) {
    if (take(state, sign)) {
      const right = term(state);
      return (values) => test(left(values), right(values));
    }
  }
  if (take(state, "in")) return among(state, left);
  return left;
}

const TESTS = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<=": (a, b) => a !== null && a <= b,
  ">=": (a, b) => a !== null && a >= b,
  "<": (a, b) => a !== null && a < b,
  ">": (a, b) => a !== null && a > b,
};

function among(state, left) {
  const close = take(state, "(") ? ")" : (must(state, "["), "]");
  const options = [];
  do options.push(term(state));
  while (take(state, ","));
  must(state, close);
  return (values) => options.some((option) => option(values) === left(values));
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
  if ("name" in piece) {
    if (!document.querySelector(`[data-field="${CSS.escape(piece.name)}"]`)) throw new Error("unknown");
    return (values) => values[piece.name] ?? null;
  }
  return () => piece.value;
}
