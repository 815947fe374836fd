// Compiled and not run: what users write must type-check against the declarations.

// With the oldest library of types that the package is for: no DOM, no Node, no `esnext.disposable`.

import { createWorkspace, PortcullisError, rules } from "../src/index.js";
import type { Report } from "../src/index.js";

export async function example(log: (...words: unknown[]) => void): Promise<Report> {
  const workspace = await createWorkspace();
  workspace.setFile("a.cedar", "permit(principal, action, resource);");
  workspace.setFile("b.cedar", new Uint8Array());
  workspace.editFile("a.cedar", { from: 0, to: 6, insert: "forbid" });
  // @ts-expect-error: an edit names its range
  workspace.editFile("a.cedar", { insert: "" });
  workspace.check();
  // @ts-expect-error: a time is text or a Date
  workspace.check({ asOf: 0 });
  const text: string = workspace.render({ asOf: new Date(), format: "json" });
  const relation: "equivalent" | "wider" | "narrower" | "incomparable" | "unknown" = workspace.compare({
    "a.cedar": "",
  }).relation;
  const comment: string = workspace.compare(workspace, { format: relation === "wider" ? "markdown" : "text" });
  workspace.compare(new Map([["a.cedar", comment]]));
  // @ts-expect-error: a comparison has no such format
  workspace.compare({}, { format: "sarif" });
  const base = await createWorkspace();
  const publishable: boolean = workspace.gate(base, "id: x", { asOf: new Date() }).publishable;
  const verdict: string = workspace.gate(base, "id: x", { format: "markdown" });
  workspace.gate({ "a.cedar": "" }, "id: x");
  // @ts-expect-error: the base is a workspace or the contents of files by path
  workspace.gate("a.cedar", "id: x");
  // @ts-expect-error: contents are text or bytes
  workspace.gate({ "a.cedar": 1 }, "id: x");
  const asked = { principal: 'User::"a"', action: 'Action::"x"', resource: 'User::"b"', context: { n: 1 } };
  const decision: string = workspace.authorize(asked, { asOf: new Date(), approvals: [{}] }).decision;
  workspace.authorize(JSON.stringify(asked));
  // @ts-expect-error: a request has an action
  workspace.authorize({ principal: 'User::"a"', resource: 'User::"b"' });
  log(publishable, verdict, decision);
  const codes: string[] = (await rules()).map((rule) => rule.code);
  try {
    return workspace.check({ asOf: "2026-11-21" });
  } catch (error) {
    if (error instanceof PortcullisError && error.kind === "trap") log(text, codes);
    throw error;
  } finally {
    workspace.dispose();
  }
}
