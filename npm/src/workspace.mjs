// The workspace over a replaceable engine. JavaScript keeps the files, so that after a trap, which leaves
// a WebAssembly instance unusable, a fresh one can be given the same bundle.

import { Findings } from "./changes.mjs";
import { PortcullisError } from "./error.mjs";
import { ask } from "./protocol.mjs";

const encoder = new TextEncoder();
// A byte order mark is part of a file: without this it would be lost, and every later position off by one.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const EDITS_KEPT = 1000;

/** An empty workspace; `supply` is where it gets its engines. */
export function workspaceOver(supply) {
  return new Workspace(supply);
}

class Workspace {
  #supply;
  #engine = null;
  #generation = -1;
  #files = new Map();
  #findings = new Findings();
  #disposed = false;

  constructor(supply) {
    this.#supply = supply;
  }

  setFile(path, contents) {
    // A copy: the caller may reuse the buffer, and a replay must see what was set.
    const kept = typeof contents === "string" ? contents : Uint8Array.from(contents);
    this.#run((engine) => engine.setFile(path, bytesOf(kept)));
    this.#files.set(path, { contents: kept, edits: [] });
  }

  editFile(path, { from, to, insert }) {
    const start = position("from", from);
    const end = position("to", to);
    this.#run((engine) => engine.editFile(path, start, end, insert));
    const file = this.#files.get(path);
    file.edits.push({ from: start, to: end, insert });
    // So that a long session does not keep every keystroke.
    if (file.edits.length >= EDITS_KEPT) contentsNow(file);
  }

  removeFile(path) {
    this.#run((engine) => engine.removeFile(path));
    this.#files.delete(path);
  }

  check({ asOf } = {}) {
    const now = instant(asOf);
    const findings = this.#findings;
    const bytes = this.#run((engine) => engine.check(now, findings.last));
    return findings.report(JSON.parse(decoder.decode(bytes)));
  }

  test({ asOf, ...options } = {}) {
    const request = { op: "test", as_of: instant(asOf), ...testFields(options) };
    return this.#run((engine) => ask(engine, request));
  }

  render({ asOf, format }) {
    const request = { op: "render", as_of: instant(asOf), format };
    return this.#run((engine) => ask(engine, request));
  }

  dispose() {
    if (this.#engine && this.#generation === this.#supply.generation) this.#engine.free();
    this.#engine = null;
    this.#files.clear();
    this.#findings = new Findings();
    this.#disposed = true;
  }

  #run(call) {
    if (this.#disposed) {
      throw new PortcullisError("disposed", "the workspace was disposed of");
    }
    const supply = this.#supply;
    // The call before this one ended in a way that nobody could look at, as where the stack was used up
    // in the very handler of that error.
    if (supply.busy) supply.replaceInstance();
    supply.busy = true;
    try {
      const answer = call(this.#currentEngine());
      supply.busy = false;
      return answer;
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** The engine with this workspace's files, made anew if another workspace's trap took it along. */
  #currentEngine() {
    if (this.#generation !== this.#supply.generation) {
      const engine = this.#supply.newEngine();
      for (const [path, file] of this.#files) engine.setFile(path, bytesOf(contentsNow(file)));
      this.#engine = engine;
      this.#generation = this.#supply.generation;
    }
    return this.#engine;
  }

  #explained(error) {
    const supply = this.#supply;
    if (error?.name === "UsageError") {
      supply.busy = false;
      return new PortcullisError("usage", error.message, { cause: error });
    }
    if (error instanceof PortcullisError) {
      supply.busy = false;
      return error;
    }
    // V8 reports its own exhausted stack as a RangeError, and the instance is as dead as after a trap.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      supply.replaceInstance();
      supply.busy = false;
      return new PortcullisError("trap", `the engine stopped: ${error.message}`, { cause: error });
    }
    return error;
  }
}

// Older browsers and Node 20 may lack the symbol; `using` needs it where it exists.
if (Symbol.dispose) {
  Object.defineProperty(Workspace.prototype, Symbol.dispose, { value: Workspace.prototype.dispose });
}

/**
 * The contents of a file with its edits. They are carried out only when a replay needs the text: doing so
 * at every keystroke would copy the document each time.
 */
function contentsNow(file) {
  if (file.edits.length > 0) {
    let text = typeof file.contents === "string" ? file.contents : decoder.decode(file.contents);
    for (const { from, to, insert } of file.edits) text = text.slice(0, from) + insert + text.slice(to);
    file.contents = text;
    file.edits = [];
  }
  return file.contents;
}

function bytesOf(contents) {
  return typeof contents === "string" ? encoder.encode(contents) : contents;
}

function position(name, value) {
  // WebAssembly would silently take a number modulo 2^32.
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw new PortcullisError("usage", `\`${name}\` must be a whole number below 4294967296`);
}

/** The options of a run of tests as the protocol calls them. The engine refuses what it does not know. */
function testFields({ failFast, ...options }) {
  const given = { ...options, fail_fast: failFast };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The core has no clock, so a caller that names no time gets this door's. */
function instant(asOf = new Date()) {
  if (!(asOf instanceof Date)) return String(asOf);
  if (Number.isNaN(asOf.getTime())) throw new PortcullisError("usage", "`asOf` is an invalid Date");
  return asOf.toISOString();
}
