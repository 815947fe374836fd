// The JSON protocol that the plugin speaks too.

import { PortcullisError } from "./error.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The answer of an engine to a request. */
export function ask(engine, request) {
  const bytes = engine.handle(encoder.encode(JSON.stringify(request)));
  const response = JSON.parse(decoder.decode(bytes));
  if (response.error) throw new PortcullisError(response.error.kind, response.error.message);
  return response.ok;
}
