// Serves this page and the package on this machine alone: `node examples/web/serve.mjs`, after
// `cargo xtask build`.

import { serve } from "../../tests/doors/serve.mjs";

const { address } = await serve({}, Number(process.env.PORT) || 8080);
console.log(`${address}/examples/web/index.html`);
