// Private keys, by the rules of host/src/key.rs. They are read here and signed with here; the core gets the
// public half and the signature.

import { createPrivateKey, createPublicKey, sign } from "node:crypto";

import { readFile, Unreadable } from "./folder.mjs";

/** More bytes than any key file has. */
const MOST_BYTES = 1 << 16;

const NO_KEY =
  "it is no Ed25519 private key in PKCS#8 PEM or OpenSSH form; make one with `ssh-keygen -t ed25519`";
const PASSPHRASE = "it has a passphrase; use a key without one";
const HALVES = "its public half is not that of its private half";

/** The key in a file: its public half as the core reads it, and what signs. */
export function readKey(path) {
  const text = readFile(path, { required: true, mostBytes: MOST_BYTES }).toString("latin1");
  const key = parsed(path, text);
  const raw = publicBytes(key);
  return {
    public: `ed25519-public:${raw.toString("base64")}`,
    sign: (bytes) => sign(null, bytes, key),
  };
}

function parsed(path, text) {
  if (text.includes("-----BEGIN OPENSSH PRIVATE KEY-----")) return openssh(path, text);
  if (text.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----")) throw new Unreadable(path, PASSPHRASE);
  const found = /-----BEGIN PRIVATE KEY-----[\s\S]*-----END PRIVATE KEY-----/.exec(text);
  return found ? ed25519(path, found[0]) : refuse(path, NO_KEY);
}

function ed25519(path, key) {
  let made;
  try {
    made = createPrivateKey(key);
  } catch {
    refuse(path, NO_KEY);
  }
  return made.asymmetricKeyType === "ed25519" ? made : refuse(path, NO_KEY);
}

/** The format of OpenSSH's PROTOCOL.key, which Node's own reader does not know. */
function openssh(path, text) {
  const body = text.split("-----BEGIN OPENSSH PRIVATE KEY-----")[1].split("-----END")[0];
  const bytes = Buffer.from(body.replaceAll(/\s/g, ""), "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic) refuse(path, NO_KEY);
  let at = magic.length;
  const take = (from, length) => {
    if (at + length > from.length) refuse(path, NO_KEY);
    at += length;
    return from.subarray(at - length, at);
  };
  const string = (from) => take(from, take(from, 4).readUInt32BE(0));
  const cipher = string(bytes).toString("latin1");
  if (cipher !== "none") refuse(path, PASSPHRASE);
  string(bytes);
  string(bytes);
  if (take(bytes, 4).readUInt32BE(0) !== 1) refuse(path, NO_KEY);
  string(bytes);
  const secret = string(bytes);
  at = 0;
  const [one, two] = [take(secret, 4), take(secret, 4)];
  if (!one.equals(two) || string(secret).toString("latin1") !== "ssh-ed25519") refuse(path, NO_KEY);
  const stated = string(secret);
  const pair = string(secret);
  if (pair.length !== 64) refuse(path, NO_KEY);
  // PKCS#8 of RFC 8410 around the 32 bytes.
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = createPrivateKey({
    key: Buffer.concat([head, pair.subarray(0, 32)]),
    format: "der",
    type: "pkcs8",
  });
  const isWhole = publicBytes(key).equals(stated) && pair.subarray(32).equals(stated);
  return isWhole ? key : refuse(path, HALVES);
}

/** The last 32 bytes of the key's SubjectPublicKeyInfo, which are the key itself. */
function publicBytes(key) {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
}

function refuse(path, reason) {
  throw new Unreadable(path, reason);
}
