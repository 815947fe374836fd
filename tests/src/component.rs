//! The built plugin, and its component as a host of components runs it: through wasmtime alone.

use std::path::PathBuf;

use wasmtime::component::{Component, Linker, TypedFunc};
use wasmtime::{Config, Engine, Store};

/// What the plugin's frames may use, as in the host library, and what is left for its callers.
const WASM_STACK: usize = 6 << 20;
const THREAD_STACK: usize = WASM_STACK + (4 << 20);

/// The name of the component's only export.
pub const INTERFACE: &str = "portcullis:plugin/engine@0.1.0";

/// The bytes of a built artefact.
///
/// # Panics
///
/// When it was not built.
pub fn artefact(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../target/plugin")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; run `cargo xtask build` first", path.display())
    })
}

/// The bytes of the core module.
pub fn module_bytes() -> Vec<u8> {
    artefact("portcullis_plugin.wasm")
}

/// The bytes of the component.
pub fn component_bytes() -> Vec<u8> {
    artefact("portcullis_plugin.component.wasm")
}

/// Runs something on a thread with the stack that calls into the plugin need; a test's own has less.
///
/// # Panics
///
/// When it does, or no thread can be started.
pub fn with_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(THREAD_STACK)
        .spawn(run)
        .expect("a thread can be started")
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// An instance of the component. Make and use it in [`with_stack`].
pub struct Instance {
    store: Store<()>,
    handle: TypedFunc<(Vec<u8>,), (Vec<u8>,)>,
}

impl Instance {
    /// A fresh one.
    ///
    /// # Panics
    ///
    /// When the component was not built, or is not what its interface says.
    #[expect(
        clippy::new_without_default,
        reason = "compiling a component is no default"
    )]
    pub fn new() -> Self {
        let mut config = Config::new();
        config.max_wasm_stack(WASM_STACK);
        config.async_stack_size(THREAD_STACK);
        let engine = Engine::new(&config).expect("wasmtime takes the configuration");
        let component = Component::new(&engine, component_bytes()).expect("the component compiles");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine)
            .instantiate(&mut store, &component)
            .expect("it needs no imports");
        let (_, interface) = instance
            .get_export(&mut store, None, INTERFACE)
            .expect("it exports its interface");
        let (_, handle) = instance
            .get_export(&mut store, Some(&interface), "handle")
            .expect("the interface has `handle`");
        let handle = instance
            .get_typed_func(&mut store, handle)
            .expect("bytes in, bytes out");
        Self { store, handle }
    }

    /// The response to a request.
    ///
    /// # Panics
    ///
    /// When the instance traps.
    pub fn handle(&mut self, request: &[u8]) -> Vec<u8> {
        let (response,) = self
            .handle
            .call(&mut self.store, (request.to_vec(),))
            .expect("the instance answers");
        response
    }
}
