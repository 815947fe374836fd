// Reads a bundle from a folder, and writes what is added to it, by the rules of host/src/folder.rs.

import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, sep } from "node:path";

/** What could not be read, and why. */
export class Unreadable extends Error {
  constructor(path, reason) {
    super(`${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/** What could not be written, and why. */
export class Unwritable extends Error {
  constructor(path, reason) {
    super(`${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/**
 * The bundle in `folder`, or the one that the file of that name belongs to: `files`, with paths relative to its
 * `root` and `/` between their parts, sorted by the bytes of their names, `only`, the file that was asked about, and
 * `leftOut`, what is not read though it looks like a part of the bundle. With `everywhere` it looks for that in folders
 * that are left out as well, which can be large.
 */
export function readBundle(folder, options) {
  // Only the root may be a link.
  const found = attempt(folder, () => statSync(folder));
  if (found.isDirectory()) return { ...filesIn(folder, options), root: folder };
  if (!found.isFile()) throw new Unreadable(folder, NO_FOLDER);
  const name = basename(folder);
  if (!options.isBundleFile(name)) throw new Unreadable(folder, NO_BUNDLE_FILE);
  const [root, only] = rootOf(dirname(folder), name) ?? [];
  if (root !== undefined) {
    const { files, leftOut } = filesIn(root, options);
    // What the walk leaves out is in no bundle.
    if (files.some(({ path }) => path === only)) return { files, leftOut, root, only };
  }
  const contents = contentsOf(folder, options.mostBytes);
  return { files: [{ path: name, contents }], leftOut: [], root: dirname(folder), only: name };
}

/**
 * The root of the bundle that a file belongs to, and the file's path in it: the nearest folder at or above it
 * with a portcullis.yaml, else the nearest with a schema. A repository's root is the last that is looked at.
 */
function rootOf(beside, name) {
  let folder;
  try {
    folder = realpathSync(beside);
  } catch {
    return undefined;
  }
  let path = name;
  let withSchema;
  for (;;) {
    const names = namesIn(folder);
    if (names.includes("portcullis.yaml")) return [folder, path];
    if (names.some((name) => /\.cedarschema(\.json)?$/.test(name))) withSchema ??= [folder, path];
    const above = dirname(folder);
    if (names.includes(".git") || above === folder) return withSchema;
    path = `${basename(folder)}/${path}`;
    folder = above;
  }
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * The files of the bundle in a folder, and what is not read. Hidden folders, `node_modules` and `target` are left out;
 * symbolic links are not followed.
 */
function filesIn(folder, { isBundleFile, mostBytes, everywhere = false }) {
  const files = [];
  const leftOut = [];
  walk(Buffer.from(folder), Buffer.alloc(0), []);
  return { files, leftOut };

  // Names are bytes until they are known to be text.
  function walk(directory, prefix, parts) {
    const isAside = parts.some(isLeftOut);
    let entries;
    try {
      entries = attempt(directory, () =>
        readdirSync(directory, { withFileTypes: true, encoding: "buffer" }),
      );
    } catch (error) {
      if (!isAside) throw error;
      leftOut.push(parts.join("/"));
      return;
    }
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    for (const entry of entries) {
      const separator = directory.at(-1) === SEPARATOR[0] ? [] : [SEPARATOR];
      const full = Buffer.concat([directory, ...separator, entry.name]);
      const relative = Buffer.concat([prefix, entry.name]);
      const below = [...parts, shown(entry.name)];
      if (entry.isSymbolicLink()) {
        const isFolder = (everywhere || !below.some(isLeftOut)) && mayBeDirectory(full);
        if (isFolder || isBundleFile(below.join("/"))) leftOut.push(below.join("/"));
      } else if (entry.isDirectory()) {
        const name = shown(entry.name);
        // What git keeps for itself nobody takes for policies.
        // What is installed belongs to others, and no policy is loaded from there.
        const isOfOthers = name === "node_modules" || (name === ".git" && parts.length === 0);
        if (isLeftOut(name) && (!everywhere || isOfOthers)) continue;
        walk(full, Buffer.concat([relative, Buffer.from("/")]), below);
      } else if (entry.isFile() && isAside) {
        if (isBundleFile(below.join("/"))) leftOut.push(below.join("/"));
      } else if (entry.isFile()) {
        const path = shown(relative);
        if (!Buffer.from(path).equals(relative)) {
          throw new Unreadable(shown(full), "its name is not valid Unicode");
        }
        if (isBundleFile(path)) files.push({ path, contents: contentsOf(full, mostBytes) });
      } else if (isBundleFile(below.join("/"))) {
        // A pipe or a socket, say.
        leftOut.push(below.join("/"));
      }
    }
  }
}

// What a link leads to that leads nowhere yet, may be a folder later.
function mayBeDirectory(path) {
  try {
    return statSync(path).isDirectory();
  } catch {
    return true;
  }
}

/** Whether a folder of this name is no part of a bundle. */
export function isLeftOut(name) {
  return name.startsWith(".") || name === "node_modules" || name === "target";
}

/** The bytes of a file by itself; null where there is none and none is required. */
export function readFile(path, { required, mostBytes }) {
  try {
    return bytesOf(path, mostBytes);
  } catch (error) {
    if (!required && error.code === "ENOENT") return null;
    throw new Unreadable(path, FILE_REASONS[error.code] ?? REASONS[error.code] ?? "uncategorized error");
  }
}

/**
 * Writes files by their paths in the bundle's root, or as they are where the root is empty. One that was not read
 * must not be there.
 */
export function writeFiles(root, writes) {
  const { O_TRUNC, O_APPEND, O_CREAT, O_EXCL } = constants;
  for (const { path, text, replaces, appends } of writes) {
    const full = root === "" ? path : beside(root, path);
    try {
      // One file has one lock, by whichever links it is named.
      const unlock = lock(full, replaces === null ? full : realpathSync(full));
      try {
        if (replaces === null) {
          put(full, O_CREAT | O_EXCL, text);
          continue;
        }
        const now = createHash("sha256").update(readFileSync(full)).digest("hex");
        if (now !== replaces) throw new Unwritable(full, CHANGED);
        put(full, appends ? O_APPEND : O_TRUNC, text);
      } finally {
        unlock();
      }
    } catch (error) {
      if (error instanceof Unwritable) throw error;
      throw new Unwritable(full, WRITE_REASONS[error.code] ?? "uncategorized error");
    }
  }
}

function put(path, how, text) {
  const file = openSync(path, constants.O_WRONLY | how, 0o666);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** How long to wait for another command that writes the same file, in milliseconds. */
const PATIENCE = 5_000;

/** Keeps other commands from writing a file, by another beside it; gives what ends that. */
function lock(path, real) {
  const lockPath = `${real}.lock`;
  const begun = performance.now();
  for (;;) {
    try {
      closeSync(openSync(lockPath, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666));
      return () => unlocked(lockPath);
    } catch (error) {
      if (error.code === "ENOENT") throw new Unwritable(path, NO_PLACE);
      if (error.code !== "EEXIST") throw new Unwritable(path, unlockable(lockPath, error));
      if (performance.now() - begun >= PATIENCE) throw new Unwritable(path, locked(lockPath));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Whoever finds it still there is told to remove it. */
function unlocked(lockPath) {
  try {
    rmSync(lockPath);
  } catch {
    // The file is written nonetheless.
  }
}

/** A path in a folder, spelt as Rust's standard library joins them. */
export function beside(folder, path) {
  return folder.endsWith(sep) ? `${folder}${path}` : `${folder}${sep}${path}`;
}

const SEPARATOR = Buffer.from(sep);
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** A path as it is shown to people. */
function shown(path) {
  return typeof path === "string" ? path : lossy.decode(path);
}

/** The bytes of a file; of one that is larger than any limit allows, only as many as show that it is. */
function contentsOf(path, mostBytes) {
  return attempt(path, () => bytesOf(path, mostBytes));
}

function bytesOf(path, mostBytes) {
  const file = openSync(path, "r");
  try {
    const parts = [];
    let read = 0;
    while (read < mostBytes) {
      const part = Buffer.allocUnsafe(Math.min(mostBytes - read, 1 << 20));
      const count = readSync(file, part);
      if (count === 0) break;
      parts.push(part.subarray(0, count));
      read += count;
    }
    return Buffer.concat(parts);
  } finally {
    closeSync(file);
  }
}

function attempt(path, read) {
  try {
    return read();
  } catch (error) {
    throw new Unreadable(shown(path), REASONS[error.code] ?? "uncategorized error");
  }
}

const MISSING = "it does not exist; name a folder of policies or a single file";
const NO_FOLDER = "it is not a folder; name a folder of policies or a single file";
const NO_BUNDLE_FILE =
  "it is no file of a bundle; name a folder, or a file whose name ends in .cedar, .cedarschema, .entities.json, .links.json or .test.yaml";
const FORBIDDEN = "permission is denied; make it readable, or move it out of the bundle";

/**
 * What is wrong and what to do, as host/src/folder.rs says it. The causes without a sentence of ours have
 * the names that Rust's standard library gives them.
 */
const REASONS = {
  EACCES: FORBIDDEN,
  EBUSY: "resource busy",
  EISDIR: "is a directory",
  ELOOP: "filesystem loop or indirection limit (e.g. symlink loop)",
  ENAMETOOLONG: "invalid filename",
  ENOENT: MISSING,
  ENOTDIR: NO_FOLDER,
  EPERM: FORBIDDEN,
  ESTALE: "stale network file handle",
};

/** The same of a file by itself. */
const FILE_REASONS = {
  EACCES: "permission is denied; make it readable",
  ENOENT: "it does not exist",
  ENOTDIR: "not a directory",
  EPERM: "permission is denied; make it readable",
};

const NO_PLACE = "there is no such folder; make it first";
const CHANGED = "it was changed since it was read; run the command again";

const unlockable = (lockPath, error) =>
  `\`${lockPath}\`, which keeps other commands from writing it, cannot be made: ${WRITE_REASONS[error.code] ?? "uncategorized error"}`;

const locked = (lockPath) =>
  `another command writes it, or died while it did; if none does, remove \`${lockPath}\``;

const UNWRITABLE = "permission is denied; make it writable";

/** The same of writing. */
const WRITE_REASONS = {
  EACCES: UNWRITABLE,
  EBUSY: "resource busy",
  EEXIST: "something that is not read has this name; move it away",
  EISDIR: "is a directory",
  ENAMETOOLONG: "invalid filename",
  ENOENT: "entity not found",
  ENOSPC: "no storage space",
  ENOTDIR: "not a directory",
  EPERM: UNWRITABLE,
  EROFS: "read-only filesystem or storage medium",
};
