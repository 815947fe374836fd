// Generated from core/src/wire.rs and the files in core/src/wire; do not edit.

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
 * What the policies of a bundle were type-checked against: the bundle's schema, or nothing, since the schema
 * has errors or there is none.
 */
export type SchemaUse = "used" | "invalid" | "missing";

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
 * What the policies were type-checked against.
 */
schema: SchemaUse,
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
suppressed: number,
/**
 * How much was asked for proofs.
 */
proofs: Proofs, };

/**
 * How much was asked for proofs. It depends on the bundle alone.
 */
export type Proofs = {
/**
 * Questions.
 */
asked: number,
/**
 * Questions without an answer, and those that were not asked because there are too many.
 */
undecided: number, };

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

/**
 * What running a bundle's tests gave.
 */
export type TestReport = {
/**
 * Version of this shape. Additions keep it; anything else raises it.
 */
schema_version: number,
/**
 * The cases, in the order of files and of cases in them.
 */
tests: Array<TestResult>,
/**
 * Counts.
 */
summary: TestSummary,
/**
 * What is wrong with the suites, and what they miss of what `portcullis.yaml` asks for.
 */
findings: Array<Finding>,
/**
 * What the cases reached; null where nobody asked.
 */
coverage: Coverage | null,
/**
 * Which edits of the policies no case would notice; null where nobody asked.
 */
mutation: Mutation | null,
/**
 * Cases that would close what is open; empty where nobody asked.
 */
suggestions: Array<Suggestion>,
/**
 * SHA-256 of the bundle's bytes, as in the report of a check.
 */
digest: string, };

/**
 * What came of one case.
 */
export type TestResult = {
/**
 * The suite's name.
 */
suite: string,
/**
 * The case's name.
 */
name: string,
/**
 * Path of the suite.
 */
file: string,
/**
 * How it ended.
 */
outcome: Outcome,
/**
 * What was expected; null where something is wrong with the case itself.
 */
expected: Answer | null,
/**
 * What came; null where it was not run.
 */
got: Answer | null,
/**
 * Sentences that say why it came out like this, was skipped or could not be run.
 */
reasons: Array<string>,
/**
 * The case in its file.
 */
range: Range, };

/**
 * How a case ended.
 */
export type Outcome = "passed" | "failed" | "error" | "skipped";

/**
 * What Cedar answers.
 */
export type Decision = "allow" | "deny";

/**
 * A decision with what it rests on. In an expectation, null stands for what may be anything.
 */
export type Answer = {
/**
 * Whether the request is allowed.
 */
decision: Decision,
/**
 * The determining policies, sorted.
 */
determining: Array<string> | null,
/**
 * The policies that failed to evaluate, sorted.
 */
errors: Array<PolicyError> | null,
/**
 * How many policies failed to evaluate.
 */
error_count: number | null,
/**
 * What must be done before the action runs, sorted.
 */
obligations: Array<string> | null, };

/**
 * A policy that failed to evaluate.
 */
export type PolicyError = {
/**
 * Its name.
 */
policy: string,
/**
 * Why; empty in an expectation.
 */
message: string, };

/**
 * Counts of cases.
 */
export type TestSummary = {
/**
 * Suites that were read.
 */
suites: number,
/**
 * Suites that could not be read.
 */
broken_suites: number,
/**
 * Cases that passed.
 */
passed: number,
/**
 * Cases that failed.
 */
failed: number,
/**
 * Cases that could not be run.
 */
errors: number,
/**
 * Cases that were skipped.
 */
skipped: number,
/**
 * Cases that a filter or the end at the first failure left out.
 */
left_out: number, };

/**
 * What the cases reached.
 */
export type Coverage = {
/**
 * The sum over all policies.
 */
totals: CoverageTotals,
/**
 * Each policy, in the order of files and statements.
 */
policies: Array<PolicyCoverage>, };

/**
 * How much of what there is was covered.
 */
