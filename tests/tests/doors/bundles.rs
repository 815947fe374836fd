//! The bundles: every example, what nobody should send, and the corpora where they are at hand.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use portcullis_core::is_bundle_file;
use portcullis_core::{Instant, Workspace};
use portcullis_tests::{corpus, depth};
use walkdir::WalkDir;

/// A list of files.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Whether it is rendered in every format, and not as JSON only.
    pub(crate) render: bool,
}

impl Bundle {
    /// Whether it has policy tests, which are then run in every format.
    pub(crate) fn tested(&self) -> bool {
        let is_suite = |path: &str| path.ends_with(".test.yaml") || path.ends_with(".test.json");
        self.files.iter().any(|(path, _)| is_suite(path))
    }
}

/// All of them, in an order that stays.
pub(crate) fn all() -> &'static [Bundle] {
    static ALL: OnceLock<Vec<Bundle>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = examples();
        all.push(tests());
        all.extend(hostile());
        all.extend(at_the_limits());
        all.extend(corpora());
        all
    })
}

fn examples() -> Vec<Bundle> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let bundles = subfolders(&root, true);
    assert!(bundles.len() >= 6, "the examples are missing");
    assert!(
        bundles.iter().any(Bundle::tested),
        "their tests are missing"
    );
    bundles
}

/// Tests with every outcome, gaps that can be closed, and shares that are not reached.
fn tests() -> Bundle {
    let case = |name: &str, principal: &str, mfa: bool, rest: &str| {
        format!(
            "  - name: {name}\n    principal: User::\"{principal}\"\n    action: pay\n    resource: Account::\"a\"\n    context: {{ amount: 100, mfa: {mfa} }}\n{rest}"
        )
    };
    let suite = [
        "name: payments 日本😀\ncases:\n".to_owned(),
        case("alice pays", "alice", true, "    expect: allow\n"),
        case(
            "alice pays without a factor",
            "alice",
            false,
            "    expect: allow\n",
        ),
        case(
            "bob pays",
            "bob",
            true,
            "    skip: later\n    expect: deny\n",
        ),
        case("carol pays", "carol", true, "    expect: perhaps\n"),
    ]
    .concat();
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    Bundle {
        name: "tests".to_owned(),
        files: vec![
            file(
                "a.cedarschema",
                "entity User; entity Account; action pay appliesTo { principal: User, resource: Account, context: { amount: Long, mfa: Bool } };",
            ),
            file(
                "a.cedar",
                "@id(\"pay\")\npermit (principal, action == Action::\"pay\", resource)\nwhen { context.amount <= 500 && context.mfa };\n@id(\"never\")\nforbid (principal == User::\"mallory\", action, resource);\n",
            ),
            file(
                "portcullis.yaml",
                "tests: {coverage: {clauses: 100}, mutation: {score: 100}}\n",
            ),
            ("a.test.yaml".to_owned(), suite.into_bytes()),
        ],
        render: true,
    }
}

