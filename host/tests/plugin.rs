//! Limits and recovery, with a stand-in for the plugin that misbehaves on demand.
#![cfg(feature = "plugin")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant as Clock};

use portcullis_host::plugin::{Instance, Options, Plugin, PluginError, PluginPool};

/// A module with the plugin's exports. What a request of the length `1000 + n` makes it do: n = 1 loops
/// for ever, 2 traps, 3 asks for all memory, 4 returns a response outside its memory. Any other request
/// is answered by `{"ok":N}`, N being one digit: how many requests this instance had before.
const STAND_IN: &str = r#"(module
    (memory (export "memory") 1)
    (global $calls (mut i32) (i32.const 48))
    (data (i32.const 0) "\10\00\00\00\08\00\00\00")
    (data (i32.const 16) "{\22ok\22:0}")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
    (func (export "cabi_post_portcullis:plugin/engine@0.1.0#handle") (param i32))
    (func (export "portcullis:plugin/engine@0.1.0#handle") (param i32 i32) (result i32)
        (if (i32.eq (local.get 1) (i32.const 1001)) (then (loop (br 0))))
        (if (i32.eq (local.get 1) (i32.const 1002)) (then unreachable))
        (if (i32.eq (local.get 1) (i32.const 1003)) (then
            (if (i32.eq (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable))))
        (if (i32.eq (local.get 1) (i32.const 1004)) (then
            (i32.store (i32.const 4) (i32.const 2147483647))))
        (i32.store8 (i32.const 22) (global.get $calls))
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        i32.const 0))"#;

fn stand_in(options: Options) -> Plugin {
    Plugin::compile(&wat::parse_str(STAND_IN).unwrap(), options).unwrap()
}

fn options() -> Options {
    Options {
        instances: 1,
        memory_bytes: 1 << 20,
        deadline: Duration::from_millis(50),
        calls_per_instance: 100,
    }
}

/// An `as_of` that makes the request for a report `1000 + n` bytes long.
fn as_of(n: usize) -> String {
    "x".repeat(1000 + n - r#"{"op":"check","as_of":""}"#.len())
}

#[test]
fn a_call_that_misbehaves_fails_alone_and_the_next_has_a_fresh_instance() {
    let pool = PluginPool::new(&stand_in(options())).unwrap();
    pool.set_file("a.cedar", b"");
    let expected = [
        (1, PluginError::Deadline(Duration::from_millis(50))),
        (
            2,
            PluginError::Trap("wasm trap: wasm `unreachable` instruction executed".to_owned()),
        ),
        (3, PluginError::Memory(1 << 20)),
        (
            4,
            PluginError::Host("its response lies outside its memory".to_owned()),
        ),
    ];
    for (n, error) in expected {
        assert_eq!(pool.check(&as_of(n)), Err(error));
        // The fresh instance's only earlier request was the file, which the pool set again.
        assert_eq!(pool.check("now").unwrap(), b"1");
        assert_eq!(pool.check("now").unwrap(), b"2");
    }
}

#[test]
fn an_instance_follows_the_files_without_setting_them_anew() {
    let pool = PluginPool::new(&stand_in(options())).unwrap();
    pool.set_file("a.cedar", b"");
    pool.set_file("b.cedar", &[0xff]);
    assert_eq!(pool.check("now").unwrap(), b"2");
    assert_eq!(pool.check("now").unwrap(), b"3");
    pool.remove_file("a.cedar");
    assert_eq!(pool.check("now").unwrap(), b"5");
    pool.remove_file("never.cedar");
    assert_eq!(pool.check("now").unwrap(), b"6");
}

#[test]
fn an_instance_is_recycled_after_its_calls() {
    let pool = PluginPool::new(&stand_in(Options {
        calls_per_instance: 2,
        ..options()
    }))
    .unwrap();
    let answers: Vec<_> = (0..4).map(|_| pool.check("now").unwrap()).collect();
    assert_eq!(answers, [b"0", b"1", b"0", b"1"]);
}

#[test]
fn a_deadline_does_not_hold_up_calls_in_other_instances() {
    let pool = PluginPool::new(&stand_in(Options {
        instances: 2,
        deadline: Duration::from_secs(2),
        ..options()
    }))
    .unwrap();
    std::thread::scope(|scope| {
        let stuck = scope.spawn(|| pool.check(&as_of(1)));
        std::thread::sleep(Duration::from_millis(20));
        let begun = Clock::now();
        pool.check("now").unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert!(matches!(stuck.join(), Ok(Err(PluginError::Deadline(_)))));
    });
}

#[test]
fn more_instances_than_allowed_are_refused_and_a_dropped_one_makes_room() {
    let plugin = stand_in(options());
    let first = Instance::new(&plugin).unwrap();
    assert!(matches!(Instance::new(&plugin), Err(PluginError::Host(_))));
    drop(first);
    assert!(Instance::new(&plugin).is_ok());
}

#[test]
fn a_module_that_wants_something_from_its_host_is_refused() {
    let module = wat::parse_str(r#"(module (import "env" "now" (func)))"#).unwrap();
    assert_eq!(
        Plugin::compile(&module, options()).unwrap_err(),
        PluginError::InvalidModule(
            "it imports `now` from `env`, and the plugin needs nothing from its host".to_owned()
        )
    );
}

#[test]
fn the_precompiled_form_answers_as_the_module_does() {
    let path = std::env::temp_dir().join(format!("portcullis-{}.cwasm", std::process::id()));
    std::fs::write(&path, stand_in(options()).precompile().unwrap()).unwrap();
    #[expect(unsafe_code, reason = "the file was written above")]
    // SAFETY: this test made the file and nobody else writes it.
    let plugin = unsafe { Plugin::load_precompiled(&path, options()) }.unwrap();
    let pool = PluginPool::new(&plugin).unwrap();
    assert_eq!(pool.check("now").unwrap(), b"0");
    std::fs::remove_file(&path).unwrap();
}