export type CoverageTotals = {
/**
 * Policies that determined a decision.
 */
policies: Ratio,
/**
 * Scopes and clauses, each counted once for true and once for false.
 */
clauses: Ratio,
/**
 * Atomic conditions, each counted once for true and once for false.
 */
conditions: Ratio,
/**
 * Atomic conditions shown to decide the outcome by themselves (masking MC/DC), each counted once for
 * true and once for false.
 */
decisive: Ratio,
/**
 * Atomic conditions that can fail to evaluate, each counted once: those that did in some case. They count
 * for nothing else.
 */
errors: Ratio,
/**
 * Request environments that a policy applies to, in which some case made its scope match.
 */
environments: Ratio, };

/**
 * So many of so many.
 */
export type Ratio = {
/**
 * How many were covered.
 */
covered: number,
/**
 * How many there are.
 */
total: number, };

/**
 * Coverage of one policy or template; what its links do counts for the template.
 */
export type PolicyCoverage = {
/**
 * Its name.
 */
policy: string,
/**
 * Path of its file.
 */
file: string,
/**
 * The policy in its file.
 */
range: Range,
/**
 * Its share of the totals.
 */
totals: CoverageTotals,
/**
 * How many decisions it determined.
 */
determined: number,
/**
 * Its scope.
 */
scope: Seen,
/**
 * Its clauses, in the order written.
 */
clauses: Array<ClauseCoverage>,
/**
 * The request environments that it applies to, sorted by name.
 */
environments: Array<EnvironmentCoverage>,
/**
 * What is not covered, in sentences.
 */
missing: Array<Missing>, };

/**
 * How often something was true, false, or failed to evaluate.
 */
export type Seen = {
/**
 * Cases in which it was true.
 */
as_true: number,
/**
 * Cases in which it was false.
 */
as_false: number,
/**
 * Cases in which it failed to evaluate.
 */
as_error: number, };

/**
 * Coverage of a `when` or `unless` clause.
 */
export type ClauseCoverage = {
/**
 * `when` or `unless`.
 */
keyword: string,
/**
 * The clause in its file.
 */
range: Range,
/**
 * What its condition was: under `unless`, true is what keeps the policy from applying.
 */
seen: Seen,
/**
 * Its atomic conditions, in the order written.
 */
conditions: Array<ConditionCoverage>, };

/**
 * Coverage of an atomic condition: an expression of a clause that `&&`, `||`, `!` and `if` join.
 */
export type ConditionCoverage = {
/**
 * Its text.
 */
text: string,
/**
 * Where, in its file.
 */
range: Range,
/**
 * What it was.
 */
seen: Seen,
/**
 * Cases in which it decided the outcome by itself.
 */
decisive: Seen,
/**
 * Where it fails to evaluate, in words; null where it cannot.
 */
fails_where: string | null, };

/**
 * Coverage of a request environment.
 */
export type EnvironmentCoverage = {
/**
 * As `User, Action::"view", Photo`.
 */
environment: string,
/**
 * Cases in it in which the scope matched.
 */
cases: number, };

/**
 * Something that no case reaches.
 */
export type Missing = {
/**
 * Where, in the policy's file.
 */
range: Range,
/**
 * What, in one sentence.
 */
message: string, };

/**
 * Which edits of the policies no case would notice.
 */
export type Mutation = {
/**
 * Counts over all policies.
 */
totals: MutationTotals,
/**
 * Counts by policy, in the order of files and statements.
 */
policies: Array<PolicyMutation>,
/**
 * The mutants that no case noticed, by file and position.
 */
survivors: Array<Survivor>, };

/**
 * Counts of mutants.
 */
export type MutationTotals = {
/**
 * Some case came out differently.
 */
killed: number,
/**
 * No case came out differently.
 */
survived: number,
/**
 * Left out: Cedar rejects the text, or it does not type-check.
 */
invalid: number,
/**
 * Left out: it says the same as the policy or as another mutant of it.
 */
equivalent: number,
/**
 * Left out: no case noticed it, and it is proved to answer every request as the policy does.
 */
equivalent_by_proof: number,
/**
 * Left out: beyond the bound on the mutants of one policy.
 */
left_out: number,
/**
 * Share that was killed of those that were not left out, in thousandths; null where all were.
 */
score: number | null, };

