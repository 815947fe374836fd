// For bundlers and workers that lose the file behind `new URL(…)`: the module is part of the script.

import * as glue from "../dist/portcullis.js";
import base64 from "../dist/portcullis_bg.base64.mjs";
import { apiOver } from "./api.mjs";

export { PortcullisError } from "./api.mjs";

export const { createWorkspace, rules } = apiOver(async () => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  glue.initSync({ module: await WebAssembly.compile(bytes) });
  return glue;
});
