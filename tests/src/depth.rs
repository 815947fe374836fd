//! Texts that are as deep, as long or as large as anybody cares to ask: one family for every way in which
//! the syntax of policies, schemas, entities and configuration can nest or go on.

/// Everything in [`SCHEMA`] that a condition may use.
const SCHEMA: &str = "entity Group;\nentity User in [Group] { n: Long, s: String, b: Bool, friend: User, maybe?: User } tags User;\naction all;\naction view in [all] appliesTo { principal: [User], resource: [User], context: { n: Long, s: String, b: Bool, o?: Bool, l: Set<Long>, t: datetime, u: duration, ip: ipaddr } };\n";

/// Files that get deeper or longer with a number.
pub struct Family {
    /// What it is.
    pub name: &'static str,
    /// The code that says that it is too much; `None` where nothing but the size of a file bounds it.
    pub bound: Option<&'static str>,
    /// The largest number that is worth asking for where there is no bound.
    pub most: usize,
    /// The bundle at a number.
    pub files: fn(usize) -> Files,
}

/// Path and text of every file.
pub type Files = Vec<(String, String)>;

const NESTING: Option<&str> = Some("limit/nesting-depth");
const CHAIN: Option<&str> = Some("limit/chain-length");
const SIZE: Option<&str> = Some("limit/expression-size");

/// All families.
pub fn families() -> Vec<Family> {
    let mut all = Vec::new();
    all.extend(brackets());
    all.extend(ifs());
    all.extend(chains());
    all.extend(lists());
    all.extend(schemas());
    all.extend(data());
    all
}

/// The largest number at which a family is not said to be too much, or the largest worth asking for.
/// `too_much` tells whether a bundle has a finding with a code.
pub fn largest(family: &Family, too_much: impl Fn(&Files, &str) -> bool) -> usize {
    let Some(code) = family.bound else {
        return family.most;
    };
    let within = |n: usize| !too_much(&(family.files)(n), code);
    // Doubling first: what is far beyond a bound is dear to make.
    let mut beyond = 1;
    while beyond < family.most && within(beyond) {
        beyond *= 2;
    }
    let mut last = beyond / 2;
    while beyond - last > 1 {
        let middle = last.midpoint(beyond);
        if within(middle) {
            last = middle;
        } else {
            beyond = middle;
        }
    }
    last
}

const fn family(
    name: &'static str,
    bound: Option<&'static str>,
    files: fn(usize) -> Files,
) -> Family {
    Family {
        name,
        bound,
        most: 100_000,
        files,
    }
}

fn brackets() -> Vec<Family> {
    vec![
        family("parentheses", NESTING, |n| {
            when(&nest("(", "context.b", ")", n))
        }),
        family("negations", NESTING, |n| {
            when(&nest("!(", "context.b", ")", n))
        }),
        family("four negations", NESTING, |n| {
            when(&nest("!!!!(", "context.b", ")", n))
        }),
        family("signs", NESTING, |n| {
            when(&format!("{} == 0", nest("-(", "context.n", ")", n)))
        }),
        family("four signs", CHAIN, |n| {
            when(&format!("{} == 0", nest("----(", "context.n", ")", n)))
        }),
        family("sets", NESTING, |n| {
            when(&format!("{0} == {0}", nest("[", "1", "]", n)))
        }),
        family("records", NESTING, |n| {
            when(&format!("{0} == {0}", nest("{a: ", "1", "}", n)))
        }),
        family("sets of records", NESTING, |n| {
            when(&format!("{0} == {0}", nest("[{a: ", "1", "}]", n)))
        }),
        family("accesses to a record", NESTING, |n| {
            when(&format!(
                "{}{} == 1",
                nest("{a: ", "1", "}", n),
                ".a".repeat(n)
            ))
        }),
        family("sums in parentheses", NESTING, |n| {
            when(&format!("{} == 1", nest("(1 + ", "1", ")", n)))
        }),
        family("products in parentheses", NESTING, |n| {
            when(&format!("{} == 1", nest("(", "1", " * 2)", n)))
        }),
        family("conjunctions in parentheses", NESTING, |n| {
            when(&nest("(context.b && ", "context.b", ")", n))
        }),
        family("disjunctions in parentheses", NESTING, |n| {
            when(&nest("(", "context.b", " || context.b)", n))
        }),
        family("comparisons in parentheses", NESTING, |n| {
            when(&nest("((context.n == 1) == ", "context.b", ")", n))
        }),
        family("arguments of methods", NESTING, |n| {
            when(&format!(
                "{} > context.u",
                nest(
                    "context.t.durationSince(context.t.offset(",
                    "context.u",
                    "))",
                    n
                )
            ))
        }),
        family("tags by tags", NESTING, |n| {
            when(&format!(
                "{0}.s == \"\"",
                nest("principal.getTag(", "\"a\"", ".s)", n).replace("\"a\".s", "\"a\"")
            ))
        }),
        family("indices", NESTING, |n| {
            when(&nest("context[", "\"b\"", "]", n))
        }),
        family("open parentheses", NESTING, |n| when(&"(".repeat(n))),
        family("blocks", NESTING, |n| vec![policies(nest("{", "", "}", n))]),
    ]
}