/**
 * Counts of one policy.
 */
export type PolicyMutation = {
/**
 * Its name.
 */
policy: string,
/**
 * Path of its file.
 */
file: string,
/**
 * The policy in its file.
 */
range: Range,
/**
 * Its counts.
 */
totals: MutationTotals, };

/**
 * A mutant that no case noticed.
 */
export type Survivor = {
/**
 * The kind of edit, as `clause-dropped`.
 */
operator: string,
/**
 * The policy.
 */
policy: string,
/**
 * Path of its file.
 */
file: string,
/**
 * What was edited.
 */
range: Range,
/**
 * What no test would notice, in one sentence.
 */
message: string,
/**
 * The edits, in order of position; they do not overlap.
 */
edits: Array<Edit>, };

/**
 * A case that would close a gap, confirmed with Cedar's evaluator.
 */
export type Suggestion = {
/**
 * What it closes, in one sentence.
 */
closes: string,
/**
 * The policy.
 */
policy: string,
/**
 * Path of the suite that it belongs in.
 */
file: string,
/**
 * The case as YAML, to paste under `cases:`.
 */
yaml: string, };

/**
 * What a change does: head against base.
 */
export type Change = {
/**
 * Version of this shape. Additions keep it; anything else raises it.
 */
schema_version: number,
/**
 * Head against base over all kinds of request.
 */
relation: Relation,
/**
 * Why it is unknown: one sentence each; empty where it is known.
 */
why: Array<string>,
/**
 * What it comes to, for a reader: what is newly allowed first.
 */
groups: Array<ChangeGroup>,
/**
 * Every kind of request of either side, sorted.
 */
environments: Array<EnvironmentChange>,
/**
 * Every policy, template and link of either side: head's, then those that are gone.
 */
policies: Array<PolicyChange>,
/**
 * What is different between the schemas.
 */
schema: Array<SchemaChange>,
/**
 * What is different between the entity files.
 */
entities: Array<EntityChange>,
/**
 * Every guardrail of either side.
 */
guardrails: Array<GuardrailChange>,
/**
 * Whether `portcullis.yaml` is another.
 */
config_changed: boolean,
/**
 * Counts.
 */
summary: ChangeSummary,
/**
 * SHA-256 of base's bytes, as in the report of a check.
 */
base_digest: string,
/**
 * SHA-256 of head's bytes.
 */
head_digest: string, };

/**
 * Head against base.
 */
export type Relation = "equivalent" | "wider" | "narrower" | "incomparable" | "unknown";

/**
 * Requests that are newly allowed, or newly denied, because of the same policies.
 */
export type ChangeGroup = {
/**
 * Whether head allows them, or denies them.
 */
allowed: boolean,
/**
 * The policies that make the difference, sorted.
 */
because: Array<string>,
/**
 * Who may now, or may no longer, do what on what: a sentence each.
 */
sentences: Array<string>,
/**
 * Indexes into `environments`; the first has the example.
 */
environments: Array<number>, };

/**
 * What the change does to one kind of request.
 */
export type EnvironmentChange = {
/**
 * The principal's type, with its namespace.
 */
principal: string,
/**
 * The action, as `App::Action::"view"`.
 */
action: string,
/**
 * The resource's type, with its namespace.
 */
resource: string,
/**
 * Whose schema has it.
 */
on: On,
/**
 * Whether the types that such a request is made of are others.
 */
schema_changed: boolean,
/**
 * Head against base.
 */
relation: Relation,
/**
 * Why it is unknown; null where it is known.
 */
why: string | null,
/**
 * Whether it took a proof, and not only a look at which policies are there.
 */
asked: boolean,
/**
 * A request that head allows and base denies.
 */
newly_allowed: Example | null,
/**
 * A request that head denies and base allows.
 */
newly_denied: Example | null,
/**
 * How much head allows now, where it allows more than base or less; null also where that is undecided.
 */
head_allows: Allows | null, };

