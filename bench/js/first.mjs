// What the first check of a bundle takes in a process that has done nothing else: one engine per process.
// Prints the milliseconds until the engine can be called, and those of the call.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { AS_OF, checkCold, validate } from "./engines.mjs";

const [, , engine, folder, name] = process.argv;
const schema = readFileSync(join(folder, "photos.cedarschema"), "utf8");
const policies = readFileSync(join(folder, `${name}.cedar`), "utf8");

const begun = performance.now();
let call;
if (engine === "portcullis") {
  const { createWorkspace } = await import("../../npm/src/node.mjs");
  const workspace = await createWorkspace();
  call = () => checkCold(workspace, schema, policies, AS_OF);
} else {
  const cedar = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs");
  call = () => validate(cedar, schema, policies);
}
const ready = performance.now();
call();
const done = performance.now();
console.log(JSON.stringify({ load: ready - begun, call: done - ready }));
