// Measures the npm package beside `validate` of @cedar-policy/cedar-wasm, in the same process and on the
// same bytes. One JSON object a line. Both modules are initialised, and both have checked a small bundle
// several times, before anything is timed: what V8 needs to compile them is in neither figure.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { createWorkspace } from "../../npm/src/node.mjs";

const cedar = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs");

const folder = process.argv[2];
const asOf = "2026-11-21T09:00:00Z";
const schema = readFileSync(join(folder, "photos.cedarschema"), "utf8");
const bundle = (style, count) => readFileSync(join(folder, `${style}-${count}.cedar`), "utf8");

const timed = (work) => {
  const begun = performance.now();
  work();
  return performance.now() - begun;
};
const quantile = (times, q) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))];
const median = (times) => quantile(times, 0.5);
const repeat = (times, work) => Array.from({ length: times }, work);
const print = (what, value, unit, against = null) => console.log(JSON.stringify({ what, value, unit, against }));

const validate = (policies) => {
  const answer = cedar.validate({
    validationSettings: { mode: "strict" },
    schema,
    policies: { staticPolicies: policies },
  });
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
};

async function cold(policies, config) {
  const workspace = await createWorkspace();
  let report;
  const took = timed(() => {
    if (config) workspace.setFile("portcullis.yaml", config);
    workspace.setFile("photos.cedarschema", schema);
    workspace.setFile("photos.cedar", policies);
    report = workspace.check({ asOf });
  });
  workspace.dispose();
  return { took, report };
}

async function coldTimes(runs, policies, config) {
  const times = [];
  let report;
  for (let run = 0; run < runs; run++) {
    const once = await cold(policies, config);
    times.push(once.took);
    report = once.report;
  }
  return { took: median(times), findings: report.findings.length };
}

/** Adds one character inside one policy after another, and takes the time until the whole report is there. */
async function editTimes(policies, edits) {
  const workspace = await createWorkspace();
  workspace.setFile("photos.cedarschema", schema);
  workspace.setFile("photos.cedar", policies);
  workspace.check({ asOf });
  const places = [...policies.matchAll(/group-/g)].map((match) => match.index + match[0].length);
  const times = [];
  for (let turn = 0; turn < edits; turn++) {
    // A large prime, so that the places lie all over the file.
    const at = places[(turn * 7919) % places.length];
    times.push(
      timed(() => {
        workspace.editFile("photos.cedar", { from: at, to: at, insert: "x" });
        workspace.check({ asOf });
      }),
    );
    // Taken out again untimed: what was there before is remembered.
    workspace.editFile("photos.cedar", { from: at, to: at + 1, insert: "" });
    workspace.check({ asOf });
  }
  workspace.dispose();
  return times;
}

const small = bundle("clean", 10);
for (let run = 0; run < 30; run++) {
  validate(small);
  await cold(small);
  await cold(small, "profile: regulated\n");
}
await editTimes(small, 50);

for (const { count, runs, edits, target } of [
  { count: 1_000, runs: 5, edits: 300, target: { at_most: 1, at_least_faster: 100 } },
  { count: 10_000, runs: 2, edits: 200, target: { at_most: 8 } },
]) {
  const named = count.toLocaleString("en");
  const policies = bundle("clean", count);
  // The halves of the peer's runs enclose ours, so that a machine that slows down slows both.
  const peerTimes = repeat(Math.ceil(runs / 2), () => timed(() => validate(policies)));
  const basic = await coldTimes(runs, policies);
  const regulated = await coldTimes(runs, policies, "profile: regulated\n");
  const clean = await editTimes(policies, edits);
  peerTimes.push(...repeat(Math.floor(runs / 2), () => timed(() => validate(policies))));
  const peer = median(peerTimes);
  const against = (more) => ({ peer: "cedar-wasm validate", value: peer, ...more });
  print(`node: one edit in ${named} policies, p50`, median(clean), "ms", against(target));
  print(`node: one edit in ${named} policies, p95`, quantile(clean, 0.95), "ms", against());
  print(`node: cold, ${named} policies, ${basic.findings} findings`, basic.took, "ms", against({ at_most_times: 1 }));
  print(
    `node: cold, ${named} policies, regulated, ${regulated.findings} findings`,
    regulated.took,
    "ms",
    against(),
  );
  const flawedPolicies = bundle("flawed", count);
  const flawedPeer = timed(() => validate(flawedPolicies));
  const flawed = await coldTimes(1, flawedPolicies);
  const flawedEdits = await editTimes(flawedPolicies, count > 1_000 ? 20 : edits);
  print(`node: one edit in ${named} flawed policies, ${flawed.findings} findings, p50`, median(flawedEdits), "ms", {
    peer: "cedar-wasm validate",
    value: flawedPeer,
  });
}
