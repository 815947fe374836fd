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
