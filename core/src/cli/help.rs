//! What `--help` says.

pub(super) const MAIN: &str = "\
portcullis: checks and tests Cedar authorization policies, and governs their changes

usage: portcullis COMMAND [OPTIONS]

commands:
  check [DIR]    find everything that is wrong with a bundle of policies
  test [DIR]     run the policy tests of a bundle
  diff BASE HEAD prove what a change newly allows and newly denies
  tier BASE HEAD say how risky a change is, why, and who must approve it
  gate           say whether a change may be published, and what is missing
  change VERB    draft, sign and verify change records
  log VERB       append to and verify the log of changes
  review [DIR]   list what is due: what expired, what must be looked at again, owners who are gone
  authorize      answer a request: allowed, denied, or allowed once somebody has approved it
  rules [CODE]   list every code that a finding can have, or show the page of one
  help [COMMAND] show this, or the help of a command
  version        show the version

exit codes:
  0  fine
  1  what --fail-on names was found; a test that did not pass, or too little tested; a change that may not
     be published; something overdue; a request that is not allowed
  2  bad usage, unreadable input, or nothing to test
  3  a fault of Portcullis
";

pub(super) const CHECK: &str = "\
usage: portcullis check [DIR|FILE] [OPTIONS]

Finds everything that is wrong with the bundle in DIR (default: the current folder): policies and
templates (*.cedar), schemas (*.cedarschema, *.cedarschema.json), entities (*.entities.json), template
links (*.links.json), policy tests (*.test.yaml, *.test.json), which are read and not run, and
portcullis.yaml. Of a FILE only what is wrong in it is shown; its bundle is the nearest folder at or
above it with a portcullis.yaml, else with a schema, and without either the file by itself.

options:
  --format FORMAT    text (default), json, sarif, github or markdown
  --fail-on LEVEL    exit with 1 from this severity on: low, medium, high (default), error, never
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  --color WHEN       auto (default), always, never
  -h, --help         show this
";

pub(super) const TEST: &str = "\
usage: portcullis test [DIR|FILE] [OPTIONS]

Runs the policy tests (*.test.yaml, *.test.json) of the bundle in DIR (default: the current folder). Of a
FILE of tests only these are run, of one of policies only they count; its bundle is the nearest folder
at or above it with a portcullis.yaml, else with a schema, and without either the file by itself.

what is run:
  --filter TEXT      only cases with this text in the names of suite and case
  --tag TAG          only cases with this tag; can be given more than once
  --policy ID        only cases that can reach this policy, and only this policy counts for what is found
                     out beside; can be given more than once
  --fail-fast        leave out what comes after the first case that does not pass
  --as-of TIME       what counts as now where a suite does not say, in RFC 3339 (default: the clock)

what is found out beside:
  --coverage         which policies, clauses, conditions and requests no case reaches
  --mutation         which edits of the policies no case would notice
  --suggest          cases that would close these gaps
  --write            the same, and add them to the suites
  --changed-only     all of this for policies alone that the base does not have like this
  --base DIR         the bundle as it was
  --base-rev REV     the same, at a revision that git knows

what is shown:
  --format FORMAT    text (default), json, junit, github, markdown or lcov
  --verbose          everything, and not only what needs attention
  --color WHEN       auto (default), always, never
  -h, --help         show this

Shares that `tests` in portcullis.yaml asks for are measured whenever all cases are run, and
with `--policy` those of the policies that it names. The exit code is 1 where a case does not
pass or a share is too small, 2 where there is nothing to run.
";

pub(super) const DIFF: &str = "\
usage: portcullis diff BASE HEAD [OPTIONS]
       portcullis diff [DIR] --base-rev REV [OPTIONS]

