// What the command line writes, file by file, as the tests of host/src/folder.rs have it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Worker } from "node:worker_threads";

import { Unwritable, writeFiles } from "../src/cli/folder.mjs";

const root = mkdtempSync(join(tmpdir(), "portcullis-folder-"));
after(() => rmSync(root, { recursive: true, force: true }));

const held = (text) => createHash("sha256").update(text).digest("hex");
const appends = (text, was) => [
  { path: "log", text, replaces: was === null ? null : held(was), appends: true },
];
const log = join(root, "log");

test("of two that append to the same the second is told", () => {
  writeFiles(root, appends("a", null));
  assert.throws(() => writeFiles(root, appends("A", null)), /has this name/);
  writeFiles(root, appends("b", "a"));
  assert.throws(
    () => writeFiles(root, appends("c", "a")),
    (error) => error instanceof Unwritable && /changed since it was read/.test(error.reason),
  );
  assert.equal(readFileSync(log, "utf8"), "ab");
  assert.equal(existsSync(`${log}.lock`), false);
});

test("what another command writes is waited for", async () => {
  writeFileSync(log, "");
  writeFileSync(`${log}.lock`, "");
  const worker = new Worker(
    `const { readFileSync, rmSync } = require("node:fs");
    const { parentPort, workerData: log } = require("node:worker_threads");
    setTimeout(() => {
      parentPort.postMessage(readFileSync(log, "utf8"));
      rmSync(log + ".lock");
    }, 50);`,
    { eval: true, workerData: log },
  );
  const before = new Promise((resolve) => worker.once("message", resolve));
  writeFiles(root, appends("a", ""));
  // Nothing was written as long as the lock was there.
  assert.equal(await before, "");
  assert.equal(readFileSync(log, "utf8"), "a");
});
