// How a workspace recovers, over an engine that can be told to trap.

import assert from "node:assert/strict";
import { test } from "node:test";

import { workspaceOver } from "../src/workspace.mjs";

const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));
const text = (value) => new TextDecoder().decode(value);
const asOf = "2026-11-21";

/** Engines whose report is the list of their files. `supply.fault` is thrown by the next check. */
function fakeSupply() {
  const supply = {
    generation: 0,
    made: 0,
    freed: 0,
    fault: null,
    replaceInstance() {
      this.generation += 1;
    },
    newEngine() {
      supply.made += 1;
      const files = new Map();
      return {
        setFile: (path, contents) => void files.set(path, text(contents)),
        editFile(path, from, to, insert) {
          if (!files.has(path)) throw Object.assign(new Error("no such file"), { name: "UsageError" });
          const old = files.get(path);
          files.set(path, old.slice(0, from) + insert + old.slice(to));
        },
        removeFile: (path) => void files.delete(path),
        check() {
          const { fault } = supply;
          supply.fault = null;
          if (fault) throw fault;
          return bytes([...files]);
        },
        handle: (request) => bytes({ ok: JSON.parse(text(request)) }),
        free: () => void (supply.freed += 1),
      };
    },
  };
  return supply;
}

for (const fault of [new WebAssembly.RuntimeError("unreachable"), new RangeError("stack")]) {
  test(`after a ${fault.name} the next call sees every file as it was`, () => {
    const supply = fakeSupply();
    const workspace = workspaceOver(supply);
    workspace.setFile("a.cedar", "péter");
    workspace.editFile("a.cedar", { from: 1, to: 2, insert: "è" });
    workspace.setFile("b.cedar", new TextEncoder().encode("b"));
    workspace.setFile("c.cedar", "c");
    workspace.removeFile("c.cedar");
    const before = workspace.check({ asOf });
    supply.fault = fault;
    assert.throws(() => workspace.check({ asOf }), { name: "PortcullisError", kind: "trap", cause: fault });
    assert.deepEqual(workspace.check({ asOf }), before);
    assert.deepEqual(before, [["a.cedar", "pèter"], ["b.cedar", "b"]]);
    assert.equal(supply.made, 2);
  });
}

test("a trap in one workspace does not lose the files of another", () => {
  const supply = fakeSupply();
  const [one, other] = [workspaceOver(supply), workspaceOver(supply)];
  one.setFile("one.cedar", "1");
  other.setFile("other.cedar", "2");
  supply.fault = new WebAssembly.RuntimeError("unreachable");
  assert.throws(() => one.check({ asOf }), { kind: "trap" });
  assert.deepEqual(other.check({ asOf }), [["other.cedar", "2"]]);
});

test("misuse is reported, changes nothing and keeps the engine", () => {
  const supply = fakeSupply();
  const workspace = workspaceOver(supply);
  workspace.setFile("a.cedar", "abc");
  const misuses = [
    () => workspace.editFile("b.cedar", { from: 0, to: 0, insert: "" }),
    () => workspace.editFile("a.cedar", { from: -1, to: 0, insert: "" }),
    () => workspace.editFile("a.cedar", { from: 0, to: 2 ** 32, insert: "" }),
    () => workspace.editFile("a.cedar", { from: 0, to: 0.5, insert: "" }),
    () => workspace.check({ asOf: new Date(Number.NaN) }),
  ];
  for (const misuse of misuses) assert.throws(misuse, { name: "PortcullisError", kind: "usage" });
  assert.deepEqual(workspace.check({ asOf }), [["a.cedar", "abc"]]);
  assert.equal(supply.made, 1);
});

