//! The plugin as it is shipped: what it asks of a host, and that every way of calling it gives the same
//! bytes.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use portcullis_core::Session;
use portcullis_host::plugin::{Instance, Options, Plugin, PluginError, PluginPool};
use portcullis_tests::component::{self, INTERFACE, component_bytes, module_bytes, with_stack};
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

const AS_OF: &str = "2026-11-21T09:00:00Z";
const POLICY: &str = "permit(principal, action, resource);";

fn options() -> Options {
    Options {
        instances: 2,
        ..Options::default()
    }
}

/// Compiling takes seconds, so the tests share it.
fn plugin() -> Plugin {
    static PLUGIN: std::sync::OnceLock<Plugin> = std::sync::OnceLock::new();
    PLUGIN
        .get_or_init(|| Plugin::compile(&module_bytes(), options()).unwrap())
        .clone()
}

fn requests() -> [String; 4] {
    [
        format!(r#"{{"op":"set_file","path":"a.cedar","text":"{POLICY}"}}"#),
        format!(r#"{{"op":"check","as_of":"{AS_OF}"}}"#),
        r#"{"op":"rules"}"#.to_owned(),
        r#"{"op":"chekc"}"#.to_owned(),
    ]
}

/// What the core itself answers.
fn expected() -> Vec<Vec<u8>> {
    let mut session = Session::new();
    requests()
        .iter()
        .map(|request| session.handle(request.as_bytes()))
        .collect()
}

#[test]
fn the_module_imports_nothing() {
    let engine = Engine::default();
    let module = Module::new(&engine, module_bytes()).unwrap();
    let imports: Vec<_> = module
        .imports()
        .map(|import| format!("{}.{}", import.module(), import.name()))
        .collect();
    assert_eq!(imports, Vec::<String>::new());
}

#[test]
fn the_component_imports_nothing_and_exports_the_engine() {
    let engine = Engine::default();
    let component = Component::new(&engine, component_bytes()).unwrap();
    let ty = component.component_type();
    let imports: Vec<_> = ty
        .imports(&engine)
        .map(|(name, _)| name.to_owned())
        .collect();
    let exports: Vec<_> = ty
        .exports(&engine)
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(imports, Vec::<String>::new());
    assert_eq!(exports, [INTERFACE]);
}

#[test]
fn a_host_without_a_component_runtime_gets_the_bytes_of_the_core() {
    let plugin = plugin();
    with_stack(move || {
        let mut instance = Instance::new(&plugin).unwrap();
        for (request, expected) in requests().iter().zip(expected()) {
            let answer = instance.handle(request.as_bytes()).unwrap();
            assert_eq!(answer, expected, "{request}");
        }
    });
}

#[test]
fn a_host_of_components_gets_the_bytes_of_the_core() {
    with_stack(|| {
        let mut instance = component::Instance::new();
        for (request, expected) in requests().iter().zip(expected()) {
            assert_eq!(instance.handle(request.as_bytes()), expected, "{request}");
        }
    });
}

#[test]
fn a_pool_answers_as_the_core_does_after_a_deadline_passed() {
    let plugin = Plugin::compile(
        &module_bytes(),
        Options {
            deadline: Duration::from_millis(100),
            instances: 1,
            ..options()
        },
    )
    .unwrap();
    let pool = PluginPool::new(&plugin).unwrap();
    let mut workspace = portcullis_core::Workspace::new();
    let now = portcullis_core::Instant::parse(AS_OF).unwrap();
    // Enough policies that no machine checks them in the time given.
    pool.set_file("many.cedar", POLICY.repeat(40_000).as_bytes());
    assert_eq!(
        pool.check(AS_OF),
        Err(PluginError::Deadline(Duration::from_millis(100)))
    );
    pool.remove_file("many.cedar");
    pool.set_file("a.cedar", POLICY.as_bytes());
    workspace.set_file("a.cedar", POLICY.as_bytes()).unwrap();
    assert_eq!(
        pool.check(AS_OF).unwrap(),
        portcullis_core::render::json(&workspace.check(now)).into_bytes()
    );
}
