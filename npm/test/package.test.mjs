// The package as its users get it, over the built module.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";

assert.ok(
  existsSync(new URL("../dist/portcullis_bg.wasm", import.meta.url)),
  "npm/dist has no module: run `cargo xtask build` first",
);

const flavours = { node: "../src/node.mjs", inline: "../src/inline.mjs" };

for (const [name, path] of Object.entries(flavours)) {
  const { createWorkspace, rules, PortcullisError } = await import(path);

  test(`${name}: a report comes back and follows edits`, async () => {
    const workspace = await createWorkspace();
    const asOf = "2026-11-21T09:00:00Z";
    workspace.setFile("a.cedar", "permit(principal, action, resource);");
    const report = workspace.check({ asOf });
    assert.equal(report.schema_version, 1);
    assert.deepEqual(workspace.check({ asOf: new Date(asOf) }), report);
    assert.deepEqual(JSON.parse(workspace.render({ asOf, format: "json" })), report);
    workspace.dispose();
  });

  test(`${name}: misuse throws a PortcullisError of the kind usage`, async () => {
    const workspace = await createWorkspace();
    const misuse = { name: "PortcullisError", kind: "usage" };
    assert.throws(() => workspace.removeFile("none.cedar"), misuse);
    assert.throws(() => workspace.setFile(5, "x"), misuse);
    assert.throws(() => workspace.setFile("a.cedar", "\ud83d"), misuse);
    assert.deepEqual(workspace.check({ asOf: "2026-11-21" }).findings, []);
    assert.throws(() => workspace.check({ asOf: "yesterday" }), misuse);
    assert.throws(() => workspace.render({ asOf: "2026-11-21", format: "jsno" }), misuse);
    assert.ok(PortcullisError.prototype instanceof Error);
    workspace.dispose();
  });

  test(`${name}: a request waits until somebody has approved it`, async () => {
    const workspace = await createWorkspace();
    const asOf = "2026-11-21T09:00:00Z";
    const schema = `@principal_kind("human") entity User; @principal_kind("agent") entity Bot;
      @access("read") action view appliesTo { principal: [User, Bot], resource: User, context: { n: Long } };
      @access("destructive") action drop appliesTo { principal: [User, Bot], resource: User, context: { n: Long } };`;
    workspace.setFile("s.cedarschema", schema);
    workspace.setFile("p.cedar", '@id("p") permit (principal, action, resource) when { context.n > 9007199254740992 };');
    const request = { principal: 'Bot::"b"', action: 'Action::"drop"', resource: 'User::"u"', context: { n: 1 } };
    assert.equal(workspace.authorize(request, { asOf }).decision, "deny");
    // A number that JavaScript rounds, as a text.
    const large = JSON.stringify(request).replace('"n":1', '"n":9007199254740993');
    const answer = workspace.authorize(large, { asOf: new Date(asOf) });
    assert.equal(answer.decision, "approval_required");
    assert.deepEqual(answer.hops, [{ principal: 'Bot::"b"', allowed: true, determining: ["p"], errors: [] }]);
    assert.deepEqual(answer.requires.map(({ approval, met_by: by }) => [approval, by]), [["human", null]]);
    assert.equal(workspace.authorize(large.replace("drop", "view"), { asOf }).decision, "allow");
    const refused = (message) => ({ name: "PortcullisError", kind: "usage", message });
    assert.throws(() => workspace.authorize({}), refused("the request needs `principal`"));
    const typo = refused("the request has no key `principle`, did you mean `principal`?");
    assert.throws(() => workspace.authorize({ principle: "" }), typo);
    assert.throws(() => workspace.authorize(large, { asOf, approvals: [{}] }), { kind: "usage", message: /`approvals\[0\]`/ });
    workspace.dispose();
  });

  test(`${name}: rules are listed by code`, async () => {
    const codes = (await rules()).map((rule) => rule.code);
    assert.notEqual(codes.length, 0);
    assert.deepEqual(codes, [...codes].sort());
  });
}
