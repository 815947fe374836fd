// The package's functions over the generated bindings. A flavour of the package differs from the others
// only in how it gets at the module's bytes.

import { ask } from "./protocol.mjs";
import { workspaceOver } from "./workspace.mjs";

export { PortcullisError } from "./error.mjs";

/** `load` gives the generated bindings, initialised. */
export function apiOver(load) {
  let loading;
  const supply = () => {
    // A failure is not kept, so that a page that was offline can try again.
    loading ??= load()
      .then(supplyOver)
      .catch((error) => {
        loading = undefined;
        throw error;
      });
    return loading;
  };
  return {
    async createWorkspace() {
      return workspaceOver(await supply());
    },
    async rules() {
      const { newEngine } = await supply();
      const engine = newEngine();
      try {
        return ask(engine, { op: "rules" }).rules;
      } finally {
        engine.free();
      }
    },
  };
}

/**
 * Where workspaces get their engines. All of them live in one WebAssembly instance: when it is replaced,
 * `generation` rises and every engine of an earlier generation is dead.
 */
function supplyOver(glue) {
  return {
    generation: 0,
    busy: false,
    newEngine: () => new glue.Engine(),
    replaceInstance() {
      glue.__wbg_reset_state();
      this.generation += 1;
    },
  };
}
