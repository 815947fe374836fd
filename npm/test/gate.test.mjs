// What of a base and a change crosses into the engine, over an engine that notes what it is asked.

import assert from "node:assert/strict";
import { test } from "node:test";

import { workspaceOver } from "../src/workspace.mjs";

const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));
const text = (value) => new TextDecoder().decode(value);
const asOf = "2026-11-21T09:00:00Z";

function fake() {
  const asked = [];
  const supply = {
    generation: 0,
    fault: null,
    replaceInstance() {
      this.generation += 1;
    },
    newEngine: () => ({
      setFile() {},
      editFile() {},
      removeFile() {},
      handle(request) {
        const { op, ...fields } = JSON.parse(text(request));
        asked.push(op === "set_base_file" ? `${op} ${fields.path} ${fields.text ?? fields.bytes}` : op);
        const { fault } = supply;
        if (op === "gate") supply.fault = null;
        if (op === "gate" && fault) throw fault;
        return bytes({ ok: op === "gate" || op === "test" ? fields : null });
      },
      free() {},
    }),
  };
  const take = () => asked.splice(0);
  return { supply, take };
}

test("the base is sent once, and again when it changed or the engine is another", () => {
  const { supply, take } = fake();
  const [base, head] = [workspaceOver(supply), workspaceOver(supply)];
  base.setFile("a.cedar", "one");
  base.setFile("b.cedar", new Uint8Array([0xff, 0x61]));
  const all = ["clear_base", "set_base_file a.cedar one", "set_base_file b.cedar /2E=", "gate"];
  const answer = head.gate(base, "id: x", { asOf });
  assert.deepEqual(answer, { as_of: asOf, change: "id: x" });
  assert.deepEqual(take(), all);
  head.gate(base, "id: y", { asOf });
  assert.deepEqual(take(), ["gate"]);
  base.editFile("a.cedar", { from: 0, to: 3, insert: "two" });
  head.gate(base, "id: y", { asOf });
  assert.deepEqual(take(), ["clear_base", "set_base_file a.cedar two", "set_base_file b.cedar /2E=", "gate"]);
  supply.fault = new WebAssembly.RuntimeError("unreachable");
  assert.throws(() => head.gate(base, "id: y", { asOf }), { kind: "trap" });
  take();
  head.gate(base, "id: y", { asOf });
  assert.equal(take().length, 4);
});

test("what was left out crosses with the files, and again into another engine", () => {
  const { supply, take } = fake();
  const [base, head] = [workspaceOver(supply), workspaceOver(supply)];
  base.setFile("a.cedar", "one");
  const sent = ["clear_base", "set_base_file a.cedar one"];
  head.gate(base, "id: x", { asOf });
  assert.deepEqual(take(), [...sent, "gate"]);
  base.leaveOut("link.cedar");
  head.leaveOut("other.cedar");
  assert.deepEqual(take(), ["leave_out", "leave_out"]);
  head.gate(base, "id: x", { asOf });
  assert.deepEqual(take(), [...sent, "leave_out", "gate"]);
  head.gate(base, "id: x", { asOf });
  assert.deepEqual(take(), ["gate"]);
  supply.fault = new WebAssembly.RuntimeError("unreachable");
  assert.throws(() => head.gate(base, "id: x", { asOf }), { kind: "trap" });
  take();
  head.gate(base, "id: x", { asOf });
  assert.deepEqual(take(), ["leave_out", ...sent, "leave_out", "gate"]);
});

test("options cross under the names of the protocol", () => {
  const { supply } = fake();
  const [base, head] = [workspaceOver(supply), workspaceOver(supply)];
  const actors = { author: "alice", drafter: { kind: "model", id: "m" }, lastEditor: "bob" };
  assert.deepEqual(head.gate(base, "r", { asOf, actors, format: "text", log: "", directory: "people: {}" }), {
    as_of: asOf,
    change: "r",
    format: "text",
    log: "",
    directory: "people: {}",
    actors: { author: "alice", drafter: { kind: "model", id: "m" }, last_editor: "bob" },
  });
});

test("a base of tests crosses with what only changed policies are asked for", () => {
  const { supply } = fake();
  const [base, head] = [workspaceOver(supply), workspaceOver(supply)];
  base.setFile("a.cedar", "one");
  const asked = { as_of: asOf, changed_only: true, base: [{ path: "a.cedar", text: "one" }] };
  assert.deepEqual(head.test({ asOf, base, changedOnly: true }), asked);
  assert.deepEqual(head.test({ asOf, base: { "a.cedar": "one" }, changedOnly: true }), asked);
  assert.deepEqual(head.test({ asOf }), { as_of: asOf });
  assert.throws(() => head.test({ asOf, changedOnly: 1 }), { kind: "usage" });
});

test("misuse is refused before anything crosses", () => {
  const { supply, take } = fake();
  const [base, head] = [workspaceOver(supply), workspaceOver(supply)];
  const refused = (call, message) => assert.throws(call, (error) => error.kind === "usage" && error.message.includes(message));
  for (const wrong of [undefined, null, "a.cedar", [], new (class Workspace {})()]) {
    refused(() => head.gate(wrong, "r"), "`base` must be");
  }
  refused(() => head.gate({ "a.cedar": 1 }, "r"), "must be");
  refused(() => head.gate(base, {}), "`change` must be a string");
  refused(() => head.gate(base, "\ud800"), "half of a surrogate pair");
  refused(() => head.gate(base, "r", { actor: {} }), "did you mean `actors`?");
  refused(() => head.gate(base, "r", { actors: { author: "a" } }), "`drafter` must be an object");
  base.dispose();
  assert.throws(() => head.gate(base, "r"), { kind: "disposed" });
  assert.deepEqual(take(), []);
});
