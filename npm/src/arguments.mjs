// What callers pass, looked at before anything crosses into WebAssembly: the generated bindings trust types
// that JavaScript does not enforce, and a wrong one there stops the engine or silently becomes something else.

import { PortcullisError } from "./error.mjs";

const CHECK = ["asOf"];
const RENDER = ["asOf", "format"];
const TEST = [
  "asOf", "format", "filter", "tags", "failFast", "coverage", "mutation", "suggest", "policies",
  "base", "changedOnly",
];
const COMPARE = ["format", "partialEntities"];
const TIER = ["asOf", "baseline", "directory", "format", "record"];
const EDIT = ["from", "to", "insert"];
const GATE = ["asOf", "baseline", "format", "directory", "log", "actors"];
const AUTHORIZE = ["asOf", "approvals", "directory"];
const ACTORS = ["author", "drafter", "lastEditor"];
const DRAFTER = ["kind", "id", "prompt"];

/** The path of a file. */
export function pathOf(value) {
  return wellFormed("`path`", textOf("`path`", value));
}

/** The contents of a file: text, or a copy of bytes. */
export function contentsOf(value) {
  if (typeof value === "string") return wellFormed("`contents`", value);
  // A copy: the caller may reuse the buffer, and a replay must see what was set. The tag is that of every
  // realm's bytes, as of a test runner's or a frame's, and Node's Buffer has it too.
  if (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]") {
    return Uint8Array.from(value);
  }
  throw wrongType("`contents`", "a string or a Uint8Array", value);
}

/** An edit of a file. */
export function editOf(value) {
  const { from, to, insert } = known("an edit", required("the edit", value), EDIT);
  return {
    from: positionOf("from", from),
    to: positionOf("to", to),
    insert: wellFormed("`insert`", textOf("`insert`", insert)),
  };
}

export function checkOptionsOf(value = {}) {
  const { asOf } = known("`check`", required("the options of `check`", value), CHECK);
  return { asOf: instantOf(asOf) };
}

export function renderOptionsOf(value) {
  const { asOf, format } = known("`render`", required("the options of `render`", value), RENDER);
  return { asOf: instantOf(asOf), format: textOf("`format`", format) };
}

/** The options of a run of tests, without those that are left undefined. */
export function testOptionsOf(value = {}) {
  const given = known("`test`", required("the options of `test`", value), TEST);
  const options = { asOf: instantOf(given.asOf) };
  if (given.base !== undefined) options.base = given.base;
  for (const name of ["format", "filter"]) {
    if (given[name] !== undefined) options[name] = textOf(`\`${name}\``, given[name]);
  }
  for (const name of ["failFast", "coverage", "mutation", "suggest", "changedOnly"]) {
    if (given[name] === undefined) continue;
    options[name] = booleanOf(name, given[name]);
  }
  for (const name of ["tags", "policies"]) {
    if (given[name] === undefined) continue;
    if (!Array.isArray(given[name])) throw wrongType(`\`${name}\``, "an array of strings", given[name]);
    options[name] = Array.from(given[name], (item) => textOf(`an item of \`${name}\``, item));
  }
  return options;
}

function booleanOf(name, value) {
  if (typeof value !== "boolean") throw wrongType(`\`${name}\``, "a boolean", value);
  return value;
}

export function compareOptionsOf(value = {}) {
  const given = known("`compare`", required("the options of `compare`", value), COMPARE);
  const options = {};
  if (given.format !== undefined) options.format = textOf("`format`", given.format);
  if (given.partialEntities !== undefined) options.partial_entities = booleanOf("partialEntities", given.partialEntities);
  return options;
}

/** The options of a tier, without those that are left undefined. */
export function tierOptionsOf(value = {}) {
  const given = known("`tier`", required("the options of `tier`", value), TIER);
  const options = { asOf: instantOf(given.asOf) };
  if (given.baseline !== undefined) options.baseline = given.baseline;
  for (const name of ["directory", "format", "record"]) {
    if (given[name] !== undefined) options[name] = textOf(`\`${name}\``, given[name]);
  }
  return options;
}

/** Path and contents of files: a Map, or an object. */
export function filesOf(value) {
  const isMap = Object.prototype.toString.call(value) === "[object Map]";
  const files = isMap ? [...value] : Object.entries(plain("`base`", value));
  return files.map(([path, contents]) => [pathOf(path), contentsOf(contents)]);
}

/** An object literal. Anything else, as a workspace of another copy of this package, would pass for one without files. */
function plain(what, value) {
  const object = required(what, value);
  const prototype = Object.getPrototypeOf(object);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return object;
  throw wrongType(what, "a workspace of this package, a Map or an object of contents by path", value);
}