fn ifs() -> Vec<Family> {
    fn family_of(name: &'static str, files: fn(usize) -> Files) -> Family {
        family(name, NESTING, files)
    }
    vec![
        family_of("ifs as the test", |n| {
            when(&nest(
                "if ",
                "context.b",
                " then context.b else context.b",
                n,
            ))
        }),
        family_of("ifs in then", |n| {
            when(&nest(
                "if context.b then ",
                "context.b",
                " else context.b",
                n,
            ))
        }),
        family_of("ifs in else", |n| {
            when(&nest(
                "if context.b then context.b else ",
                "context.b",
                "",
                n,
            ))
        }),
        family_of("ifs in then after true", |n| {
            when(&nest("if true then ", "context.b", " else context.b", n))
        }),
        family_of("ifs in else after false", |n| {
            when(&nest("if false then context.b else ", "context.b", "", n))
        }),
        family_of("ifs with a test that its type decides", |n| {
            when(&nest(
                "if principal is User then ",
                "principal.friend.b",
                " else false",
                n,
            ))
        }),
        family_of("ifs in parentheses", |n| {
            when(&nest(
                "(if context.b then ",
                "context.b",
                " else context.b)",
                n,
            ))
        }),
        family_of("ifs in sets", |n| {
            when(&nest(
                "[if context.b then ",
                "true",
                " else true].contains(true)",
                n,
            ))
        }),
        family_of("ifs with wrong types", |n| {
            when(&nest(
                "if context.n then ",
                "context.q",
                " else principal.q",
                n,
            ))
        }),
        family_of("ifs that learn", |n| {
            when(&nest(
                "if context has o then context.o && (",
                "context.o",
                ") else false",
                n,
            ))
        }),
        family_of("ifs of numbers", |n| {
            when(&format!(
                "{} > 1",
                nest("(1 + if context.b then ", "context.n", " else 2)", n)
            ))
        }),
        family_of("ifs of entities", |n| {
            when(&format!(
                "{}.b",
                nest(
                    "(if context.b then ",
                    "principal",
                    " else resource).friend",
                    n
                )
            ))
        }),
    ]
}