/// What must be refused, or endured, without harm to the next call.
fn hostile() -> Vec<Bundle> {
    let when = |condition: &str| {
        format!(
            "permit(principal, action, resource) when {{ {condition} }};\npermit(principal, action, resource);\n"
        )
    };
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let policies: Vec<(&str, Vec<u8>)> = vec![
        ("300 parentheses", when(&nested("(", "true", ")", 300)).into()),
        ("64 parentheses", when(&nested("(", "true", ")", 60)).into()),
        ("1,000 terms", when(&["context.a"; 1000].join(" && ")).into()),
        ("250 terms", when(&["context.a"; 250].join(" && ")).into()),
        ("100,000 brackets", when(&"[".repeat(100_000)).into()),
        ("1,000 negations", when(&nested("!", "true", "", 1000)).into()),
        ("1,000 signs", when(&format!("{}1 == 1", "-".repeat(1000))).into()),
        ("1,000 members", when(&format!("context{}", ".a".repeat(1000))).into()),
        ("1,000 conditions", when(&nested("if true then ", "true", " else false", 1000)).into()),
        ("1,000 records", when(&nested("{a: ", "1", "}", 1000)).into()),
        ("10 MB of policies", "permit(principal, action, resource);\n".repeat(270_000).into()),
        ("10 MB of one string", when(&format!("\"{}\" == \"\"", "x".repeat(10_000_000))).into()),
        ("no UTF-8", b"permit(principal, action, resource);\n// \xff\xfe\n".to_vec()),
        ("a NUL", b"permit(principal, action, resource);\0\n".to_vec()),
        ("an unterminated string", b"permit(principal, action, resource) when { \"a };".to_vec()),
        ("an unterminated comment", b"permit(principal, action, resource); /* a".to_vec()),
        (
            "a mark, tabs, wide characters",
            "\u{feff}// é日本😀\r\n@id(\"é日本😀\")\r\npermit(principal, action, resource)\r\n\twhen { \"é日本😀\" ==\t\"x\" };\r\npermit(principal);"
                .into(),
        ),
        ("an empty file", Vec::new()),
        ("only blanks", b" \r\n\t\n".to_vec()),
        ("separators", ";".repeat(10_000).into()),
    ];
    let others: Vec<(&str, &str, Vec<u8>)> = vec![
        (
            "an unknown key",
            "portcullis.yaml",
            b"profil: basic\nlimits:\n  file_byte: 1\n".to_vec(),
        ),
        (
            "deep YAML flow",
            "portcullis.yaml",
            format!("a: {}", "[".repeat(50_000)).into(),
        ),
        (
            "deep YAML block",
            "portcullis.yaml",
            (0..2000)
                .map(|n| format!("{}a:\n", " ".repeat(n)))
                .collect::<String>()
                .into(),
        ),
        (
            "a YAML alias",
            "portcullis.yaml",
            b"a: &a [*a, *a]\nb: *a\n".to_vec(),
        ),
        ("deep entities", "entities.json", "[".repeat(100_000).into()),
        (
            "deep links",
            "a.links.json",
            nested("[", "", "]", 100_000).into(),
        ),
        (
            "a deep JSON schema",
            "a.cedarschema.json",
            nested("{\"a\":", "1", "}", 100_000).into(),
        ),
        (
            "a deep schema",
            "a.cedarschema",
            format!("entity E {};", nested("{a: ", "Long", "}", 20_000)).into(),
        ),
        (
            "a deep set in a schema",
            "a.cedarschema",
            format!("entity E {{ a: {} }};", nested("Set<", "Long", ">", 2_000)).into(),
        ),
        (
            "a schema of brackets",
            "a.cedarschema",
            "{".repeat(100_000).into(),
        ),
        (
            "deep JSON of tests",
            "a.test.json",
            "[".repeat(100_000).into(),
        ),
        (
            "deep YAML of tests",
            "a.test.yaml",
            format!("cases: {}", "[".repeat(50_000)).into(),
        ),
        (
            "tests of nothing",
            "a.test.yaml",
            "cases:\n  - name: \"\\e[2J\\u202e]]>%0A|\"\n    principal: U::\"日本😀\"\n    action: Action::\"a\"\n    resource: R::\"r\"\n    expect: allow\n"
                .into(),
        ),
    ];
    let many = Bundle {
        name: "6,000 files".to_owned(),
        files: (0..6000)
            .map(|n| {
                (
                    format!("{n}.cedar"),
                    b"permit(principal, action, resource);".to_vec(),
                )
            })
            .collect(),
        render: false,
    };
    let empty = Bundle {
        name: "nothing".to_owned(),
        files: Vec::new(),
        render: true,
    };
    let one = |name: &str, path: &str, contents: Vec<u8>| Bundle {
        name: name.to_owned(),
        files: vec![(path.to_owned(), contents)],
        // A report may quote what it is about.
        render: true,
    };
    policies
        .into_iter()
        .map(|(name, contents)| one(name, "a.cedar", contents))
        .chain(
            others
                .into_iter()
                .map(|(name, path, contents)| one(name, path, contents)),
        )
        .chain([many, empty])
        .collect()
}

/// The deepest that is read, and the next that is not.
fn at_the_limits() -> Vec<Bundle> {
    let bundle = |name: &str, n: usize, files: depth::Files| Bundle {
        name: format!("{name}: {n}"),
        files: files
            .into_iter()
            .map(|(path, text)| (path, text.into_bytes()))
            .collect(),
        render: false,
    };
    // On the stack of the core's own answers.
    let find = move || {
        depth::families()
            .into_iter()
            .flat_map(|family| {
                let largest = depth::largest(&family, has);
                [largest, largest + 1].map(|n| bundle(family.name, n, (family.files)(n)))
            })
            .collect()
    };
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(find)
        .expect("a thread can be started")
        .join()
        .expect("the core endures what it reads")
}

fn has(files: &depth::Files, code: &str) -> bool {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let now = Instant::parse(crate::AS_OF).unwrap();
    let report = workspace.check(now);
    report.findings.iter().any(|f| f.rule.code == code)
}

fn corpora() -> Vec<Bundle> {
    let Some(folder) = corpus::folder("the corpora through every door") else {
        return Vec::new();
    };
    let mut bundles = subfolders(&folder.join("cedar-examples"), false);
    bundles.extend(subfolders(&folder.join("oopsla2024"), false));
    let files = corpus::archive(&folder.join("cedar-integration.tar.gz"));
    let names: Vec<&str> = files
        .keys()
        .filter_map(|path| path.strip_suffix(".cedar"))
        .collect();
    // Evenly spread, since neighbours in the list may come from one generator.
    let step = (names.len() / 200).max(1);
    bundles.extend(names.into_iter().step_by(step).map(|name| {
        Bundle {
            name: name.to_owned(),
            files: ["cedar", "cedarschema", "entities.json"]
                .into_iter()
                .filter_map(|kind| {
                    let contents = files.get(&format!("{name}.{kind}"))?;
                    Some((format!("a.{kind}"), contents.clone()))
                })
                .collect(),
            render: false,
        }
    }));
    assert!(bundles.len() > 200, "the corpora are not whole");
    bundles
}

/// Each folder in a folder as a bundle.
fn subfolders(root: &Path, render: bool) -> Vec<Bundle> {
    WalkDir::new(root)
        .min_depth(1)
        .max_depth(1)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("a folder can be read"))
        .filter(|entry| entry.file_type().is_dir())
        .map(|entry| Bundle {
            name: entry.path().display().to_string(),
            files: files(entry.path()),
            render,
        })
        .filter(|bundle| !bundle.files.is_empty())
        .collect()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("a folder can be read"))
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(folder).ok()?.to_str()?.to_owned();
            is_bundle_file(&path).then(|| (path, std::fs::read(entry.path()).unwrap()))
        })
        .collect()
}
