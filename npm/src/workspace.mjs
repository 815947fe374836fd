// The workspace over a replaceable engine. JavaScript keeps the files, so that after a trap, which leaves
// a WebAssembly instance unusable, a fresh one can be given the same bundle.

import {
  authorizeOptionsOf,
  checkOptionsOf,
  compareOptionsOf,
  contentsOf,
  editOf,
  filesOf,
  gateOptionsOf,
  pathOf,
  recordOf,
  renderOptionsOf,
  requestOf,
  testOptionsOf,
  tierOptionsOf,
} from "./arguments.mjs";
import { Findings } from "./changes.mjs";
import { edited } from "./edited.mjs";
import { PortcullisError } from "./error.mjs";
import { ask } from "./protocol.mjs";

const encoder = new TextEncoder();
// A byte order mark is part of a file: without this it would be lost, and every later position off by one.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const EDITS_KEPT = 1000;

const NO_BASE = { generation: -1, files: new Map(), leftOut: new Set() };

/** An empty workspace; `supply` is where it gets its engines. */
export function workspaceOver(supply) {
  return new Workspace(supply);
}

class Workspace {
  #supply;
  #engine = null;
  #generation = -1;
  #files = new Map();
  #leftOut = new Set();
  #findings = new Findings();
  #disposed = false;
  /** What the engine has as the base: path and contents of each file, what was left out, and of which generation it is. */
  #base = NO_BASE;

  constructor(supply) {
    this.#supply = supply;
  }

  setFile(path, contents) {
    this.#mustLive();
    const name = pathOf(path);
    const kept = contentsOf(contents);
    this.#run((engine) => engine.setFile(name, bytesOf(kept)));
    this.#files.set(name, { contents: kept, edits: [] });
  }

  editFile(path, edit) {
    this.#mustLive();
    const name = pathOf(path);
    const { from, to, insert } = editOf(edit);
    this.#run((engine) => engine.editFile(name, from, to, insert));
    const file = this.#files.get(name);
    file.edits.push({ from, to, insert });
    // So that a long session does not keep every keystroke.
    if (file.edits.length >= EDITS_KEPT) contentsNow(file);
  }

  removeFile(path) {
    this.#mustLive();
    const name = pathOf(path);
    this.#run((engine) => engine.removeFile(name));
    this.#files.delete(name);
  }

  leaveOut(path) {
    this.#mustLive();
    const name = pathOf(path);
    this.#run((engine) => ask(engine, { op: "leave_out", path: name }));
    this.#leftOut.add(name);
  }

  check(options) {
    this.#mustLive();
    const { asOf } = checkOptionsOf(options);
    const findings = this.#findings;
    const bytes = this.#run((engine) => engine.check(asOf, findings.last));
    return findings.report(JSON.parse(decoder.decode(bytes)));
  }

  test(options) {
    this.#mustLive();
    const { asOf, failFast, base, changedOnly, ...others } = testOptionsOf(options);
    const request = { op: "test", as_of: asOf, ...others, fail_fast: failFast, changed_only: changedOnly };
    if (base !== undefined) {
      const files = base instanceof Workspace ? [...base.#contents()] : filesOf(base);
      request.base = files.map(fileOf);
      // The engine has another base from now on.
      this.#base = NO_BASE;
    }
    return this.#run((engine) => ask(engine, request));
  }

  compare(base, options) {
    this.#mustLive();
    const request = { op: "compare", base: Workspace.#filesIn(base).map(fileOf), ...compareOptionsOf(options) };
    // The engine has another base from now on.
    this.#base = NO_BASE;
    return this.#run((engine) => ask(engine, request));
  }

  tier(base, options) {
    this.#mustLive();
    const { asOf, baseline, ...others } = tierOptionsOf(options);
    const request = {
      op: "tier",
      as_of: asOf,
      ...(base == null ? { whole: true } : { base: Workspace.#filesIn(base).map(fileOf) }),
      ...(baseline !== undefined && { baseline: Workspace.#filesIn(baseline).map(fileOf) }),
      ...others,
    };
    // The engine has another base from now on.
    this.#base = NO_BASE;
    return this.#run((engine) => ask(engine, request));
  }

  gate(base, change, options) {
    this.#mustLive();
    const record = recordOf(change);
    const { asOf, baseline, ...others } = gateOptionsOf(options);
    const files = new Map(Workspace.#filesIn(base));
    const leftOut = base instanceof Workspace ? new Set(base.#leftOut) : new Set();
    const request = {
      op: "gate",
      as_of: asOf,
      change: record,
      ...(baseline !== undefined && { baseline: Workspace.#filesIn(baseline).map(fileOf) }),
      ...others,
    };
    return this.#run((engine) => {
      this.#setBase(engine, files, leftOut);
      return ask(engine, request);
    });
  }

  authorize(request, options) {
    this.#mustLive();
    const asked = { op: "authorize", request: requestOf(request), ...authorizeOptionsOf(options) };
    return this.#run((engine) => ask(engine, asked));
  }

  render(options) {
    this.#mustLive();
    const { asOf, format } = renderOptionsOf(options);
    const request = { op: "render", as_of: asOf, format };
    return this.#run((engine) => ask(engine, request));
  }

  dispose() {
    if (this.#engine && this.#generation === this.#supply.generation) this.#engine.free();
    this.#engine = null;
    this.#files.clear();
    this.#findings = new Findings();
    this.#disposed = true;
  }

  /** Path and contents of the files of another bundle: a workspace, a Map or an object. */
  static #filesIn(other) {
    return other instanceof Workspace ? [...other.#contents()] : filesOf(other);
  }

  #contents() {
    this.#mustLive();
    return new Map(Array.from(this.#files, ([path, file]) => [path, contentsNow(file)]));
  }

  /** Gives the engine these files as the base, unless it has them. */
  #setBase(engine, files, leftOut) {
    const sent = this.#base;
    const isSame =
      sent.generation === this.#generation &&
      sent.files.size === files.size &&
      sent.leftOut.size === leftOut.size &&
      Array.from(leftOut).every((path) => sent.leftOut.has(path)) &&
      Array.from(files).every(([path, contents]) => sent.files.get(path) === contents);
    if (isSame) return;
    this.#base = NO_BASE;
    ask(engine, { op: "clear_base" });
    for (const [path, contents] of files) {
      const file = typeof contents === "string" ? { text: contents } : { bytes: base64(contents) };
      ask(engine, { op: "set_base_file", path, ...file });
    }
    for (const path of leftOut) ask(engine, { op: "leave_out", path, base: true });
    this.#base = { generation: this.#generation, files, leftOut };
  }

  #mustLive() {
    if (this.#disposed) throw new PortcullisError("disposed", "the workspace was disposed of");
  }

  #run(call) {
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
      for (const path of this.#leftOut) ask(engine, { op: "leave_out", path });
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
    const text = typeof file.contents === "string" ? file.contents : decoder.decode(file.contents);
    file.contents = edited(text, file.edits);
    file.edits = [];
  }
  return file.contents;
}

/** A file as a request has it. */
function fileOf([path, contents]) {
  if (typeof contents === "string") return { path, text: contents };
  return { path, bytes: base64(contents) };
}

/** In parts: a call takes only so many arguments. */
function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function bytesOf(contents) {
  return typeof contents === "string" ? encoder.encode(contents) : contents;
}
