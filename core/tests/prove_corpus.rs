#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "tests"
)]
use portcullis_core::cedar::parse::parse;
use portcullis_core::cedar::schema::{Format, SchemaFile, build};
use portcullis_core::prove::*;
use portcullis_core::source::split;
use std::sync::Arc;

fn bounds(text: &str) -> Vec<Bound> {
    split(text)
        .statements
        .into_iter()
        .filter_map(|span| {
            let text: Arc<str> = span.text(text).into();
            parse(&text).ok().map(|parsed| Bound { parsed, link: None })
        })
        .collect()
}

#[test]
fn verdicts() {
    let Some(corpus) = std::env::var_os("PORTCULLIS_CORPUS") else {
        return;
    };
    let folder = std::path::Path::new(&corpus).join("cedar-compare");
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    let options = Options {
        steps: 1_000_000,
        world: World::Complete,
    };
    let mut wrong = 0;
    for line in read(&folder.join("verdicts.tsv")).lines().skip(1) {
        let f: Vec<&str> = line.split('\t').collect();
        let dir = folder.join(f[0]);
        let text = read(&dir.join(f[3]));
        let outcome = build(&[SchemaFile {
            path: "s".into(),
            text: &text,
            format: Format::Cedar,
        }]);
        let (schema, validator) = (outcome.schema.unwrap(), outcome.validator.unwrap());
        let environments = schema.environments();
        let env = environments
            .iter()
            .find(|e| e.principal == f[4] && e.action.id == f[5] && e.resource == f[6])
            .unwrap();
        let t = std::time::Instant::now();
        let mut prover = Prover::new(&schema, &validator, env, options);
        let mut side = |name: &str| -> Vec<usize> {
            bounds(&read(&dir.join(name)))
                .iter()
                .map(|b| prover.add(b, true))
                .collect()
        };
        let (base, head) = (side(f[1]), side(f[2]));
        // pset1 is base: relation of pset1 to pset2
        let c = prover.compare(&base, &head);
        let expected = match f[7] {
            "pset1 is more permissive than pset2" => Relation::Narrower,
            "pset1 is less permissive than pset2" => Relation::Wider,
            "pset1 is equivalent to pset2" => Relation::Equivalent,
            "pset1 is incomparable with pset2" => Relation::Incomparable,
            other => panic!("{other}"),
        };
        if c.relation != expected {
            wrong += 1;
        }
        println!(
            "{} {} {} {:?} expected {:?} {:?} {:?}",
            f[0],
            f[1],
            f[2],
            c.relation,
            expected,
            c.why,
            t.elapsed()
        );
        if let Some(w) = c.newly_allowed {
            println!(
                "   + {} {} {} {}",
                w.principal, w.resource, w.context, w.entities
            );
        }
        if let Some(w) = c.newly_denied {
            println!(
                "   - {} {} {} {}",
                w.principal, w.resource, w.context, w.entities
            );
        }
    }
    assert_eq!(wrong, 0);
}
