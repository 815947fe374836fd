//! The plugin in wasmtime: compiled once, run in isolated instances under limits.
//!
//! [`Plugin`] is the compiled module, [`PluginPool`] runs it for one bundle on several threads, and
//! [`Instance`] is a single sandbox for hosts that bring their own pooling.
//!
//! ```no_run
//! use portcullis_host::plugin::{Options, Plugin, PluginPool};
//!
//! let module = std::fs::read("portcullis_plugin.wasm")?;
//! let plugin = Plugin::compile(&module, Options::default())?;
//! let pool = PluginPool::new(&plugin)?;
//! pool.set_file("photos.cedar", b"permit(principal, action, resource);");
//! let report = pool.check("2026-11-21T09:00:00Z")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Limits
//!
//! A call may take [`Options::deadline`] and its instance [`Options::memory_bytes`]. A call that passes
//! a limit or traps is an error to its caller alone: the instance is dropped, and the next call gets a
//! fresh one with the bundle's files.

mod clock;
mod error;
mod instance;
mod pool;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, Module, PoolingAllocationConfig};

pub use error::PluginError;
pub use instance::Instance;
pub use pool::PluginPool;

use clock::Clock;

/// Stack for the plugin's frames. Cedar's parser and type-checker recurse; what the core's nesting limit
/// admits was measured to fit well within it.
const WASM_STACK_BYTES: usize = 6 << 20;

/// What the host itself may need on top, for wasmtime and for the caller's frames.
const HOST_STACK_BYTES: usize = 2 << 20;

/// What one call and one pool may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Instances that a pool runs at the same time; also the most that exist at once.
    pub instances: u32,
    /// The most linear memory that an instance may have. Of it 8 MiB are its stack.
    pub memory_bytes: usize,
    /// The longest that a call may run. Waiting for an idle instance does not count.
    pub deadline: Duration,
    /// After so many calls an instance is dropped, so that what its allocator fragmented is given back.
    pub calls_per_instance: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            instances: std::thread::available_parallelism()
                .map_or(2, |n| u32::try_from(n.get()).unwrap_or(u32::MAX)),
            memory_bytes: 64 << 20,
            deadline: Duration::from_secs(2),
            calls_per_instance: 10_000,
        }
    }
}

/// The plugin, compiled for this machine. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    module: Module,
    clock: Arc<Clock>,
    options: Options,
}

impl Plugin {
    /// Compiles the core module `portcullis_plugin.wasm`. It takes seconds: keep what [`Self::precompile`]
    /// returns and load that with [`Self::load_precompiled`] from then on.
    ///
    /// # Errors
    ///
    /// [`PluginError::InvalidModule`] where the bytes are no module, or one that imports something.
    pub fn compile(module: &[u8], options: Options) -> Result<Self, PluginError> {
        let engine = engine(&options)?;
        let module =
            Module::from_binary(&engine, module).map_err(|e| PluginError::invalid_module(&e))?;
        Self::new(module, options)
    }

    /// The compiled form, for [`Self::load_precompiled`] on the same kind of machine and with this version
    /// of this crate.
    ///
    /// # Errors
    ///
    /// [`PluginError::InvalidModule`] where wasmtime cannot serialise it.
    pub fn precompile(&self) -> Result<Vec<u8>, PluginError> {
        self.module
            .serialize()
            .map_err(|e| PluginError::invalid_module(&e))
    }

    /// Loads what [`Self::precompile`] returned from a file, which is mapped and not read.
    ///
    /// # Errors
    ///
    /// [`PluginError::InvalidModule`] where the file cannot be read or was made by another version of
    /// wasmtime or for another machine.
    ///
    /// # Safety
    ///
    /// The file is machine code that runs in this process. Only its header is checked: whoever can write
    /// the file, now or while the plugin lives, can run anything. Load only what you compiled yourself,
    /// from where only you can write.
    #[expect(
        unsafe_code,
        reason = "the caller vouches for the file, as the safety section asks"
    )]
    pub unsafe fn load_precompiled(
        path: impl AsRef<Path>,
        options: Options,
    ) -> Result<Self, PluginError> {
        let engine = engine(&options)?;
        // SAFETY: the caller promises that the file holds what `precompile` returned.
        let module = unsafe { Module::deserialize_file(&engine, path) }
            .map_err(|e| PluginError::invalid_module(&e))?;
        Self::new(module, options)
    }

    /// The limits that it was compiled with.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    fn new(module: Module, options: Options) -> Result<Self, PluginError> {
        if let Some(import) = module.imports().next() {
            return Err(PluginError::InvalidModule(format!(
                "it imports `{}` from `{}`, and the plugin needs nothing from its host",
                import.name(),
                import.module()
            )));
        }
        let clock = Arc::new(Clock::start(module.engine())?);
        Ok(Self {
            module,
            clock,
            options,
        })
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn engine(options: &Options) -> Result<Engine, PluginError> {
    let mut slots = PoolingAllocationConfig::default();
    slots
        .total_core_instances(options.instances)
        .total_memories(options.instances)
        .total_tables(options.instances)
        .max_memory_size(options.memory_bytes);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(slots))
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        // wasmtime insists, although no call is asynchronous.
        .async_stack_size(WASM_STACK_BYTES + HOST_STACK_BYTES);
    Engine::new(&config).map_err(|e| PluginError::Host(e.to_string()))
}
