// Measures the npm package beside `validate` of @cedar-policy/cedar-wasm on the same bytes. One JSON object a
// line. First both in fresh processes, where V8 has yet to compile them; then both in this one, after they were
// warmed up on the bundle that is measured.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createWorkspace } from "../../npm/src/node.mjs";
import { AS_OF, checkCold, validate } from "./engines.mjs";

const cedar = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs");

const folder = process.argv[2];
const asOf = AS_OF;
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

const validateTime = (policies) => timed(() => validate(cedar, schema, policies));

async function cold(policies, config) {
  const workspace = await createWorkspace();
  let report;
  const took = timed(() => {
    report = checkCold(workspace, schema, policies, asOf, config);
  });
  workspace.dispose();
  return { took, report };
}

/** The first call of each engine, each time in a new process, turn by turn. */
function firstCalls(name, runs) {
  const program = fileURLToPath(new URL("first.mjs", import.meta.url));
  const first = (engine) =>
    JSON.parse(execFileSync(process.execPath, [program, engine, folder, name], { encoding: "utf8" }));
  const pairs = repeat(runs, () => ({ ours: first("portcullis"), peer: first("cedar-wasm") }));
  const of = (figure) => [median(pairs.map(({ ours }) => figure(ours))), median(pairs.map(({ peer }) => figure(peer)))];
  return { called: of(({ call }) => call), loaded: of(({ load, call }) => load + call) };
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

/** A workspace with the suites of a bundle, checked but not yet tested. */
async function withSuites(count) {
  const workspace = await createWorkspace();
  workspace.setFile("photos.cedarschema", schema);
  workspace.setFile("photos.cedar", bundle("clean", count));
  for (const [what, path] of [["entities", "photos.entities.json"], ["suite", "photos.test.json"]]) {
    workspace.setFile(path, readFileSync(join(folder, `${what}-${count}.json`), "utf8"));
  }
  workspace.check({ asOf });
  return workspace;
}

/** The times of runs of the cases of 1,000 policies: all of them, and after an edit of one policy. */
async function testTimes(options, runs) {
  const times = { all: [], again: [], evaluated: [] };
  for (let run = 0; run < runs; run++) {
    const workspace = await withSuites(1_000);
    const test = (more) => {
      const { summary } = workspace.test({ asOf, ...options, ...more });
      if (summary.passed !== 10_000) throw new Error(JSON.stringify(summary));
    };
    times.all.push(timed(() => test()));
    workspace.editFile("photos.cedar", { from: 0, to: 0, insert: "\n" });
    times.again.push(timed(() => test()));
    // Nothing was covered yet, so that all are evaluated.
    if (!options.coverage) times.evaluated.push(timed(() => test({ coverage: true })));
    workspace.dispose();
  }
  return { all: median(times.all), again: median(times.again), evaluated: median(times.evaluated) };
}

const plain = await testTimes({}, 5);
print("node: 10,000 cases on 1,000 policies, with reading the suite and the report", plain.all, "ms");
print("node: the same once read, every case evaluated with coverage, and the report", plain.evaluated, "ms", {
  at_most: 333,
});
print("node: the same again after an edit of one policy", plain.again, "ms");
const covered = await testTimes({ coverage: true }, 3);
print("node: 10,000 cases on 1,000 policies with coverage", covered.all, "ms", {
  peer: "without",
  value: plain.all,
  at_most_times: 5,
});

const mutated = await withSuites(100);
let mutation;
const took = timed(() => {
  ({ mutation } = mutated.test({ asOf, mutation: true }));
});
mutated.dispose();
const ran = mutation.totals.killed + mutation.totals.survived;
const made = ran + mutation.totals.invalid + mutation.totals.equivalent;
print(`node: mutation of 100 policies with 500 cases, ${made} mutants, ${ran} run`, took, "ms", { at_most: 5_000 });

const first = firstCalls("clean-1000", 7);
for (const [what, [ours, peer]] of [
  ["without loading the module", first.called],
  ["with loading the module", first.loaded],
]) {
  print(`node: first check in a fresh process, 1,000 policies, ${what}`, ours, "ms", {
    peer: "cedar-wasm validate",
    value: peer,
    at_most_times: 1,
  });
}

for (const { count, warmUps, runs, edits, target } of [
  { count: 1_000, warmUps: 4, runs: 10, edits: 300, target: { at_most: 1, at_least_faster: 100 } },
  { count: 10_000, warmUps: 0, runs: 3, edits: 200, target: { at_most: 8 } },
]) {
  const named = count.toLocaleString("en");
  const policies = bundle("clean", count);
  const regulated = "profile: regulated\n";
  for (let run = 0; run < warmUps; run++) {
    validateTime(policies);
    await cold(policies);
    await cold(policies, regulated);
  }
  // Turn by turn, so that a machine that slows down slows all.
  const times = { peer: [], basic: [], regulated: [] };
  let findings = {};
  for (let run = 0; run < runs; run++) {
    times.peer.push(validateTime(policies));
    for (const [profile, config] of [["basic"], ["regulated", regulated]]) {
      const once = await cold(policies, config);
      times[profile].push(once.took);
      findings[profile] = once.report.findings.length;
    }
  }
  const clean = await editTimes(policies, edits);
  const peer = median(times.peer);
  const against = (more) => ({ peer: "cedar-wasm validate", value: peer, ...more });
  print(`node: one edit in ${named} policies, p50`, median(clean), "ms", against(target));
  print(`node: one edit in ${named} policies, p95`, quantile(clean, 0.95), "ms", against());
  for (const profile of ["basic", "regulated"]) {
    print(
      `node: cold, warm engine, ${named} policies, ${profile}, ${findings[profile]} findings`,
      median(times[profile]),
      "ms",
      against(profile === "basic" ? { at_most_times: 1 } : {}),
    );
  }
  const flawedPolicies = bundle("flawed", count);
  const flawedPeer = validateTime(flawedPolicies);
  const { report } = await cold(flawedPolicies);
  const flawedEdits = await editTimes(flawedPolicies, count > 1_000 ? 20 : edits);
  print(`node: one edit in ${named} flawed policies, ${report.findings.length} findings, p50`, median(flawedEdits), "ms", {
    peer: "cedar-wasm validate",
    value: flawedPeer,
  });
}
