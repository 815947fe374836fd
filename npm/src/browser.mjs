import * as glue from "../dist/portcullis.js";
import { apiOver } from "./api.mjs";

export { PortcullisError } from "./api.mjs";

export const { createWorkspace, rules } = apiOver(async () => {
  // Bundlers look for exactly this expression to find the file.
  await glue.default({ module_or_path: new URL("../dist/portcullis_bg.wasm", import.meta.url) });
  return glue;
});
