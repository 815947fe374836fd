// The examples of README.md: each runs as it stands and prints what the block behind it says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text }));

const examples = blocks.flatMap((block, index) =>
  block.language === "js" ? [{ code: block.text, printed: blocks[index + 1] }] : [],
);

test("every example in JavaScript is followed by what it prints", () => {
  assert.ok(examples.length >= 6);
  for (const { printed } of examples) assert.equal(printed?.language, "text");
});

examples.forEach(({ code, printed }, index) => {
  test(`example ${index + 1} prints what the page says`, () => {
    // From the package's folder, so that it finds itself by its name as it would from outside.
    const run = spawnSync("node", ["--input-type=module", "--eval", code], { cwd: root, encoding: "utf8" });
    assert.equal(run.stderr, "");
    assert.equal(run.stdout, printed.text);
  });
});

test("the examples in TypeScript type-check", () => {
  const folder = mkdtempSync(join(root, "test/readme-"));
  try {
    const files = blocks.filter(({ language }) => language === "ts").map(({ text }, index) => {
      const path = join(folder, `${index}.ts`);
      writeFileSync(path, text);
      return path;
    });
    assert.notEqual(files.length, 0);
    const options = "--noEmit --strict --target ES2022 --lib ES2022,ESNext.Disposable,DOM --module NodeNext";
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const run = spawnSync("node", [tsc, ...options.split(" "), ...files], { cwd: root, encoding: "utf8" });
    assert.equal(run.stdout, "");
    assert.equal(run.status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
