// Whatever is typed, a workspace that followed the edits says what a fresh one says.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { edited } from "../src/edited.mjs";
import { createWorkspace } from "../src/node.mjs";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const asOf = "2026-11-21T09:00:00Z";

// Pieces that open, close or break what is around them, and characters of every width.
const PIECES = [
  "", " ", "\n", "\r\n", "\t", ";", "{", "}", "(", ")", "[", "]", '"', "\\", "//", "/*", "@id(\"x\")",
  "permit(principal, action, resource);", "when { true }", "unless { context.a }", " && ", "é", "日本", "😀",
  "\u0000", "\ufeff", "principal", "// portcullis: ", "entity E;", "- ", "profile: basic\n",
];

for (const name of readdirSync(examples).filter((name) => name.endsWith("-flawed"))) {
  for (const seed of [1, 2, 3, 4]) {
    test(`${name}: edits of seed ${seed} end where a fresh start does`, async () => {
      const random = numbers(seed);
      const texts = filesOf(join(examples, name));
      const workspace = await createWorkspace();
      for (const [path, text] of texts) workspace.setFile(path, text);
      for (let edits = 1; edits <= 60; edits += 1) {
        const paths = [...texts.keys()];
        const path = paths[random(paths.length)];
        const old = texts.get(path);
        const from = random(old.length + 1);
        const to = Math.min(old.length, from + (random(3) === 0 ? random(80) : random(3)));
        const insert = PIECES[random(PIECES.length)];
        if (splitsCharacter(old, from) || splitsCharacter(old, to)) {
          assert.throws(() => workspace.editFile(path, { from, to, insert }), { kind: "usage" });
        } else {
          workspace.editFile(path, { from, to, insert });
          texts.set(path, old.slice(0, from) + insert + old.slice(to));
        }
        if (edits % 10 === 0) assert.deepEqual(report(workspace), await fresh(texts), `after ${edits} edits`);
      }
      workspace.dispose();
    });
  }
}

test("many edits of a long text come out as one after the other", () => {
  const random = numbers(5);
  for (const length of [0, 1, 20_000, 100_000]) {
    const text = Array.from({ length }, (_, at) => String.fromCharCode(97 + (at % 26))).join("");
    let expected = text;
    const edits = [];
    for (let count = 0; count < 300; count += 1) {
      const from = random(expected.length + 1);
      const to = Math.min(expected.length, from + (random(20) === 0 ? random(60_000) : random(5)));
      const insert = random(20) === 0 ? "x".repeat(random(40_000)) : PIECES[random(PIECES.length)];
      edits.push({ from, to, insert });
      expected = expected.slice(0, from) + insert + expected.slice(to);
    }
    assert.equal(edited(text, edits), expected);
  }
});

test("a file that was set as bytes keeps its byte order mark when it is edited", async () => {
  const workspace = await createWorkspace();
  workspace.setFile("a.cedar", new TextEncoder().encode("\ufeffpermit(principal, action, resource);"));
  workspace.editFile("a.cedar", { from: 1, to: 7, insert: "forbid" });
  const expected = await fresh(new Map([["a.cedar", "\ufeffforbid(principal, action, resource);"]]));
  assert.deepEqual(report(workspace), expected);
  workspace.dispose();
});

async function fresh(texts) {
  const workspace = await createWorkspace();
  for (const [path, text] of texts) workspace.setFile(path, text);
  const found = report(workspace);
  workspace.dispose();
  return found;
}

function report(workspace) {
  return workspace.check({ asOf });
}

function splitsCharacter(text, at) {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
}

function filesOf(folder) {
  const names = readdirSync(folder).filter((name) => /\.(cedar|cedarschema|json|yaml)$/.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** Whole numbers below a bound, the same for the same seed (mulberry32). */
function numbers(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}