/**
 * How many of the requests of a kind are allowed.
 */
export type Allows = "nothing" | "partly" | "everything";

/**
 * Which side has something.
 */
export type On = "both" | "base" | "head";

/**
 * A request as the other side's schema has it.
 */
export type Counterpart = {
/**
 * The request, in Cedar's JSON form.
 */
request: Request,
/**
 * The entities, in Cedar's JSON form.
 */
entities: Array<unknown>, };

/**
 * A request that shows something, confirmed with Cedar's evaluator.
 */
export type Example = {
/**
 * The request, in Cedar's JSON form.
 */
request: Request,
/**
 * The entities, in Cedar's JSON form.
 */
entities: Array<unknown>,
/**
 * The same request as the other side's schema has it, where that differs: base's for what is newly allowed,
 * head's for what is newly denied. Absent where both take the request as it is, or the other refuses it.
 */
counterpart?: Counterpart,
/**
 * What base decides; null where base has no such request or is not asked.
 */
base: Decided | null,
/**
 * What head decides; null where head has no such request.
 */
head: Decided | null,
/**
 * The policies that make the difference, sorted.
 */
because: Array<string>, };

/**
 * A request.
 */
export type Request = {
/**
 * Who.
 */
principal: EntityUid,
/**
 * What.
 */
action: EntityUid,
/**
 * On what.
 */
resource: EntityUid,
/**
 * The context.
 */
context: Record<string, unknown>, };

/**
 * An entity's name.
 */
export type EntityUid = {
/**
 * Its type, with its namespace.
 */
type: string,
/**
 * Its id.
 */
id: string, };

/**
 * What one side decides.
 */
export type Decided = {
/**
 * Whether it is allowed.
 */
decision: Decision,
/**
 * The determining policies, sorted.
 */
determining: Array<string>,
/**
 * The policies that fail to evaluate, sorted.
 */
errors: Array<string>, };

/**
 * How one policy, template or link changed.
 */
export type PolicyChange = {
/**
 * Its name: head's, or base's where it is gone.
 */
policy: string,
/**
 * What it was called, where that was something else.
 */
renamed_from: string | null,
/**
 * What it is.
 */
form: PolicyForm,
/**
 * Whether it permits or forbids.
 */
effect: Effect,
/**
 * How it changed.
 */
change: ChangeKind,
/**
 * Where its meaning changed: to which requests it applies. Of a template, all its links together.
 */
applies: Applies | null,
/**
 * Why that is unknown, where it is.
 */
why: string | null,
/**
 * Where it says the same: to which other requests it applies by the new schema alone. Absent where to none.
 */
by_schema?: Applies,
/**
 * Where base has it.
 */
base: Located | null,
/**
 * Where head has it.
 */
head: Located | null,
/**
 * Of a link: its template.
 */
template: string | null,
/**
 * Whether it is a forbid that is gone or no longer applies to all that it applied to, or that is undecided.
 */
weakened: boolean,
/**
 * Of a template: how many links it has; as many policies change with it.
 */
links: number, };

/**
 * What takes part in decisions, or gives rise to what does.
 */
export type PolicyForm = "policy" | "template" | "link";

/**
 * `permit` or `forbid`.
 */
export type Effect = "permit" | "forbid";

/**
 * How a policy changed.
 */
export type ChangeKind = "added" | "removed" | "renamed" | "text" | "meaning" | "unchanged";

/**
 * To which requests a policy applies, head against base.
 */
export type Applies = "same" | "more" | "less" | "both" | "unknown";

/**
 * A place in a bundle.
 */
export type Located = {
/**
 * Path of the file.
 */
file: string,
/**
 * Where, in that file.
 */
range: Range, };

/**
 * One difference between the schemas.
 */
export type SchemaChange = {
/**
 * What is different, as `App::User`, `App::User.email` or `App::Action::"view" context.mfa`.
 */
subject: string,
/**
 * How.
 */
change: SchemaEdit,
/**
 * What base says; null where it says nothing of it.
 */
before: string | null,
/**
 * What head says.
 */
after: string | null, };