fn chains() -> Vec<Family> {
    fn chain(name: &'static str, files: fn(usize) -> Files) -> Family {
        family(name, CHAIN, files)
    }
    vec![
        chain("conjunctions", |n| when(&join("context.b", " && ", n))),
        chain("disjunctions", |n| when(&join("context.b", " || ", n))),
        chain("conjunctions and disjunctions", |n| {
            when(&join("context.b && context.b", " || ", n))
        }),
        chain("conjunctions of comparisons", |n| {
            when(&join("context.n < 5", " && ", n))
        }),
        chain("conjunctions of different comparisons", |n| {
            let terms: Vec<String> = (0..n).map(|n| format!("context.n != {n}")).collect();
            when(&terms.join(" && "))
        }),
        chain("disjunctions of different comparisons", |n| {
            let terms: Vec<String> = (0..n).map(|n| format!("context.s == \"{n}\"")).collect();
            when(&terms.join(" || "))
        }),
        chain("conjunctions of disjunctions", |n| {
            when(&join("(context.n == 1 || context.s == \"a\")", " && ", n))
        }),
        chain("disjunctions of conjunctions", |n| {
            when(&join("(context.n == 1 && context.s == \"a\")", " || ", n))
        }),
        chain("sums", |n| {
            when(&format!("{} == 1", join("context.n", " + ", n)))
        }),
        chain("differences", |n| {
            when(&format!("{} == 1", join("context.n", " - ", n)))
        }),
        chain("products", |n| {
            when(&format!("{} == 1", join("context.n", " * ", n)))
        }),
        chain("products of numbers", |n| {
            when(&format!("{} == 1", join("1", " * ", n)))
        }),
        chain("comparisons in a row", |n| {
            when(&join("context.n", " < ", n))
        }),
        chain("divisions", |n| {
            when(&format!("{} == 1", join("1", " / ", n)))
        }),
        chain("exclamation marks", |n| {
            when(&format!("{}context.b", "!".repeat(n)))
        }),
        chain("minus signs", |n| when(&format!("{}1 == 1", "-".repeat(n)))),
        chain("attributes", |n| {
            when(&format!("principal{}.b", ".friend".repeat(n)))
        }),
        chain("attributes in brackets", |n| {
            when(&format!("principal{}.b", "[\"friend\"]".repeat(n)))
        }),
        chain("attributes that are not there", |n| {
            when(&format!("principal{}", ".nothing".repeat(n)))
        }),
        chain("a long has", |n| {
            when(&format!("principal has {}", join("maybe", ".", n)))
        }),
        chain("the same has again and again", |n| {
            when(&format!(
                "{} && context.o",
                join("context has o", " && ", n)
            ))
        }),
        chain("has, then access, then has", |n| {
            let terms: Vec<String> = (0..n)
                .map(|n| format!("principal{} has maybe", ".maybe".repeat(n)))
                .collect();
            when(&terms.join(" && "))
        }),
        chain("methods", |n| {
            when(&format!(
                "context.t{} == context.t",
                ".offset(context.u)".repeat(n)
            ))
        }),
        chain("tags", |n| {
            when(&format!("principal{}.b", ".getTag(\"a\")".repeat(n)))
        }),
        chain("calls of nothing", |n| {
            when(&format!("context{}", "()".repeat(n)))
        }),
        chain("likes", |n| {
            when(&join("context.s like \"a*b*c\"", " && ", n))
        }),
        chain("is in", |n| {
            when(&join("principal is User in Group::\"a\"", " && ", n))
        }),
        chain("ins in a row", |n| when(&join("principal", " in ", n))),
        chain("clauses", |n| {
            vec![
                policies(format!(
                    "permit(principal, action, resource) {};",
                    "when { context.b } unless { context.n == 1 } ".repeat(n)
                )),
                schema(SCHEMA.to_owned()),
            ]
        }),
        chain("a template", |n| {
            vec![
                policies(format!(
                    "@id(\"t\") permit(principal in ?principal, action, resource == ?resource) when {{ {} }};",
                    join("context.b", " && ", n)
                )),
                schema(SCHEMA.to_owned()),
                (
                    "a.links.json".to_owned(),
                    r#"[{"template_id":"t","link_id":"l","args":{"?principal":"User::\"a\"","?resource":"User::\"b\""}}]"#.to_owned(),
                ),
            ]
        }),
    ]
}

