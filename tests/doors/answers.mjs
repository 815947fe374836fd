// What a door of JavaScript answers to the bundles of tests/tests/doors. Runs in Node and in a browser.

/** The answers to `request`, which tests/tests/doors/javascript.rs writes, through a package. */
export async function answers(portcullis, request) {
  const { as_of: asOf, formats, test_formats: testFormats, probe, bundles } = request;
  const { change, change_formats: changeFormats, tier_formats: tierFormats, gate_formats: gateFormats } = request;
  const { requests, approval } = request;
  const everything = { asOf, coverage: true, mutation: true, suggest: true };
  const answered = [];
  for (const { name, render, tested, files } of bundles) {
    const workspace = await portcullis.createWorkspace();
    for (const [path, base64] of files) workspace.setFile(path, bytesOf(base64));
    const json = workspace.render({ asOf, format: "json" });
    if (JSON.stringify(workspace.check({ asOf })) !== json) {
      throw new Error(`${name}: check and render do not give the same report`);
    }
    const renders = Object.fromEntries(
      (render ? formats : []).map((format) => [format, workspace.render({ asOf, format })]),
    );
    const tests = Object.fromEntries(
      (tested ? testFormats : []).map((format) => [format, workspace.test({ ...everything, format })]),
    );
    if (tested && JSON.stringify(workspace.test(everything)) !== tests.json) {
      throw new Error(`${name}: tests with and without a format do not give the same report`);
    }
    const base = new Map([probe]);
    const compared = {};
    if (tested) {
      for (const format of changeFormats) compared[`compare ${format}`] = workspace.compare(base, { format });
      for (const format of tierFormats) compared[`tier ${format}`] = workspace.tier(base, { asOf, format });
      for (const format of gateFormats) compared[`gate ${format}`] = workspace.gate(base, change, { asOf, format });
      for (const asked of requests) {
        try {
          const answer = workspace.authorize(asked, { asOf, approvals: [approval] });
          compared[`authorize ${asked}`] = JSON.stringify(answer);
        } catch (error) {
          if (error.kind !== "usage") throw error;
          compared[`authorize ${asked}`] = `error: ${error.message}`;
        }
      }
      const before = await portcullis.createWorkspace();
      before.setFile(...probe);
      const same = {
        compare: workspace.compare(before),
        tier: workspace.tier(before, { asOf }),
        gate: workspace.gate(before, change, { asOf }),
      };
      for (const [of, answer] of Object.entries(same)) {
        if (JSON.stringify(answer) === compared[`${of} json`].trimEnd()) continue;
        throw new Error(`${name}: a workspace and its files as a base do not give the same ${of}`);
      }
      before.dispose();
    }
    for (const [path] of files) workspace.removeFile(path);
    workspace.setFile(...probe);
    const after = workspace.render({ asOf, format: "json" });
    workspace.dispose();
    answered.push({ name, json, renders, tests, compared, after });
  }
  return answered;
}

/**
 * Uses the stack up in calls of the engine, by making them from ever deeper: a report that comes back is
 * whole, and the next call works in a fresh instance. Gives how often the engine stopped.
 */
export async function recover(portcullis) {
  const asOf = "2026-11-21";
  const bundle = (depth) => [
    ["a.cedar", "permit(principal, action, resource);"],
    // Nothing is remembered of a text that was not there before.
    ["b.cedar", `permit(principal, action, resource) when { ${"(".repeat(50)}context.n == ${depth}${")".repeat(50)} };`],
  ];
  const report = (workspace, files) => {
    for (const [path, text] of files) workspace.setFile(path, text);
    return JSON.stringify(workspace.check({ asOf }));
  };
  const descend = (depth, work) => (depth === 0 ? work() : descend(depth - 1, work));
  const workspace = await portcullis.createWorkspace();
  const other = await portcullis.createWorkspace();
  let stopped = 0;
  for (let depth = 1 << 10; ; depth += 1 << 5) {
    const files = bundle(depth);
    let deep;
    try {
      deep = descend(depth, () => report(workspace, files));
    } catch (error) {
      if (error.kind === "trap") stopped += 1;
      // Deeper than this, not even JavaScript gets as far as the engine.
      else if (error instanceof RangeError && stopped > 0) break;
      else if (!(error instanceof RangeError)) throw error;
    }
    const expected = report(other, files);
    if (deep !== undefined && deep !== expected) throw new Error(`another report at depth ${depth}`);
    if (report(workspace, files) !== expected) throw new Error(`another report after depth ${depth}`);
    if (depth > 1 << 17) break;
  }
  workspace.dispose();
  other.dispose();
  return stopped;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
