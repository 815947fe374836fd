//! The generator, the judges and the shrinker, on a few pairs. `cargo xtask oracle` runs many.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;

use portcullis_core::prove::World;
use portcullis_oracle::brute;
use portcullis_oracle::coverage;
use portcullis_oracle::expr::{Expr, Op};
use portcullis_oracle::generate::Generator;
use portcullis_oracle::judge::Judges;
use portcullis_oracle::pair::{Cedar, Relation};
use portcullis_oracle::run::{self, Options, Tally};
use portcullis_oracle::shrink::shrink;
use portcullis_oracle::symcc::{self, Symcc};

fn tally(pairs: u64, symcc: Option<Symcc>) -> Tally {
    let mut judges = Judges {
        symcc,
        requests: brute::Options {
            requests: 24,
            partial: false,
        },
        world: World::Complete,
        questions: true,
        seed: 7,
    };
    let options = Options {
        pairs: 0..pairs,
        seed: 7,
        until: None,
        environments: 2,
        shown: 1,
        shown_unknowns: 0,
    };
    let mut said = String::new();
    let tally = run::run(&options, &mut judges, |text| said.push_str(&text), |_| {}).unwrap();
    assert!(!tally.failed(), "{said}\n{tally}");
    tally
}

#[test]
fn the_same_seed_makes_the_same_pairs() {
    let texts = |seed| -> Vec<String> {
        let mut generator = Generator::new(seed);
        // Not in order, since a run can begin anywhere.
        [9, 3, 4]
            .map(|number| generator.pair(number).unwrap().to_string())
            .into()
    };
    assert_eq!(texts(1), texts(1));
    assert_ne!(texts(1), texts(2));
}

#[test]
fn every_operator_has_its_turn_and_nearly_all_policies_are_valid() {
    let mut generator = Generator::new(7);
    let operators = coverage::operators();
    let mut missing = operators.clone();
    for number in 0..2 * operators.len() as u64 {
        let pair = generator.pair(number).unwrap();
        for policy in pair.base.iter().chain(&pair.head) {
            missing.retain(|name| !coverage::of(policy).contains_key(name));
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    let counts = generator.counts;
    assert!(counts.valid * 10 >= counts.written * 9, "{counts:?}");
}

#[test]
fn nothing_contradicts_cedars_evaluator() {
    let tally = tally(60, None);
    assert!(tally.requests > 1_000, "{tally}");
}

#[test]
fn nothing_contradicts_cedars_symbolic_compiler() {
    let python = symcc::python();
    if !python.is_file() {
        let reason = "skipped: there is no solver, which `cargo xtask oracle` installs";
        let _ = writeln!(std::io::stderr(), "{reason}");
        return;
    }
    let tally = tally(40, Some(Symcc::start(&python).unwrap()));
    for relation in ["equivalent", "wider", "narrower", "incomparable"] {
        assert!(tally.theirs.contains_key(relation), "{tally}");
    }
}

#[test]
fn nodes_are_found_by_their_numbers() {
    let mut generator = Generator::new(7);
    let mut seen = 0;
    for number in 0..20 {
        for policy in generator.pair(number).unwrap().base {
            for clause in policy.clauses {
                let nodes: Vec<Expr> = clause.condition.nodes().into_iter().cloned().collect();
                let mut condition = clause.condition.clone();
                for (position, node) in nodes.iter().enumerate() {
                    assert_eq!(condition.node_mut(position), Some(&mut node.clone()));
                    seen += 1;
                }
                assert_eq!(condition.node_mut(nodes.len()), None);
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn what_is_found_is_made_small() {
    let mut generator = Generator::new(7);
    let has_tags = |pair: &portcullis_oracle::pair::Pair| {
        pair.base.iter().any(|policy| {
            policy
                .conditions()
                .flat_map(Expr::nodes)
                .any(|node| node.op == Op::Builtin("getTag"))
        })
    };
    let pair = (0..400)
        .filter_map(|number| generator.pair(number))
        .find(|pair| has_tags(pair) && pair.to_string().len() > 900)
        .unwrap();
    let small = shrink(pair, 3_000, |pair| {
        has_tags(pair) && Cedar::new(pair).is_some()
    });
    assert_eq!((small.base.len(), small.head.len()), (1, 0), "{small}");
    assert!(small.to_string().len() < 500, "{small}");
}

#[test]
fn a_relation_admits_the_decisions_that_it_names() {
    use Relation::{Equivalent, Incomparable, Narrower, Wider};
    for relation in [Equivalent, Wider, Narrower, Incomparable] {
        assert!(relation.admits(true, true) && relation.admits(false, false));
        let more = matches!(relation, Wider | Incomparable);
        let less = matches!(relation, Narrower | Incomparable);
        assert_eq!(relation.admits(false, true), more);
        assert_eq!(relation.admits(true, false), less);
        assert_eq!(Relation::from_witnesses(more, less), relation);
    }
}