Proves what the bundle in HEAD newly allows and newly denies against the bundle in BASE, for every request
that its schema admits, with an example of each. Says of every policy how it changed, and whether guardrails
(invariants/*.cedar) hold.

options:
  --base-rev REV     the folder is compared with itself at a revision that git knows
  --format FORMAT    text (default), json, github or markdown
  --fail-on WHAT     exit with 1 on: never (default); unknown, what could not be decided; wider, also that
                     more is allowed, an entity or a setting may allow more, or a guardrail is not kept; any,
                     also that less is allowed
  --partial-entities entities that a request names may be missing, and reading their attributes then fails
  --write-tests FILE add the examples to this suite in HEAD, with what HEAD decides
  --as-of TIME       what counts as now when these are tried, in RFC 3339 (default: the clock)
  --color WHEN       auto (default), always, never
  -h, --help         show this
";

pub(super) const TIER: &str = "\
usage: portcullis tier BASE HEAD [OPTIONS]
       portcullis tier [DIR] --base-rev REV [OPTIONS]
       portcullis tier [DIR] [OPTIONS]

Says how risky it is to replace the bundle in BASE by that in HEAD: auto, constrained, human, blocked or
undetermined. Gives the reasons, those that decide first, each with its facts and where they come from, and what must
be done before it may be published. Without a base the whole bundle is new.

options:
  --base-rev REV     the folder is compared with itself at a revision that git knows
  --baseline DIR     the bundle as it was last approved: small steps since then are added up
  --change FILE      the change record: who drafted the change counts, and how long it is to hold
  --directory FILE   a directory that stands in for the one of BASE
  --format FORMAT    text (default), json or markdown
  --fail-on TIER     exit with 1 from this tier on: constrained, human, blocked, undetermined; never (default)
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  --color WHEN       auto (default), always, never
  -h, --help         show this
";

pub(super) const RULES: &str = "\
usage: portcullis rules [CODE]

Lists every code that a finding can have, one a line, with its severity and what it finds. With CODE,
shows its page: what it means, why it matters, what to do.
";

pub(super) const AUTHORIZE: &str = "\
usage: portcullis authorize [DIR] --request FILE [OPTIONS]
       portcullis authorize [DIR] --request FILE --approve KIND --key FILE --write FILE [OPTIONS]

Says what the policies of the bundle say to a request: allowed, denied, or allowed once somebody has approved it. An
action that is for people to grant needs, at each request, a second proof by a human principal (`step_up`) and a
human's approval for any other (`human`); `@approval` asks for more. Exits with 1 unless it is allowed.

The request is JSON: `principal`, `action` and `resource` as Cedar writes entities, perhaps `context`, `entities` (in
the place of the bundle's) and `hops`, those on whose behalf it is made.

options:
  --request FILE     the request
  --approval FILE    an approval of it (more than once)
  --directory FILE   a directory that stands in for the one of the bundle
  --format FORMAT    text (default) or json
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  --approve KIND     sign an approval of this kind: --key FILE, --write FILE for what is signed; perhaps
                     --minutes N (default 15, at most 1440) and --reason TEXT
  -h, --help         show this
";

pub(super) const GATE: &str = "\
usage: portcullis gate BASE HEAD --change FILE [OPTIONS]

Says whether the bundle in HEAD may replace the one in BASE: for each requirement who met it, or what is
missing. Everything by which it decides, directory.yaml and governance/*.cedar, is read from BASE.

options:
  --change FILE      the change record
  --directory FILE   a directory that stands in for the one of BASE
  --log FILE         the log of changes; a decision that it has and the record lacks refuses, and so does a
                     change that was published and replaced or rolled back, a base that is not what was
                     published last, and a record whose `previous` is not that one's
  --baseline DIR     the bundle as it was last approved in full: the steps since then are added up, and the
                     record can name it as what to go back to
  --format FORMAT    text (default), json, markdown, sarif or oscal
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  -h, --help         show this
";

pub(super) const CHANGE: &str = "\
usage: portcullis change VERB BASE HEAD --change FILE [OPTIONS]

verbs:
  new       draft a record: --id, --author; perhaps --model ID with --prompt DIGEST or --drafter NAME,
            --last-editor NAME, --owner NAME, --ticket TEXT, --justification TEXT, --valid-from TIME,
            --expires TIME, --recertify-by TIME, --retain-until TIME, --rollback DIGEST (default: the
            base's), --previous DIGEST or --log FILE, which names the record that was published last;
            --replace drafts one anew that is there already
  submit    sign it as its author: --key FILE
  approve   sign an approval: --key FILE --slot NAME; perhaps --role NAME, --on-behalf-of NAME,
            --reason TEXT, --acknowledge THING (more than once), --step-up
  reject    sign a rejection: as approve, without need of a slot
  dismiss   sign that a decision no longer counts: --key FILE --decision NUMBER --reason TEXT
  verify    say what is wrong with a record, whoever is still to approve: --log, --format as of gate

The key is an Ed25519 key in a file of PKCS#8 in PEM form or of OpenSSH, without a passphrase.

options of all:
  --directory FILE   a directory that stands in for the one of BASE
  --baseline DIR     the bundle as it was last approved in full: the steps since then are added up
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  -h, --help         show this
";

pub(super) const LOG: &str = "\
usage: portcullis log append LOG BASE HEAD --change FILE --event published [OPTIONS]
       portcullis log append LOG --change FILE --event recorded|rolled-back [--as-of TIME]
       portcullis log verify LOG [--head DIGEST]

Appends an event of a change record to a log in which every entry is bound to the one before it, or verifies
that no entry was changed, taken out or put in. Both print the last hash: keep it where nobody can change it
who can change the log, and give it to `verify`. What the gate refuses is not written down as published, a change
is published once, and only what was published last can be rolled back.

options:
  --change FILE      the change record
  --event EVENT      recorded, published or rolled-back
  --directory FILE   a directory that stands in for the one of BASE
  --baseline DIR     as of `gate`
  --head DIGEST      the hash that the log must end with
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  -h, --help         show this
";

pub(super) const REVIEW: &str = "\
usage: portcullis review [DIR] [OPTIONS]

Lists what is due in the bundle in DIR (default: the current folder): policies, changes, people and
delegations that ended or will soon, what must be looked at again, owners who are gone, and exceptions that
still stand. The exit code is 1 where something is overdue.

options:
  --within DAYS      how many days to look ahead (default: 30)
  --directory FILE   a directory that stands in for the one of DIR
  --format FORMAT    text (default) or json
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  -h, --help         show this
";
