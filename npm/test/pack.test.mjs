// The package as it is published: packed, installed into an empty project, run, imported, type-checked.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "portcullis-pack-"));
after(() => rmSync(project, { recursive: true }));

const npm = (...args) => execFileSync("npm", args, { cwd: project, encoding: "utf8", stdio: "pipe" });
const [packed] = JSON.parse(npm("pack", source, "--json", "--foreground-scripts=false"));
writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
npm("install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);
writeFileSync(join(project, "a.cedar"), "permit(principal, action, resource);\n");

test("it holds what it needs, and no tests or sources of tests", () => {
  const paths = packed.files.map((file) => file.path);
  for (const path of ["bin/portcullis.mjs", "dist/portcullis_bg.wasm", "src/index.d.ts", "README.md", "LICENSE"]) {
    assert.ok(paths.includes(path), path);
  }
  const strange = paths.filter((path) => !/^(bin|dist|src)\/|^(package\.json|README\.md|LICENSE)$/.test(path));
  assert.deepEqual(strange, []);
  const license = (folder) => readFileSync(join(folder, "LICENSE"), "utf8");
  assert.equal(license(source), license(join(source, "..")));
});

test("its command runs", () => {
  const command = join(project, "node_modules/.bin/portcullis");
  const run = spawnSync(command, ["check", "a.cedar", "--format", "json"], { cwd: project, encoding: "utf8" });
  assert.equal(run.stderr, "");
  assert.equal(run.status, 1);
  assert.equal(JSON.parse(run.stdout).summary.policies, 1);
});

for (const entry of ["portcullis", "portcullis/inline"]) {
  test(`${entry} can be imported`, () => {
    const script = `
      import { createWorkspace } from "${entry}";
      const workspace = await createWorkspace();
      workspace.setFile("a.cedar", "permit(principal, action, resource);");
      console.log(workspace.check().summary.policies);
    `;
    const args = ["--input-type=module", "--eval", script];
    assert.equal(execFileSync("node", args, { cwd: project, encoding: "utf8" }), "1\n");
  });
}

test("without a build it says so, and is not packed", () => {
  const clone = join(project, "clone");
  for (const part of ["bin", "src", "package.json", "prepack.mjs"]) cpSync(join(source, part), join(clone, part), { recursive: true });
  for (const [command, ...args] of [["npm", "pack"], ["node", "bin/portcullis.mjs", "version"]]) {
    const run = spawnSync(command, args, { cwd: clone, encoding: "utf8" });
    assert.match(run.stderr, /run `npm ci` in npm\/ and `cargo xtask build` first/);
    assert.notEqual(run.status, 0);
  }
});

// A library with and without `Symbol.dispose`, and checked as strictly as can be.
for (const lib of ["ES2022", "ES2022,ESNext.Disposable,DOM"]) test(`its types check with ${lib}`, () => {
  writeFileSync(
    join(project, "a.ts"),
    `import { createWorkspace, type Finding } from "portcullis";
     const workspace = await createWorkspace();
     const findings: Finding[] = workspace.check({ asOf: new Date() }).findings;
     export const codes: string[] = findings.map((finding) => finding.code);
     // @ts-expect-error: a report has no such property
     workspace.check().finding;\n`,
  );
  const tsc = join(source, "node_modules/typescript/bin/tsc");
  const options = `--noEmit --strict --skipLibCheck false --target ES2022 --lib ${lib} --module NodeNext`;
  const run = spawnSync("node", [tsc, ...options.split(" "), "a.ts"], { cwd: project, encoding: "utf8" });
  assert.equal(run.stdout, "");
  assert.equal(run.status, 0);
});