const WRONG = {
  "`path` must be a string, but this is a number": (w) => w.setFile(5, "x"),
  "`path` must be a string, but this is undefined": (w) => w.removeFile(),
  "`contents` must be a string or a Uint8Array, but this is a number": (w) => w.setFile("a.cedar", 1e9),
  "`contents` must be a string or a Uint8Array, but this is null": (w) => w.setFile("a.cedar", null),
  "`contents` must be a string or a Uint8Array, but this is an array": (w) => w.setFile("a.cedar", [1]),
  "`contents` must be a string or a Uint8Array, but this is an object (Uint16Array)": (w) =>
    w.setFile("a.cedar", new Uint16Array(1)),
  "the edit must be an object, but this is undefined": (w) => w.editFile("a.cedar"),
  "`insert` must be a string, but this is undefined": (w) => w.editFile("a.cedar", { from: 0, to: 0 }),
  "`from` must be a number, but this is a string": (w) => w.editFile("a.cedar", { from: "0", to: 0, insert: "" }),
  "`to` must be a whole number below 4294967296, but this is -1": (w) =>
    w.editFile("a.cedar", { from: 0, to: -1, insert: "" }),
  "`text` is no option of an edit; it has `from`, `to`, `insert`": (w) =>
    w.editFile("a.cedar", { from: 0, to: 0, text: "" }),
  "`as_of` is no option of `check`; did you mean `asOf`?": (w) => w.check({ as_of: asOf }),
  "`asOf` must be a string or a Date, but this is a number": (w) => w.check({ asOf: 0 }),
  "the options of `check` must be an object, but this is a string": (w) => w.check(asOf),
  "the options of `render` must be an object, but this is undefined": (w) => w.render(),
  "`fromat` is no option of `render`; did you mean `format`?": (w) => w.render({ fromat: "json" }),
  "`format` must be a string, but this is undefined": (w) => w.render({ asOf }),
  "`aprovals` is no option of `authorize`; did you mean `approvals`?": (w) => w.authorize({}, { aprovals: [] }),
  "`approvals` must be an array of DSSE envelopes, but this is an object": (w) => w.authorize({}, { approvals: {} }),
  "an item of `approvals` must be an object, but this is a string": (w) => w.authorize({}, { approvals: [""] }),
  "`request` must be an object, but this is undefined": (w) => w.authorize(),
  "`n` of `request` is 9007199254740992, which a number of JavaScript does not hold exactly; pass the JSON as a text":
    (w) => w.authorize({ context: { n: 2 ** 53 } }),
  "`coverge` is no option of `test`; did you mean `coverage`?": (w) => w.test({ coverge: true }),
  "`mutation` must be a boolean, but this is a number": (w) => w.test({ mutation: 1 }),
  "`tags` must be an array of strings, but this is a string": (w) => w.test({ tags: "a" }),
  "an item of `policies` must be a string, but this is null": (w) => w.test({ policies: ["a", null] }),
};

test("an argument of the wrong type is refused at the door", () => {
  const supply = fakeSupply();
  const workspace = workspaceOver(supply);
  workspace.setFile("a.cedar", "abc");
  for (const [message, misuse] of Object.entries(WRONG)) {
    assert.throws(() => misuse(workspace), { name: "PortcullisError", kind: "usage", message });
  }
  assert.deepEqual(workspace.check({ asOf }), [["a.cedar", "abc"]]);
  assert.deepEqual([supply.made, supply.generation], [1, 0]);
  workspace.dispose();
  assert.throws(() => workspace.setFile(5, "x"), { kind: "disposed" });
});

test("half of a surrogate pair is refused, and a whole one goes in", () => {
  const workspace = workspaceOver(fakeSupply());
  workspace.setFile("a.cedar", "// \n");
  const misuse = { kind: "usage", message: /half of a surrogate pair, U\+D83D, at 1/ };
  assert.throws(() => workspace.editFile("a.cedar", { from: 3, to: 3, insert: "a\ud83d" }), misuse);
  assert.throws(() => workspace.setFile("a.cedar", "a\ud83d"), misuse);
  assert.throws(() => workspace.setFile("a\ud83d.cedar", ""), misuse);
  assert.throws(() => workspace.editFile("a.cedar", { from: 3, to: 3, insert: "\ude00" }), { kind: "usage" });
  workspace.editFile("a.cedar", { from: 3, to: 3, insert: "\ud83d\ude00" });
  assert.deepEqual(workspace.check({ asOf }), [["a.cedar", "// 😀\n"]]);
});

test("what callers may leave out or undefined is left out", () => {
  const workspace = workspaceOver(fakeSupply());
  assert.deepEqual(workspace.check(), []);
  const request = workspace.test({ asOf, failFast: true, tags: ["a"], filter: undefined });
  assert.deepEqual(request, { op: "test", as_of: asOf, tags: ["a"], fail_fast: true });
  assert.deepEqual(Object.keys(workspace.test()), ["op", "as_of"]);
  workspace.setFile("a.cedar", Buffer.from("b"));
  assert.deepEqual(workspace.check({ asOf: new Date(0) }), [["a.cedar", "b"]]);
});

