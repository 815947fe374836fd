// Reads a bundle as it was at a revision, by the rules of host/src/git.rs.

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { basename, dirname } from "node:path";

import { isLeftOut, Unreadable } from "./folder.mjs";

/**
 * The files of the bundle in `folder` at a revision. `git` is run as it is, never through a shell; nothing is checked
 * out, and nothing is fetched.
 */
export function readRevision(folder, revision, { isBundleFile, mostBytes }) {
  const unreadable = (reason) => new Unreadable(`${folder} at ${revision}`, reason);
  const root = statSync(folder, { throwIfNoEntry: false });
  if (!root?.isFile() && !root?.isDirectory()) throw unreadable(NO_FOLDER);
  // A single file is a bundle of its own.
  const [directory, only] = root.isFile() ? [dirname(folder), basename(folder)] : [folder, null];
  const git = (args, input) => {
    const output = spawnSync("git", ["--no-replace-objects", "--literal-pathspecs", ...args], {
      cwd: directory,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", GIT_NO_LAZY_FETCH: "1", LC_ALL: "C" },
      input: input ?? "",
      maxBuffer: Infinity,
      windowsHide: true,
    });
    if (output.error) throw unreadable(output.error.code === "ENOENT" ? NO_GIT : "`git` cannot be run");
    return output;
  };
  const checked = (output) => {
    if (output.status === 0) return output.stdout;
    throw unreadable(output.stderr.toString().split(/\r?\n/)[0] || "git failed");
  };

  const commit = `${revision}^{commit}`;
  const found = git(["rev-parse", "--verify", "--quiet", "--end-of-options", commit]);
  if (found.status !== 0) {
    const inside = git(["rev-parse", "--is-inside-work-tree"]);
    throw unreadable(inside.status === 0 ? NO_REVISION : NO_REPOSITORY);
  }
  const tree = found.stdout.toString().trim();
  const entries = [];
  for (const line of split(checked(git(["ls-tree", "-r", "-z", "--long", tree])))) {
    const tab = line.indexOf(9);
    const [mode, kind, object, bytes] = line.subarray(0, tab).toString().trim().split(/ +/);
    // A link or another repository is no file of the bundle.
    if (!mode.startsWith("100") || kind !== "blob") continue;
    const name = line.subarray(tab + 1);
    const path = lossy.decode(name);
    if (!Buffer.from(path).equals(name)) {
      throw new Unreadable(`${path} at ${revision}`, "its name is not valid Unicode");
    }
    const named = only === null
      ? isBundleFile(path) && !path.split("/").slice(0, -1).some(isLeftOut)
      : path === only;
    if (named) entries.push({ path, object, bytes: Number(bytes) });
  }
  const wanted = entries.map(({ object }) => `${object}\n`).join("");
  let rest = checked(git(["cat-file", "--batch"], wanted));
  return entries.map(({ path, object, bytes }) => {
    const body = rest.subarray(rest.indexOf(10) + 1);
    if (body.length < bytes) throw unreadable(`git does not have \`${path}\` (${object})`);
    rest = body.subarray(bytes + 1);
    return { path, contents: body.subarray(0, Math.min(bytes, mostBytes)) };
  });
}

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** The parts between NUL bytes. */
function split(bytes) {
  const parts = [];
  let at = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, at)) {
    parts.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return parts;
}

const NO_FOLDER = "there is no such folder now; name a folder of policies or a single file";
const NO_REVISION = "git knows no such revision; in a shallow clone, fetch it first";
const NO_REPOSITORY = "the folder is in no repository that git can read";
const NO_GIT = "`git` is not installed, or not on the path; compare two folders instead";