/** The options of the gate, without those that are left undefined. */
export function gateOptionsOf(value = {}) {
  const given = known("`gate`", required("the options of `gate`", value), GATE);
  const options = { asOf: instantOf(given.asOf) };
  if (given.baseline !== undefined) options.baseline = given.baseline;
  for (const name of ["format", "directory", "log"]) {
    if (given[name] !== undefined) options[name] = wellFormed(`\`${name}\``, textOf(`\`${name}\``, given[name]));
  }
  if (given.actors !== undefined) {
    const actors = known("`actors`", required("`actors`", given.actors), ACTORS);
    const drafter = known("`drafter`", required("`drafter`", actors.drafter), DRAFTER);
    options.actors = {
      author: textOf("`author`", actors.author),
      drafter: {
        kind: textOf("`kind`", drafter.kind),
        id: textOf("`id`", drafter.id),
        ...(drafter.prompt !== undefined && { prompt: textOf("`prompt`", drafter.prompt) }),
      },
      last_editor: textOf("`lastEditor`", actors.lastEditor),
    };
  }
  return options;
}

/** The text of a change record. */
export function recordOf(value) {
  return wellFormed("`change`", textOf("`change`", value));
}

/** A request as JSON text. Text is handed on as it is, since a number of JavaScript's does not hold every `Long`. */
export function requestOf(value) {
  if (typeof value === "string") return wellFormed("`request`", value);
  return jsonOf("`request`", required("`request`", value));
}

/** The options of an authorization, without those that are left undefined. */
export function authorizeOptionsOf(value = {}) {
  const given = known("`authorize`", required("the options of `authorize`", value), AUTHORIZE);
  const options = { as_of: instantOf(given.asOf) };
  if (given.directory !== undefined) options.directory = wellFormed("`directory`", textOf("`directory`", given.directory));
  if (given.approvals !== undefined) {
    if (!Array.isArray(given.approvals)) throw wrongType("`approvals`", "an array of DSSE envelopes", given.approvals);
    options.approvals = given.approvals.map((item) => JSON.parse(jsonOf("an item of `approvals`", required("an item of `approvals`", item))));
  }
  return options;
}

/** The JSON of a value; what has none is refused, and so is a number that lost digits on its way. */
function jsonOf(what, value) {
  const exact = (key, item) => {
    if (typeof item !== "number" || !Number.isInteger(item) || Number.isSafeInteger(item)) return item;
    throw usage(`\`${key}\` of ${what} is ${item}, which a number of JavaScript does not hold exactly; pass the JSON as a text`);
  };
  try {
    return wellFormed(what, JSON.stringify(value, exact));
  } catch (error) {
    if (error instanceof PortcullisError) throw error;
    throw usage(`${what} has no JSON: ${error.message}`);
  }
}

function required(what, value) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw wrongType(what, "an object", value);
}

function known(what, value, keys) {
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const near = keys.find((name) => isNear(key, name));
    const help = near ? `did you mean \`${near}\`?` : `it has ${keys.map((name) => `\`${name}\``).join(", ")}`;
    throw usage(`\`${key}\` is no option of ${what}; ${help}`);
  }
  return value;
}

/** The core has no clock, so a caller that names no time gets this door's. */
function instantOf(value = new Date()) {
  if (typeof value === "string") return value;
  if (Object.prototype.toString.call(value) !== "[object Date]") throw wrongType("`asOf`", "a string or a Date", value);
  if (Number.isNaN(value.getTime())) throw usage("`asOf` is an invalid Date");
  return value.toISOString();
}

function positionOf(name, value) {
  if (typeof value !== "number") throw wrongType(`\`${name}\``, "a number", value);
  // WebAssembly would silently take a number modulo 2^32.
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw usage(`\`${name}\` must be a whole number below 4294967296, but this is ${value}`);
}

function textOf(what, value) {
  if (typeof value === "string") return value;
  throw wrongType(what, "a string", value);
}

/**
 * Half of a surrogate pair is no character: in UTF-8 it would become U+FFFD, and the other half, typed later,
 * would not make the two whole again. So it is refused, and nothing is lost.
 */
function wellFormed(what, text) {
  const half = /\p{Surrogate}/u.exec(text);
  if (!half) return text;
  const code = text.charCodeAt(half.index).toString(16).toUpperCase();
  throw usage(
    `${what} has half of a surrogate pair, U+${code}, at ${half.index}, which is no character; pass both halves in one call`,
  );
}

function wrongType(what, wanted, value) {
  return usage(`${what} must be ${wanted}, but this is ${called(value)}`);
}

function called(value) {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return name === "Object" ? "an object" : `an object (${name})`;
}

/** Whether a word is another one but for its case or one letter that is missing, too many, wrong or misplaced. */
function isNear(word, name) {
  const [a, b] = [word, name].map((text) => text.toLowerCase().replaceAll(/[-_]/g, ""));
  if (a === b) return true;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && left[0] === right[1] && left[1] === right[0];
}

function usage(message) {
  return new PortcullisError("usage", message);
}
