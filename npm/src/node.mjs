import { apiOver } from "./api.mjs";
import { loadBindings } from "./bindings.mjs";

export { PortcullisError } from "./api.mjs";

export const { createWorkspace, rules } = apiOver(loadBindings);
