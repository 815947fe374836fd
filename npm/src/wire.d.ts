// Generated from core/src/wire.rs; do not edit.

/**
 * What a check of a bundle found.
 */
export type Report = {
/**
 * Version of this shape. Additions keep it; anything else raises it.
 */
schema_version: number,
/**
 * What was found, by file, position, code and message.
 */
findings: Array<Finding>,
/**
 * How much was looked at and found.
 */
summary: Summary,
/**
 * SHA-256 of the bundle's bytes: over the sorted list of paths and file digests, in lower-case
 * hexadecimal.
 */
digest: string, };

/**
 * One thing that is wrong at one place.
 */
export type Finding = {
/**
 * The code of its rule.
 */
code: string,
/**
 * Its severity under the bundle's configuration.
 */
severity: Severity,
/**
 * What is wrong, in one sentence.
 */
message: string,
/**
 * Why it matters, in one sentence.
 */
why: string,
/**
 * What to do, in one sentence.
 */
help: string,
/**
 * Path of the file.
 */
file: string,
/**
 * The policy's `@id`; null where it has none or the finding is not about a policy.
 */
policy: string | null,
/**
 * Where, in the file.
 */
range: Range,
/**
 * Other places that explain it.
 */
labels: Array<Label>,
/**
 * Request environments in which it holds, as `User, Action::"view", Photo`, sorted; empty where it
 * depends on none.
 */
environments: Array<string>,
/**
 * Edits that make it go away.
 */
fixes: Array<Fix>,
/**
 * Standards that ask for it.
 */
refs: Array<string>, };

/**
 * How much a finding matters, from `low` to `error`.
 */
export type Severity = "low" | "medium" | "high" | "error";

/**
 * A half-open range.
 */
export type Range = {
/**
 * The first character.
 */
start: Position,
/**
 * Just past the last character.
 */
end: Position, };

/**
 * A place in a file, in every encoding that somebody counts in.
 */
export type Position = {
/**
 * UTF-8 bytes before it.
 */
byte: number,
/**
 * UTF-16 code units before it.
 */
utf16: number,
/**
 * Line, from 1.
 */
line: number,
/**
 * Column in UTF-16 code units, from 1.
 */
column: number, };

/**
 * A further place that explains a finding.
 */
export type Label = {
/**
 * Path of the file.
 */
file: string,
/**
 * Where, in that file.
 */
range: Range,
/**
 * What is to be seen there.
 */
message: string, };

/**
 * Edits that make a finding go away, all in the finding's file.
 */
export type Fix = {
/**
 * What it does, as an instruction.
 */
title: string,
/**
 * Whether a tool may apply it by itself.
 */
safe: boolean,
/**
 * The edits, in order of position; they do not overlap.
 */
edits: Array<Edit>, };

/**
 * A replacement of one range by other text.
 */
export type Edit = {
/**
 * What is replaced; empty to insert.
 */
range: Range,
/**
 * What takes its place; empty to delete.
 */
insert: string, };

/**
 * Counts.
 */
export type Summary = {
/**
 * Files in the bundle.
 */
files: number,
/**
 * Policies and templates that Cedar's parser accepts.
 */
policies: number,
/**
 * Statements that it does not accept.
 */
broken_statements: number,
/**
 * Findings of severity `error`.
 */
error: number,
/**
 * Findings of severity `high`.
 */
high: number,
/**
 * Findings of severity `medium`.
 */
medium: number,
/**
 * Findings of severity `low`.
 */
low: number,
/**
 * Findings that a comment in the text suppressed.
 */
suppressed: number, };

/**
 * Every code that a finding can have.
 */
export type Rules = {
/**
 * Version of this shape. Additions keep it; anything else raises it.
 */
schema_version: number,
/**
 * The rules, by code.
 */
rules: Array<Rule>, };

/**
 * What is known of one code.
 */
export type Rule = {
/**
 * The stable code.
 */
code: string,
/**
 * Its severity unless the bundle's configuration says otherwise.
 */
severity: Severity,
/**
 * What it finds, in one line.
 */
summary: string,
/**
 * The profile from which on it is reported.
 */
profile: Profile,
/**
 * Standards that ask for it.
 */
refs: Array<string>,
/**
 * The strictest profile in which a comment in the policy text can suppress it; null where none can.
 */
suppressible: Profile | null, };

/**
 * How much a team wants to be told; each includes the ones before it.
 */
export type Profile = "basic" | "governed" | "regulated";
