// Measures tiers and the gate in Node, warmed up, the median of several. One JSON object a line: the tier of a change of
// one policy among 1,000 beyond its comparison, and the gate with 20 approvals beyond the tier. The record of the latter
// is drafted and signed by the command line.

import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createWorkspace } from "../../npm/src/node.mjs";
import { AS_OF as asOf } from "./engines.mjs";

const RUNS = 25;
const APPROVALS = 20;
const folder = process.argv[2];
const schema = readFileSync(join(folder, "photos.cedarschema"), "utf8");
const print = (what, value, unit, against = null) => console.log(JSON.stringify({ what, value, unit, against }));
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

function timed(work) {
  const begun = performance.now();
  const value = work();
  return [performance.now() - begun, value];
}

async function workspaceOf(files) {
  const workspace = await createWorkspace();
  for (const [path, text] of Object.entries(files)) workspace.setFile(path, text);
  return workspace;
}

const policies = readFileSync(join(folder, "clean-1000.cedar"), "utf8");
const base = await workspaceOf({ "photos.cedarschema": schema, "photos.cedar": policies });
const head = await workspaceOf({ "photos.cedarschema": schema, "photos.cedar": policies });
const places = [...policies.matchAll(/group-/g)].map((match) => match.index + match[0].length);
const asked = { compare: () => head.compare(base), tier: () => head.tier(base, { asOf }) };
const times = { compare: [], tier: [] };
let before;
for (let turn = 0; turn < RUNS; turn += 1) {
  for (const [what, ask] of Object.entries(asked)) {
    if (before !== undefined) head.editFile("photos.cedar", { from: before, to: before + 1, insert: "" });
    // A large prime, so that the places lie all over the file.
    before = places[((2 * turn + (what === "tier" ? 1 : 0)) * 7919) % places.length];
    head.editFile("photos.cedar", { from: before, to: before, insert: "x" });
    times[what].push(timed(ask)[0]);
  }
}
print("node: diff of one policy edited among 1,000", median(times.compare), "ms");
print("node: its tier, beyond the diff", median(times.tier) - median(times.compare), "ms", { at_most: 20 });

const root = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
try {
  const write = (path, text) => writeFileSync(join(root, path), text);
  const people = ["author", ...Array.from({ length: APPROVALS }, (_, n) => `person-${n}`)].map((name) => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    write(`${name}.pem`, privateKey.export({ type: "pkcs8", format: "pem" }));
    const key = publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("base64");
    const roles = name === "author" ? "" : "application-owner";
    return `  ${name}: { issuer: idp, kind: human, roles: [${roles}], keys: ['ed25519-public:${key}'] }\n`;
  });
  const small = policies.split(/(?<=;)\n+/);
  const files = (count) => ({
    "photos.cedarschema": schema,
    "photos.cedar": small.slice(0, count).join("\n"),
    "directory.yaml": `people:\n${people.join("")}`,
  });
  for (const [name, count] of [["base", 9], ["head", 10]]) {
    mkdirSync(join(root, name));
    for (const [path, text] of Object.entries(files(count))) write(`${name}/${path}`, text);
  }
  const program = fileURLToPath(new URL("../../npm/bin/portcullis.mjs", import.meta.url));
  const change = (verb, ...more) => {
    const line = [program, "change", verb, "base", "head", "--change", "c.change.yaml", "--as-of", asOf, ...more];
    execFileSync(process.execPath, line, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  };
  change("new", "--id", "c", "--author", "author", "--owner", "author", "--ticket", "T-1");
  change("submit", "--key", "author.pem");
  const smallHead = await workspaceOf(files(10));
  const smallBase = await workspaceOf(files(9));
  const { controls } = smallHead.tier(smallBase, { asOf });
  const acknowledged = controls.acknowledge.flatMap((what) => ["--acknowledge", what]);
  const [{ slot }] = controls.approvals;
  for (let n = 0; n < APPROVALS; n += 1) {
    change("approve", "--key", `person-${n}.pem`, "--slot", slot, "--reason", "seen", ...acknowledged);
  }
  const record = readFileSync(join(root, "c.change.yaml"), "utf8");
  const gates = [];
  const tiers = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    const [took, answer] = timed(() => smallHead.gate(smallBase, record, { asOf }));
    if (answer.discounted.length > 0 || answer.requirements[0].missing > 0) throw new Error(JSON.stringify(answer));
    gates.push(took);
    tiers.push(timed(() => smallHead.tier(smallBase, { asOf, record }))[0]);
  }
  print("node: gate of a small change with 20 approvals", median(gates), "ms");
  print("node: the same beyond its tier", median(gates) - median(tiers), "ms", { at_most: 5 });
} finally {
  rmSync(root, { recursive: true });
}
