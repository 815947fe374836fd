//! What `--help` says.

pub(super) const MAIN: &str = "\
portcullis: checks Cedar authorization policies

usage: portcullis COMMAND [OPTIONS]

commands:
  check [DIR]    find everything that is wrong with a bundle of policies
  rules [CODE]   list every code that a finding can have, or show the page of one
  help [COMMAND] show this, or the help of a command
  version        show the version

exit codes:
  0  fine
  1  findings at or above --fail-on
  2  bad usage or unreadable input
  3  a fault of Portcullis
";

pub(super) const CHECK: &str = "\
usage: portcullis check [DIR] [OPTIONS]

Finds everything that is wrong with the bundle in DIR (default: the current folder): policies and
templates (*.cedar), schemas (*.cedarschema, *.cedarschema.json), entities (*.entities.json), template
links (*.links.json) and portcullis.yaml.

options:
  --format FORMAT    text (default), json, sarif, github or markdown
  --fail-on LEVEL    exit with 1 from this severity on: low, medium, high (default), error, never
  --as-of TIME       what counts as now, in RFC 3339 (default: the clock)
  --color WHEN       auto (default), always, never
  -h, --help         show this
";

pub(super) const RULES: &str = "\
usage: portcullis rules [CODE]

Lists every code that a finding can have, one a line, with its severity and what it finds. With CODE,
shows its page: what it means, why it matters, what to do.
";