/**
 * How a schema differs.
 */
export type SchemaEdit = "added" | "removed" | "type" | "optional" | "required" | "members" | "applies_to" | "enumeration" | "annotations";

/**
 * One entity that is not the same.
 */
export type EntityChange = {
/**
 * The entity; of a file that cannot be read, its path.
 */
entity: string,
/**
 * How.
 */
change: EntityEdit,
/**
 * What it is directly in now and was not.
 */
parents_added: Array<string>,
/**
 * What it was directly in and is not now.
 */
parents_removed: Array<string>,
/**
 * Attributes with another value, or on one side alone.
 */
attributes: Array<string>,
/**
 * Tags with another value, or on one side alone.
 */
tags: Array<string>, };

/**
 * How an entity changed.
 */
export type EntityEdit = "added" | "removed" | "changed" | "unreadable";

/**
 * How a guardrail changed, and whether head keeps within it.
 */
export type GuardrailChange = {
/**
 * Its name.
 */
guardrail: string,
/**
 * A forbid states what must never be allowed; a permit states what must stay allowed.
 */
effect: Effect,
/**
 * How it changed.
 */
change: ChangeKind,
/**
 * Where its meaning changed: to which requests it applies.
 */
applies: Applies | null,
/**
 * Where base has it.
 */
base: Located | null,
/**
 * Where head has it.
 */
head: Located | null,
/**
 * Whether it guards less than it did, or that could not be decided.
 */
weakened: boolean,
/**
 * Where it guards less, a request that it was about and is about no more.
 */
no_longer: Example | null,
/**
 * What head does to it; null where head does not have it.
 */
verdict: Verdict | null,
/**
 * Why that is unknown, where it is.
 */
why: string | null,
/**
 * Where it is broken: a request of each kind.
 */
violations: Array<Violation>, };

/**
 * Whether policies keep within a guardrail.
 */
export type Verdict = "holds" | "broken" | "unknown" | "idle";

/**
 * A kind of request in which a guardrail is broken.
 */
export type Violation = {
/**
 * The principal's type, with its namespace.
 */
principal: string,
/**
 * The action.
 */
action: string,
/**
 * The resource's type, with its namespace.
 */
resource: string,
/**
 * A request that shows it.
 */
example: Example, };

/**
 * Counts.
 */
export type ChangeSummary = {
/**
 * Kinds of request in which both sides allow the same.
 */
equivalent: number,
/**
 * In which head allows more.
 */
wider: number,
/**
 * In which head allows less.
 */
narrower: number,
/**
 * In which head allows some more and some less.
 */
incomparable: number,
/**
 * Undecided.
 */
unknown: number,
/**
 * Kinds of request that took no proof.
 */
settled: number,
/**
 * Questions that were asked of the prover.
 */
questions: number,
/**
 * Witnesses that Cedar's evaluator did not confirm: a fault of Portcullis wherever it is not 0.
 */
unconfirmed: number,
/**
 * Policies, templates and links that are unchanged.
 */
unchanged: number, };

/**
 * Whether a request may be carried out, and what it must wait for.
 */
export type AuthorizationReport = {
/**
 * Version of this shape. Additions keep it; anything else raises it.
 */
schema_version: number,
/**
 * `allow`, `deny` or `approval_required`.
 */
decision: string,
/**
 * The digest that approvals bind: of all that the request has, and of what the bundle says.
 */
request: string,
/**
 * Principals, action and resource.
 */
label: string,
/**
 * What the policies say to whoever makes the request and then to those on whose behalf.
 */
hops: Array<AuthorizationHop>,
/**
 * What an allowed request must wait for.
 */
requires: Array<AuthorizationRequirement>,
/**
 * Approvals that do not count, and why.
 */
discounted: Array<DiscountedApproval>,
/**
 * What whoever reads the answer should know beside it, a sentence each.
 */
notes: Array<string>, };

/**
 * What the policies say to one who needs the permission.
 */
