// The whole use of the package by an editor: one workspace, files set as they change, a check after each.

import { createWorkspace } from "portcullis";

const SCHEMA = `entity User in [Team] {
  suspended: Bool,
};
entity Team;
entity Photo {
  owner: User,
  labels?: Set<String>,
};

action view, share, delete appliesTo {
  principal: [User],
  resource: [Photo],
  context: { mfa: Bool },
};
`;

const POLICIES = `// Owners may do anything with their photos.
@id("owner")
permit (
  principal,
  action in [Action::"view", Action::"share", Action::"delete"],
  resource
)
when { resource.owner == principal && true };

@id("team")
permit (
  principal in Team::"editors",
  action == Action::"viwe",
  resource
)
when { resource.labels.contains("public") };

@id("suspended")
forbid (principal, action, resource)
when { principal.suspendd };
`;

const editors = {
  "policies.cedar": document.querySelector("#policies"),
  "app.cedarschema": document.querySelector("#schema"),
};
editors["policies.cedar"].value = POLICIES;
editors["app.cedarschema"].value = SCHEMA;

const workspace = await createWorkspace();
for (const [path, editor] of Object.entries(editors)) {
  workspace.setFile(path, editor.value);
  editor.addEventListener("input", () => {
    workspace.setFile(path, editor.value);
    show();
  });
}
show();

function show() {
  const begun = performance.now();
  const { findings, summary } = workspace.check();
  const took = performance.now() - begun;
  document.querySelector("#summary").textContent = inWords(summary);
  document.querySelector("#time").textContent = `${took.toFixed(1)} ms`;
  const items = findings.map(item);
  document.querySelector("#findings").replaceChildren(...items);
}

function inWords({ error, high, medium, low, policies }) {
  const counts = [
    [error, error === 1 ? "error" : "errors"],
    [high, "high"],
    [medium, "medium"],
    [low, "low"],
  ].filter(([count]) => count > 0);
  const found = counts.map(([count, what]) => `${count} ${what}`).join(", ") || "No findings";
  return `${found} in ${policies} ${policies === 1 ? "policy" : "policies"}`;
}

/** A finding, which leads to its place when it is pressed. */
function item(finding) {
  const { start, end } = finding.range;
  const place = element("span", "place", `${finding.file}:${start.line}:${start.column}`);
  const head = element("span", "head");
  head.append(element("span", `severity ${finding.severity}`, finding.severity), place, element("code", "code", finding.code));
  const button = element("button", "finding");
  button.type = "button";
  button.append(head, element("span", "message", ...quoted(finding.message)), element("span", "help", ...quoted(finding.help)));
  button.addEventListener("click", () => {
    const editor = editors[finding.file];
    editor.focus();
    editor.setSelectionRange(start.utf16, end.utf16);
  });
  const entry = document.createElement("li");
  entry.append(button);
  return entry;
}

/** What stands in backticks is the user's own text. */
function quoted(sentence) {
  return sentence.split("`").map((part, n) => (n % 2 === 1 ? element("code", "quoted", part) : part));
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}
