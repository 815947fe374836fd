// Before the package is packed or published: without the module it would install and not run.

import { existsSync } from "node:fs";

const missing = ["portcullis.js", "portcullis_bg.wasm", "portcullis_bg.base64.mjs"].filter(
  (name) => !existsSync(new URL(`dist/${name}`, import.meta.url)),
);
if (missing.length > 0) {
  console.error(`npm/dist lacks ${missing.join(", ")}: run \`npm ci\` in npm/ and \`cargo xtask build\` first`);
  process.exitCode = 1;
}