export type AuthorizationHop = {
/**
 * Who.
 */
principal: string,
/**
 * Whether they allow it.
 */
allowed: boolean,
/**
 * The determining policies.
 */
determining: Array<string>,
/**
 * Policies that failed to evaluate.
 */
errors: Array<PolicyError>, };

/**
 * An approval that a request needs.
 */
export type AuthorizationRequirement = {
/**
 * `human`, `step_up`, or what `@approval` names.
 */
approval: string,
/**
 * Whose permission needs it; the first where that of several does.
 */
principal: string,
/**
 * Why.
 */
because: Array<GateFact>,
/**
 * Who could give it: roles, `team:` and a team, `owner-of:` and a namespace; `principal` for the principal itself.
 */
eligible: Array<string>,
/**
 * Who gave it; null where it is missing.
 */
met_by: string | null,
/**
 * The digest of what was signed; null where it is missing.
 */
payload: string | null, };

/**
 * An approval that does not count.
 */
export type DiscountedApproval = {
/**
 * Its place among those that were given, from 0.
 */
approval: number,
/**
 * Why.
 */
message: string, };

/**
 * Whether a change may be published, and what is missing where it may not.
 */
export type GateReport = {
/**
 * Version of this shape. Additions keep it; anything else raises it.
 */
schema_version: number,
/**
 * Whether the change may be published.
 */
publishable: boolean,
/**
 * The change's id; null where its record cannot be read.
 */
change: string | null,
/**
 * `auto`, `constrained`, `human`, `blocked` or `undetermined`.
 */
tier: string,
/**
 * Semantic digest of the base that was looked at.
 */
base: string,
/**
 * Semantic digest of the head that was looked at.
 */
head: string,
/**
 * Digest of what a check of the head finds.
 */
report: string,
/**
 * Digest of the change record; null where it cannot be read.
 */
record: string | null,
/**
 * Why the change has this tier.
 */
reasons: Array<GateReason>,
/**
 * Who must approve, and who has.
 */
requirements: Array<GateRequirement>,
/**
 * Why the change must not be published, whoever approves.
 */
refusals: Array<GateRefusal>,
/**
 * Approvals that do not count, and why.
 */
discounted: Array<GateRefusal>,
/**
 * What a reader should know, and what refuses nothing.
 */
notes: Array<string>,
/**
 * The version of the catalogue that `refs` are of.
 */
standards: string, };

/**
 * One reason for a tier.
 */
export type GateReason = {
/**
 * The factor.
 */
id: string,
/**
 * The least tier that it allows.
 */
floor: string,
/**
 * Whether the tier would be another without it.
 */
deciding: boolean,
/**
 * `exact`, `proved`, `over-approximated`, `heuristic` or `unknown`.
 */
certainty: string,
/**
 * The policy that it is about.
 */
policy: string | null,
/**
 * The class of requests that it is about.
 */
request: string | null,
/**
 * The facts that it rests on.
 */
because: Array<GateFact>,
/**
 * The section of the configuration that it comes from.
 */
section: string,
/**
 * Standards that ask for it.
 */
refs: Array<string>,
/**
 * One plain sentence.
 */
sentence: string, };

/**
 * A fact and where it comes from.
 */
export type GateFact = {
/**
 * What is the case.
 */
fact: string,
/**
 * Where that comes from.
 */
source: string, };

/**
 * A slot of the gate.
 */
export type GateRequirement = {
/**
 * The slot's name.
 */
slot: string,
/**
 * Who may fill it: roles, `team:` and a team, `owner-of:` and a namespace.
 */
eligible: Array<string>,
/**
 * How many people it takes.
 */
count: number,
/**
 * It in words.
 */
required: string,
/**
 * Who met it.
 */
met_by: Array<string>,
/**
 * How many people are missing.
 */
missing: number,
/**
 * Who could still fill it.
 */
candidates: Array<string>, };

/**
 * Something that is not as it must be.
 */
