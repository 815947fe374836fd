// The generated bindings in Node, over the module's file.

import { readFile } from "node:fs/promises";

import * as glue from "../dist/portcullis.js";

/** The bindings, initialised. */
export async function loadBindings() {
  const bytes = await readFile(new URL("../dist/portcullis_bg.wasm", import.meta.url));
  glue.initSync({ module: await WebAssembly.compile(bytes) });
  return glue;
}
