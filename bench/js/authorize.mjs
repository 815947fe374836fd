// Measures decisions in Node, warmed up, the median of several: requests on 1,000 policies that bring their entities, as a
// gateway asks, against cedar-wasm with its policies and schema parsed before. One JSON object a line.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as cedar from "@cedar-policy/cedar-wasm/nodejs";

import { createWorkspace } from "../../npm/src/node.mjs";
import { AS_OF as asOf } from "./engines.mjs";

const RUNS = 501;
const folder = process.argv[2];
const schema = readFileSync(join(folder, "photos.cedarschema"), "utf8");
const policies = readFileSync(join(folder, "clean-1000.cedar"), "utf8");
const print = (what, value, unit, against = null) => console.log(JSON.stringify({ what, value, unit, against }));
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

/** The request that policy `n` is about, and whether it is allowed: of two in turn one is. */
function request(n) {
  const entity = (type, id) => ({ type, id: `${id}-${n}` });
  const user = { uid: entity("User", "user"), attrs: { level: 9, dept: "a" }, parents: [entity("Group", "group")] };
  const photo = {
    uid: entity("Photo", "photo"),
    attrs: { owner: { __entity: user.uid }, private: false, tags: [`t${n}`], name: "x" },
    parents: [entity("Album", "album")],
  };
  const action = { type: "Action", id: ["view", "list", "edit"][n % 3] };
  const context = { mfa: n % 2 === 0, ip: { __extn: { fn: "ip", arg: "10.0.0.1" } }, hour: 23 };
  return { principal: user.uid, action, resource: photo.uid, context, entities: [user, photo] };
}

const written = ({ type, id }) => `${type}::${JSON.stringify(id)}`;
const workspace = await createWorkspace();
workspace.setFile("photos.cedarschema", schema);
workspace.setFile("photos.cedar", policies);
for (const answer of [
  cedar.preparsePolicySet("photos", { staticPolicies: policies }),
  cedar.preparseSchema("photos", schema),
]) {
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
}

const ask = {
  portcullis: ({ principal, action, resource, context, entities }) =>
    workspace.authorize(
      { principal: written(principal), action: written(action), resource: written(resource), context, entities },
      { asOf },
    ).decision,
  cedar: (call) => {
    const answer = cedar.statefulIsAuthorized({
      ...call,
      preparsedPolicySetId: "photos",
      preparsedSchemaName: "photos",
      validateRequest: true,
    });
    if (answer.type !== "success") throw new Error(JSON.stringify(answer));
    return answer.response.decision;
  },
};

const times = { portcullis: [], cedar: [] };
for (let turn = 0; turn < RUNS; turn += 1) {
  const call = request((turn * 7919) % 1000);
  const said = Object.entries(ask).map(([who, decide]) => {
    const begun = performance.now();
    const decision = decide(call);
    times[who].push(performance.now() - begun);
    return decision;
  });
  const expected = call.context.mfa ? "allow" : "deny";
  if (said.some((decision) => decision !== expected)) throw new Error(`${JSON.stringify(call)}: ${said}`);
}
const [own, peer] = [median(times.portcullis), median(times.cedar)];
print("node: a request on 1,000 policies with its entities", own, "ms", { peer: "cedar-wasm", value: peer });
workspace.dispose();