export type GateRefusal = {
/**
 * A stable id.
 */
id: string,
/**
 * The part of the record, as `approvals[0]`, or a file; empty for the change as a whole.
 */
at: string,
/**
 * Where that stands in the change record; null where it is in another file.
 */
range: Range | null,
/**
 * What is wrong.
 */
message: string,
/**
 * What to do.
 */
help: string,
/**
 * Standards that ask for it.
 */
refs: Array<string>, };

/**
 * How risky a change is, why, and what must be done before it may be published.
 */
export type Tiered = {
/**
 * Version of this shape. Additions keep it; anything else raises it.
 */
schema_version: number,
/**
 * The tier.
 */
tier: Tier,
/**
 * Why: the highest floor first.
 */
reasons: Array<TierReason>,
/**
 * What the reasons ask for together.
 */
controls: Controls,
/**
 * What the policy tests of head show of what is asked of them, but for whether all pass.
 */
shown: Array<string>,
/**
 * What is required and nobody in the directory could meet: one sentence each.
 */
unsatisfiable: Array<string>,
/**
 * SHA-256 of base's bytes; null where there is no base.
 */
base_digest: string | null,
/**
 * SHA-256 of head's bytes.
 */
head_digest: string, };

/**
 * How risky a change is.
 */
export type Tier = "auto" | "constrained" | "human" | "blocked" | "undetermined";

/**
 * How something is known.
 */
export type Certainty = "exact" | "proved" | "over-approximated" | "heuristic" | "unknown";

/**
 * One reason for a tier.
 */
export type TierReason = {
/**
 * The factor, as `diff.widened`.
 */
id: string,
/**
 * The least tier that it allows.
 */
floor: Tier,
/**
 * Whether its floor is the tier.
 */
deciding: boolean,
/**
 * How it is known.
 */
certainty: Certainty,
/**
 * What it is about.
 */
subject: TierSubject,
/**
 * The facts that it rests on.
 */
because: Array<TierFact>,
/**
 * Places that show it.
 */
spans: Array<Located>,
/**
 * A request that shows it; null where there is none.
 */
witness: Request | null,
/**
 * What it asks for.
 */
requires: Controls,
/**
 * The section that it comes from: `builtin`, `iam` or `apps.<Namespace>`.
 */
section: string,
/**
 * Standards.
 */
refs: Array<string>,
/**
 * One plain sentence.
 */
sentence: string, };

/**
 * What a reason is about.
 */
export type TierSubject = {
/**
 * The policy; null where it is about none.
 */
policy: string | null,
/**
 * The kind of request, as `User, Action::"view", Photo`; null where it is about none.
 */
request: string | null, };

/**
 * A fact behind a reason.
 */
export type TierFact = {
/**
 * What is the case.
 */
fact: string,
/**
 * Where that comes from.
 */
source: string, };

/**
 * What must be done before a change may be published.
 */
export type Controls = {
/**
 * Who must approve.
 */
approvals: Array<ApprovalRequirement>,
/**
 * What the policy tests must show.
 */
tests: Array<string>,
/**
 * What approvers must say that they have seen.
 */
acknowledge: Array<string>,
/**
 * The most days until the change expires; null where it need not.
 */
expires_within_days: number | null,
/**
 * The most days until somebody must look at it again; null where nobody must.
 */
recertify_within_days: number | null,
/**
 * What the change record must name.
 */
trace: Array<string>, };

/**
 * People who must approve.
 */
export type ApprovalRequirement = {
/**
 * The slot's name. One person fills one slot.
 */
slot: string,
/**
 * Who may fill it: roles, `team:` and a team, `owner-of:` and a namespace.
 */
eligible: Array<string>,
/**
 * How many people it takes.
 */
count: number,
/**
 * Who is not counted.
 */
distinct_from: Array<string>,
/**
 * Whether only humans are counted.
 */
human_only: boolean,
/**
 * Whether an approval needs a reason.
 */
reason: boolean,
/**
 * Whether an approval must acknowledge everything in `acknowledge`.
 */
acknowledge: boolean,
/**
 * Whether an approval needs a step-up authentication.
 */
step_up: boolean,
/**
 * After how many days an approval no longer counts; null for never.
 */
expires_after_days: number | null, };