test("a buffer that its owner reuses does not change what is replayed", () => {
  const supply = fakeSupply();
  const workspace = workspaceOver(supply);
  const buffer = new TextEncoder().encode("a");
  workspace.setFile("a.cedar", buffer);
  buffer[0] = 0x62;
  supply.fault = new WebAssembly.RuntimeError("unreachable");
  assert.throws(() => workspace.check({ asOf }), { kind: "trap" });
  assert.deepEqual(workspace.check({ asOf }), [["a.cedar", "a"]]);
});

test("a disposed workspace frees its engine once and refuses calls", () => {
  const supply = fakeSupply();
  const workspace = workspaceOver(supply);
  workspace.check({ asOf });
  workspace.dispose();
  workspace.dispose();
  assert.equal(supply.freed, 1);
  assert.throws(() => workspace.check({ asOf }), { name: "PortcullisError", kind: "disposed" });
});

test("a dead engine is not freed", () => {
  const supply = fakeSupply();
  const workspace = workspaceOver(supply);
  supply.fault = new WebAssembly.RuntimeError("unreachable");
  assert.throws(() => workspace.check({ asOf }), { kind: "trap" });
  workspace.dispose();
  assert.equal(supply.freed, 0);
});

test("a base is another workspace as it is now, a Map or an object", () => {
  const workspace = workspaceOver(fakeSupply());
  const base = workspaceOver(fakeSupply());
  base.setFile("a.cedar", "péter");
  base.editFile("a.cedar", { from: 1, to: 2, insert: "è" });
  base.setFile("b.cedar", Uint8Array.of(0xff, 0x41));
  const files = [
    { path: "a.cedar", text: "pèter" },
    { path: "b.cedar", bytes: "/0E=" },
  ];
  assert.deepEqual(workspace.compare(base), { op: "compare", base: files });
  const format = "markdown";
  assert.deepEqual(workspace.compare(base, { format }), { op: "compare", base: files, format });
  const object = { "a.cedar": "pèter", "b.cedar": Uint8Array.of(0xff, 0x41) };
  const partial = { partialEntities: true };
  assert.deepEqual(workspace.compare(base, partial), { op: "compare", base: files, partial_entities: true });
  assert.throws(() => workspace.compare(base, { partialEntities: 1 }), { message: /`partialEntities` must be a boolean/ });
  assert.deepEqual(workspace.compare(object), { op: "compare", base: files });
  assert.deepEqual(workspace.compare(new Map(Object.entries(object))), { op: "compare", base: files });
  assert.deepEqual(workspace.compare(new Map()), { op: "compare", base: [] });
  const asOf = "2026-11-21T00:00:00Z";
  assert.deepEqual(workspace.tier(base, { asOf }), { op: "tier", as_of: asOf, base: files });
  assert.deepEqual(workspace.tier(null, { asOf, baseline: object, format }), {
    op: "tier", as_of: asOf, whole: true, baseline: files, format,
  });
  assert.throws(() => workspace.tier(null, { asOF: asOf }), { kind: "usage" });
  // More bytes than a call takes arguments.
  const large = workspace.compare({ "c.cedar": new Uint8Array(1 << 18).fill(0x80) });
  assert.equal(atob(large.base[0].bytes).length, 1 << 18);
});

test("what is no base is refused", () => {
  const workspace = workspaceOver(fakeSupply());
  class OfAnotherCopy {}
  const disposed = workspaceOver(fakeSupply());
  disposed.dispose();
  for (const [base, kind, message] of [
    [undefined, "usage", /`base` must be an object, but this is undefined/],
    [[], "usage", /`base` must be an object, but this is an array/],
    [new OfAnotherCopy(), "usage", /a workspace of this package, a Map or an object/],
    [{ "a.cedar": 1 }, "usage", /`contents` must be/],
    [new Map([[1, ""]]), "usage", /`path` must be a string/],
    [disposed, "disposed", /disposed/],
  ]) {
    assert.throws(() => workspace.compare(base), { name: "PortcullisError", kind, message });
  }
  assert.throws(() => workspace.compare({}, { fromat: "json" }), { message: /did you mean `format`/ });
});
