// The command line in Node. Like the native one it reads the arguments, the folder and the clock, and
// leaves the rest to the core, so that both give the same output and exit codes.

import { loadBindings } from "../bindings.mjs";
import { ask } from "../protocol.mjs";
import { beside, readBundle, readFile, Unreadable, Unwritable, writeFiles } from "./folder.mjs";
import { readRevision } from "./git.mjs";
import { readKey } from "./key.mjs";
import { afterASecond } from "./progress.mjs";

const FAULT = {
  stdout: "",
  stderr: "error: this is a fault of Portcullis; please report it with the files that led to it\n",
  exit: 3,
};

/** Carries out a command line, writes what it gives, and sets the exit code of the process. */
export async function main(args) {
  let output;
  try {
    output = await carryOut(args);
  } catch {
    // A trap, or the stack of JavaScript used up. Whatever it was, it is not the user's doing.
    output = FAULT;
  }
  // Set first: a reader that goes away ends the writing, and not what was found.
  process.exitCode = output.exit;
  if (await write(process.stdout, output.stdout)) await write(process.stderr, output.stderr);
}

async function carryOut(args) {
  const { Engine } = await loadBindings();
  const engine = new Engine();
  const command = { arguments: args, ...surroundings() };
  const plan = ask(engine, { op: "cli_plan", ...command });
  if (plan.done) return plan.done;
  if (plan.govern) return govern(engine, command, plan.govern);

  const [doing, asked] = plan.diff || plan.tier
    ? ["comparing", plan.diff ?? plan.tier]
    : plan.test
      ? ["testing", plan.test]
      : ["checking", plan.check];
  const { folder, base, base_rev: revision, baseline, files: needs = [], most_bytes: mostBytes } = asked;
  const isBundleFile = (path) => ask(engine, { op: "is_bundle_file", path });
  let stopProgress = async () => {};
  let output;
  let root;
  try {
    // The risk of a change is also in what is not read.
    const bundle = readBundle(folder, { isBundleFile, mostBytes, everywhere: Boolean(plan.tier) });
    const { files, only } = bundle;
    root = bundle.root;
    let baseFiles = [];
    if (base != null) baseFiles = readBundle(base, { isBundleFile, mostBytes }).files;
    if (revision != null) {
      // A file without a bundle around it is compared by itself.
      const at = only !== undefined && files.length === 1 ? beside(root, only) : root;
      baseFiles = readRevision(at, revision, { isBundleFile, mostBytes });
    }
    let approved;
    if (baseline != null) approved = filesOf(readBundle(baseline, { isBundleFile, mostBytes }));
    const given = filesRead(needs, mostBytes);
    stopProgress = afterASecond(doing, files.length);
    for (const { path, contents } of baseFiles) {
      ask(engine, { op: "set_base_file", path, bytes: contents.toString("base64") });
    }
    for (const { path, contents } of files) engine.setFile(path, contents);
    if (plan.check || plan.tier) {
      for (const path of bundle.leftOut) ask(engine, { op: "leave_out", path });
    }
    output = ask(engine, {
      op: "cli_run",
      ...command,
      ...(only !== undefined && { only }),
      ...(approved !== undefined && { baseline: approved }),
      ...(given.length > 0 && { files: given }),
    });
  } catch (error) {
    if (error instanceof Unreadable) {
      return ask(engine, { op: "cli_unreadable", path: error.path, reason: error.reason });
    }
    if (error?.name === "UsageError" || error?.kind === "usage") {
      return ask(engine, { op: "cli_refused", message: error.message });
    }
    throw error;
  } finally {
    await stopProgress();
  }
  return written(engine, root, output);
}

/** Carries out the writes of an output, and gives what is left to be said. */
function written(engine, root, output) {
  try {
    writeFiles(root, output.writes);
    return output;
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    const { path, reason } = error;
    return { ...ask(engine, { op: "cli_unwritable", path, reason }), stdout: output.stdout };
  }
}

/** A command about changes: reads what it needs, and signs where it asks for that. */
function govern(engine, command, { base, head, baseline, files, key: keyPath, most_bytes: mostBytes }) {
  const isBundleFile = (path) => ask(engine, { op: "is_bundle_file", path });
  let output;
  try {
    const nothing = { files: [], leftOut: [] };
    const read = (folder) =>
      folder == null ? nothing : readBundle(folder, { isBundleFile, mostBytes, everywhere: true });
    const before = read(base);
    for (const { path, contents } of before.files) {
      ask(engine, { op: "set_base_file", path, bytes: contents.toString("base64") });
    }
    for (const path of before.leftOut) ask(engine, { op: "leave_out", path, base: true });
    const after = read(head);
    for (const { path, contents } of after.files) engine.setFile(path, contents);
    for (const path of after.leftOut) ask(engine, { op: "leave_out", path });
    const given = filesRead(files, mostBytes);
    const key = keyPath == null ? null : readKey(keyPath);
    const approved = baseline == null ? undefined : filesOf(read(baseline));
    const request = {
      op: "cli_run",
      ...command,
      files: given,
      ...(approved !== undefined && { baseline: approved }),
      ...(key && { key: key.public }),
    };
    output = ask(engine, request);
    if (key && output.sign !== undefined) {
      const signature = key.sign(Buffer.from(output.sign, "base64")).toString("base64");
      output = ask(engine, { ...request, signature });
    }
  } catch (error) {
    if (error instanceof Unreadable) {
      return ask(engine, { op: "cli_unreadable", path: error.path, reason: error.reason });
    }
    if (error?.name === "UsageError" || error?.kind === "usage") {
      return ask(engine, { op: "cli_refused", message: error.message });
    }
    throw error;
  }
  return written(engine, "", output);
}

/** The files that a command needs beside the bundles, those that are there. */
function filesRead(needs, mostBytes) {
  return needs.flatMap(({ path, required }) => {
    const contents = readFile(path, { required, mostBytes });
    return contents === null ? [] : [{ path, bytes: contents.toString("base64") }];
  });
}

/** The files of a bundle as the protocol takes them. */
function filesOf({ files }) {
  return files.map(({ path, contents }) => ({ path, bytes: contents.toString("base64") }));
}

function surroundings() {
  const { stdout, env } = process;
  return {
    colors: Boolean(stdout.isTTY) && !env.NO_COLOR && env.TERM !== "dumb",
    ...(stdout.columns > 0 && { columns: stdout.columns }),
    now: new Date().toISOString(),
  };
}

/** Whether it was written. A reader that has seen enough, like `head`, is no error. */
function write(stream, text) {
  return new Promise((resolve) => {
    stream.on("error", (error) => {
      if (error.code !== "EPIPE") process.exitCode = 2;
      resolve(false);
    });
    stream.write(text, (error) => resolve(!error));
  });
}
