// Reports from what changed. The engine says once what it finds in a statement, with positions in that
// statement, and then only where the statement stands: to write, decode and parse every finding again at
// every keystroke takes a hundred times as long as to look for them.

/** What an engine has told so far. `last` is for the engine: the answer that this is the state after. */
export class Findings {
  #groups = new Map();
  last = 0;

  /** The report of an answer. All of it is new: who changes a report changes no other. */
  report(answer) {
    if (!answer.groups) {
      this.#groups = new Map();
      this.last = 0;
      return answer;
    }
    const { groups, schema_version, summary, digest } = answer;
    const fresh = new Map(answer.fresh);
    const current = new Map();
    const findings = [];
    for (let at = 0; at < groups.length; at += 5) {
      const group = fresh.get(groups[at]) ?? this.#groups.get(groups[at]);
      current.set(groups[at], group);
      const base = { byte: groups[at + 1], utf16: groups[at + 2], line: groups[at + 3], column: groups[at + 4] };
      for (const finding of group) findings.push(moved(finding, base));
    }
    this.#groups = current;
    this.last = answer.answer;
    return { schema_version, findings, summary, digest };
  }
}

// Keys are written out, in the order of the report's JSON: objects of one literal are cheap to make.
const moved = (finding, base) => ({
  code: finding.code,
  severity: finding.severity,
  message: finding.message,
  why: finding.why,
  help: finding.help,
  file: finding.file,
  policy: finding.policy,
  range: range(finding.range, base),
  labels: finding.labels.map((label) => ({
    file: label.file,
    range: range(label.range, base),
    message: label.message,
  })),
  environments: finding.environments.slice(),
  fixes: finding.fixes.map((fix) => ({
    title: fix.title,
    safe: fix.safe,
    edits: fix.edits.map((edit) => ({ range: range(edit.range, base), insert: edit.insert })),
  })),
  refs: finding.refs.slice(),
});

const range = ({ start, end }, base) => ({ start: position(start, base), end: position(end, base) });

const position = (within, base) => ({
  byte: base.byte + within.byte,
  utf16: base.utf16 + within.utf16,
  line: base.line + within.line - 1,
  column: within.line === 1 ? base.column + within.column - 1 : within.column,
});