fn lists() -> Vec<Family> {
    fn list(name: &'static str, files: fn(usize) -> Files) -> Family {
        family(name, SIZE, files)
    }
    vec![
        list("a list after in", |n| {
            when(&format!(
                "principal in [{}]",
                numbered("Group::\"", "\"", n)
            ))
        }),
        list("a list of numbers", |n| {
            when(&format!("[{}].contains(context.n)", numbered("", "", n)))
        }),
        list("a record", |n| {
            let fields: Vec<String> = (0..n).map(|n| format!("a{n}: {n}")).collect();
            when(&format!("{{{}}} has a1", fields.join(", ")))
        }),
        list("actions in the scope", |n| {
            vec![
                policies(format!(
                    "permit(principal, action in [{}], resource);",
                    numbered("Action::\"", "\"", n)
                )),
                schema(SCHEMA.to_owned()),
            ]
        }),
        list("arguments", |n| {
            when(&format!("context.l.contains({})", numbered("", "", n)))
        }),
        list("annotations", |n| {
            let annotations: String = (0..n).map(|n| format!("@a{n}(\"x\")\n")).collect();
            vec![
                policies(format!("{annotations}permit(principal, action, resource);")),
                schema(SCHEMA.to_owned()),
            ]
        }),
        list("conditions in a set", |n| {
            when(&format!(
                "[{}].contains(true)",
                join("context.b && context.n == 1", ", ", n)
            ))
        }),
        Family {
            most: 1 << 20,
            ..family("a long string", None, |n| {
                when(&format!("context.s == \"{}\"", "x".repeat(n)))
            })
        },
        Family {
            most: 1 << 20,
            ..family("a long pattern", None, |n| {
                when(&format!("context.s like \"{}\"", "a*".repeat(n / 2)))
            })
        },
        Family {
            most: 1 << 20,
            ..family("a long name", None, |n| {
                when(&format!("context.{}", "x".repeat(n)))
            })
        },
        Family {
            most: 1 << 20,
            ..family("a long number", None, |n| {
                when(&format!("context.n == {}", "9".repeat(n)))
            })
        },
        Family {
            most: 15_000,
            ..family("a long path", None, |n| {
                when(&format!("principal in {}::\"a\"", join("A", "::", n)))
            })
        },
    ]
}

