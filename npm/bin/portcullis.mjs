#!/usr/bin/env node
import { existsSync } from "node:fs";

// Only in a clone of the repository it can be missing.
if (existsSync(new URL("../dist/portcullis_bg.wasm", import.meta.url))) {
  const { main } = await import("../src/cli/main.mjs");
  await main(process.argv.slice(2));
} else {
  console.error("error: npm/dist has no module: run `npm ci` in npm/ and `cargo xtask build` first");
  process.exitCode = 3;
}
