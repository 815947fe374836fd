// What a door of JavaScript answers to the bundles of tests/tests/doors. Runs in Node and in a browser.

/** The answers to `request`, which tests/tests/doors/javascript.rs writes, through a package. */
export async function answers(portcullis, { as_of: asOf, formats, probe, bundles }) {
  const answered = [];
  for (const { name, render, files } of bundles) {
    const workspace = await portcullis.createWorkspace();
    for (const [path, base64] of files) workspace.setFile(path, bytesOf(base64));
    const json = workspace.render({ asOf, format: "json" });
    if (JSON.stringify(workspace.check({ asOf })) !== json) {
      throw new Error(`${name}: check and render do not give the same report`);
    }
    const renders = Object.fromEntries(
      (render ? formats : []).map((format) => [format, workspace.render({ asOf, format })]),
    );
    for (const [path] of files) workspace.removeFile(path);
    workspace.setFile(...probe);
    const after = workspace.render({ asOf, format: "json" });
    workspace.dispose();
    answered.push({ name, json, renders, after });
  }
  return answered;
}

/**
 * Uses the stack up in calls of the engine, at every depth at which it may give out: a report that comes
 * back is whole, and the next call sees the same files in a fresh instance. Gives how often it gave out.
 */
export async function recover(portcullis, files) {
  const workspace = await portcullis.createWorkspace();
  for (const [path, text] of files) workspace.setFile(path, text);
  const check = () => JSON.stringify(workspace.check({ asOf: "2026-11-21" }));
  const expected = check();
  const descend = (depth, work) => (depth === 0 ? work() : descend(depth - 1, work));
  let deepest = 1 << 10;
  while (!givesOut(() => descend(deepest, () => {}))) deepest += 1 << 8;
  let stopped = 0;
  for (let depth = deepest; depth > 0; depth -= 1 << 8) {
    // An edit that is undone, so that there is something to compute.
    workspace.setFile(...files[0]);
    let report;
    try {
      report = descend(depth, check);
    } catch (error) {
      if (error.kind === "trap") stopped += 1;
      else if (!(error instanceof RangeError)) throw error;
    }
    if (report !== undefined && report !== expected) throw new Error(`another report at depth ${depth}`);
    if (check() !== expected) throw new Error(`another report after depth ${depth}`);
    if (report !== undefined && stopped > 0) break;
  }
  workspace.dispose();
  return stopped;
}

function givesOut(work) {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