fn schemas() -> Vec<Family> {
    fn of(name: &'static str, bound: Option<&'static str>, files: fn(usize) -> Files) -> Family {
        Family {
            most: 500,
            ..family(name, bound, files)
        }
    }
    /// A policy that reaches for the attribute `a` of a resource, as deep as it goes.
    fn with_access(text: String, depth: usize) -> Files {
        vec![
            schema(format!(
                "{text}\naction view appliesTo {{ principal: User, resource: User }};"
            )),
            policies(format!(
                "permit(principal, action, resource) when {{ resource{0} == principal{0} }};\npermit(principal, action, resource) when {{ resource.a == principal.a }};\npermit(principal, action, resource) when {{ [resource.a, principal.a].contains({{ b: resource.a }}) }};",
                ".a".repeat(depth.min(100))
            )),
        ]
    }
    vec![
        of("records in a schema", NESTING, |n| {
            with_access(
                format!("entity User {{ a: {} }};", nest("{ a: ", "Long", " }", n)),
                n,
            )
        }),
        of("sets in a schema", NESTING, |n| {
            with_access(
                format!("entity User {{ a: {} }};", nest("Set<", "Long", ">", n)),
                1,
            )
        }),
        of("records in a schema in JSON", NESTING, |n| {
            json_schema(&nest(
                r#"{"type":"Record","attributes":{"a":"#,
                r#"{"type":"Long"}"#,
                "}}",
                n,
            ))
        }),
        of("sets in a schema in JSON", NESTING, |n| {
            json_schema(&nest(
                r#"{"type":"Set","element":"#,
                r#"{"type":"Long"}"#,
                "}",
                n,
            ))
        }),
        of(
            "common types in a row",
            Some("cedar/schema-type-too-large"),
            |n| {
                with_access(
                    format!("{}entity User {{ a: T{n} }};", types("{ a: $ }", n)),
                    n,
                )
            },
        ),
        of(
            "common types in sets in a row",
            Some("cedar/schema-type-too-large"),
            |n| {
                with_access(
                    format!("{}entity User {{ a: T{n} }};", types("Set<$>", n)),
                    1,
                )
            },
        ),
        of(
            "common types that double",
            Some("cedar/schema-type-too-large"),
            |n| {
                with_access(
                    format!("{}entity User {{ a: T{n} }};", types("{ a: $, b: $ }", n)),
                    n,
                )
            },
        ),
        of(
            "deep common types in a row",
            Some("cedar/schema-type-too-large"),
            |n| {
                let deep = nest("{ a: ", "$", " }", 60);
                with_access(
                    format!("{}entity User {{ a: T{n} }};", types(&deep, n)),
                    100,
                )
            },
        ),
        of(
            "deep common types of sets in a row",
            Some("cedar/schema-type-too-large"),
            |n| {
                let deep = nest("Set<", "$", ">", 60);
                with_access(format!("{}entity User {{ a: T{n} }};", types(&deep, n)), 1)
            },
        ),
        of("common types in a circle", None, |n| {
            with_access(
                format!(
                    "{}type T0 = {{ a: T{n} }};\nentity User {{ a: T{n} }};",
                    types("{ a: $ }", n).replacen("type T0 = Long;\n", "", 1)
                ),
                n,
            )
        }),
        of("entities in a row", None, |n| {
            let entities: String = (0..n)
                .map(|n| format!("entity E{} in [E{n}] {{ a: E{n} }};\n", n + 1))
                .collect();
            with_access(
                format!("entity E0 {{ a: Long }};\n{entities}entity User in [E{n}] {{ a: E{n} }};"),
                n,
            )
        }),
        of("actions in a row", None, |n| {
            let actions: String = (0..n)
                .map(|n| format!("action a{} in [a{n}];\n", n + 1))
                .collect();
            with_access(
                format!("action a0;\n{actions}entity User {{ a: Long }};"),
                1,
            )
        }),
        of("actions in a circle", None, |n| {
            let actions: String = (0..n)
                .map(|n| format!("action a{} in [a{n}];\n", n + 1))
                .collect();
            with_access(
                format!("action a0 in [a{n}];\n{actions}entity User {{ a: Long }};"),
                1,
            )
        }),
        of("a deep namespace", None, |n| {
            vec![schema(format!(
                "namespace {} {{ entity User; }}",
                join("A", "::", n)
            ))]
        }),
        of("annotations in a schema", None, |n| {
            let annotations: String = (0..n).map(|n| format!("@a{n}(\"x\")\n")).collect();
            vec![schema(format!("{annotations}entity User;"))]
        }),
    ]
}

