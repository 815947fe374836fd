// Measures proofs in Node: comparing the example applications that PORTCULLIS_CORPUS has with themselves less one
// policy, per kind of request; and a bundle of 200 policies and 20 kinds of request after one edit. One JSON object
// a line.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { createWorkspace } from "../../npm/src/node.mjs";

const print = (what, value, unit, atMost) =>
  console.log(JSON.stringify({ what, value, unit, against: { at_most: atMost } }));
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

async function workspaceOf(files) {
  const workspace = await createWorkspace();
  for (const [path, text] of Object.entries(files)) workspace.setFile(path, text);
  return workspace;
}

function timed(work) {
  const begun = performance.now();
  const value = work();
  return [performance.now() - begun, value];
}

/** Folders below with a schema and policies. */
function applications(folder, found = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) applications(join(folder, entry.name), found);
  }
  if (existsSync(join(folder, "policies.cedar"))) found.push(folder);
  return found;
}

const corpus = process.env.PORTCULLIS_CORPUS;
if (!corpus) console.error("skipped: PORTCULLIS_CORPUS does not name the folder of corpora");
if (corpus) {
  const perEnvironment = [];
  for (const folder of applications(join(corpus, "cedar-examples"))) {
    const schema = readFileSync(join(folder, "policies.cedarschema"), "utf8");
    const policies = readFileSync(join(folder, "policies.cedar"), "utf8");
    const statements = policies.split(/(?<=;)\s*\n/).filter((text) => text.includes("("));
    const files = (text) => ({ "policies.cedarschema": schema, "policies.cedar": text });
    for (let left = 0; left < statements.length; left += 1) {
      const base = files(policies);
      const head = await workspaceOf(base);
      head.compare(base);
      head.setFile("policies.cedar", statements.filter((_, n) => n !== left).join("\n"));
      const [took, change] = timed(() => head.compare(base));
      const asked = change.environments.filter((of) => of.relation !== "equivalent").length;
      if (asked > 0) perEnvironment.push(took / asked);
      head.dispose();
    }
  }
  print("compare, an example application less one policy, per kind of request that changed, Node", median(perEnvironment), "ms", 3);
}

const types = Array.from({ length: 20 }, (_, n) => `entity Doc${n} { owner: User, level: Long, tags: Set<String> };
action "act${n}" appliesTo { principal: User, resource: Doc${n}, context: { mfa: Bool, amount: Long } };`);
const schema = `entity Group; entity User in [Group] { level: Long, site?: String };\n${types.join("\n")}`;
const policy = (n, limit) => `@id("p${n}") permit (principal in Group::"g${n % 40}", action == Action::"act${n % 20}", resource)
when { context.amount < ${limit} && (resource.owner == principal || principal.level > resource.level) && context.mfa };\n`;
const bundle = (edited) => Array.from({ length: 200 }, (_, n) => policy(n, n === 77 ? edited : 500 + n)).join("");
const base = await workspaceOf({ "s.cedarschema": schema, "p.cedar": bundle(577) });
const head = await workspaceOf({ "s.cedarschema": schema, "p.cedar": bundle(578) });
const [first] = timed(() => head.compare(base));
const again = Array.from({ length: 15 }, (_, n) => {
  head.setFile("p.cedar", bundle(600 + n));
  return timed(() => head.compare(base))[0];
});
print("diff of 200 policies, 20 kinds of request, first time, Node", first, "ms", 100);
print("diff of 200 policies, 20 kinds of request, one policy edited, Node", median(again), "ms", 100);
