import { readFile } from "node:fs/promises";

import * as glue from "../dist/portcullis.js";
import { apiOver } from "./api.mjs";

export { PortcullisError } from "./api.mjs";

export const { createWorkspace, rules } = apiOver(async () => {
  const bytes = await readFile(new URL("../dist/portcullis_bg.wasm", import.meta.url));
  glue.initSync({ module: await WebAssembly.compile(bytes) });
  return glue;
});