fn data() -> Vec<Family> {
    fn of(name: &'static str, bound: Option<&'static str>, files: fn(usize) -> Files) -> Family {
        Family {
            most: 2_000,
            ..family(name, bound, files)
        }
    }
    const YAML: Option<&str> = Some("config/too-deep");
    vec![
        of("records in an entity", NESTING, |n| {
            entity(
                &nest("{ a: ", "Long", " }", n.min(60)),
                &nest(r#"{"a":"#, "1", "}", n),
            )
        }),
        of("sets in an entity", NESTING, |n| {
            entity(
                &nest("Set<", "Long", ">", n.min(60)),
                &nest("[", "1", "]", n),
            )
        }),
        of("extensions in an entity", NESTING, |n| {
            entity(
                "decimal",
                &nest(r#"{"__extn":{"fn":"decimal","arg":"#, "\"1.0\"", "}}", n),
            )
        }),
        of("parents in a row", None, |n| {
            let entities: Vec<String> = (0..n)
                .map(|n| {
                    format!(
                        r#"{{"uid":{{"type":"User","id":"{}"}},"attrs":{{}},"parents":[{{"type":"User","id":"{n}"}}]}}"#,
                        n + 1
                    )
                })
                .collect();
            vec![
                schema("entity User in [User];".to_owned()),
                (
                    "a.entities.json".to_owned(),
                    format!("[{}]", entities.join(",")),
                ),
            ]
        }),
        of("parents in a circle", None, |n| {
            let entities: Vec<String> = (0..n)
                .map(|at| {
                    format!(
                        r#"{{"uid":{{"type":"User","id":"{}"}},"attrs":{{}},"parents":[{{"type":"User","id":"{at}"}}]}}"#,
                        (at + 1) % n.max(1)
                    )
                })
                .collect();
            vec![
                schema("entity User in [User];".to_owned()),
                (
                    "a.entities.json".to_owned(),
                    format!("[{}]", entities.join(",")),
                ),
            ]
        }),
        of("brackets in links", NESTING, |n| {
            vec![("a.links.json".to_owned(), nest("[", "", "]", n))]
        }),
        of("brackets in YAML", YAML, |n| {
            vec![(
                "portcullis.yaml".to_owned(),
                format!("checks: {}", nest("[", "a", "]", n)),
            )]
        }),
        of("braces in YAML", YAML, |n| {
            vec![(
                "portcullis.yaml".to_owned(),
                format!("checks: {}", nest("{a: ", "b", "}", n)),
            )]
        }),
        of("blocks in YAML", YAML, |n| {
            let lines: String = (0..n).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
            vec![("portcullis.yaml".to_owned(), lines)]
        }),
        of("lists in YAML", YAML, |n| {
            vec![(
                "portcullis.yaml".to_owned(),
                format!("checks:\n  {}a", "- ".repeat(n)),
            )]
        }),
        of("aliases that double in YAML", None, |n| {
            let lines: String = (0..n)
                .map(|n| format!("a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1))
                .collect();
            vec![(
                "portcullis.yaml".to_owned(),
                format!("a0: &a0 [b]\n{lines}"),
            )]
        }),
    ]
}

fn when(condition: &str) -> Files {
    vec![
        policies(format!(
            "permit(principal, action, resource) when {{ {condition} }};"
        )),
        schema(SCHEMA.to_owned()),
    ]
}

fn policies(text: String) -> (String, String) {
    ("a.cedar".to_owned(), text)
}

fn schema(text: String) -> (String, String) {
    ("a.cedarschema".to_owned(), text)
}

fn json_schema(ty: &str) -> Files {
    let text = format!(
        r#"{{"":{{"entityTypes":{{"User":{{"shape":{{"type":"Record","attributes":{{"a":{ty}}}}}}}}},"actions":{{"view":{{"appliesTo":{{"principalTypes":["User"],"resourceTypes":["User"]}}}}}}}}}}"#
    );
    vec![
        ("a.cedarschema.json".to_owned(), text),
        policies(
            "permit(principal, action, resource) when { resource.a == principal.a };".to_owned(),
        ),
    ]
}

/// An entity with one attribute, of a type in Cedar's syntax.
fn entity(ty: &str, value: &str) -> Files {
    vec![
        schema(format!("entity User {{ a: {ty} }};")),
        (
            "a.entities.json".to_owned(),
            format!(
                r#"[{{"uid":{{"type":"User","id":"a"}},"attrs":{{"a":{value}}},"parents":[]}}]"#
            ),
        ),
    ]
}

/// `T0` to `Tn`, each made of the one before it, which `$` stands for.
fn types(with: &str, n: usize) -> String {
    let mut text = "type T0 = Long;\n".to_owned();
    for n in 0..n {
        let body = with.replace('$', &format!("T{n}"));
        text.push_str(&format!("type T{} = {body};\n", n + 1));
    }
    text
}

fn nest(open: &str, inner: &str, close: &str, n: usize) -> String {
    format!("{}{inner}{}", open.repeat(n), close.repeat(n))
}

fn join(item: &str, with: &str, n: usize) -> String {
    vec![item; n].join(with)
}

fn numbered(before: &str, after: &str, n: usize) -> String {
    let items: Vec<String> = (0..n).map(|n| format!("{before}{n}{after}")).collect();
    items.join(", ")
}
