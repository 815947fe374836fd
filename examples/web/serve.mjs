// Serves this page and the package on this machine alone: `node examples/web/serve.mjs`, after
// `cargo xtask build`.

import { existsSync } from "node:fs";

import { serve } from "../../tests/doors/serve.mjs";

if (existsSync(new URL("../../npm/dist/portcullis_bg.wasm", import.meta.url))) {
  const { address } = await serve({}, Number(process.env.PORT) || 8080);
  console.log(`${address}/examples/web/index.html`);
} else {
  console.error("npm/dist has no module: run `npm ci` in npm/ and `cargo xtask build` first");
  process.exitCode = 1;
}
