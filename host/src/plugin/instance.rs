//! One sandbox: an instance of the plugin and the calls into it.

use std::sync::Arc;

use wasmtime::{Memory, ResourceLimiter, Store, TypedFunc};

use super::clock::Clock;
use super::{Options, Plugin, PluginError};

const REALLOC: &str = "cabi_realloc";
const HANDLE: &str = "portcullis:plugin/engine@0.1.0#handle";
const POST_RETURN: &str = "cabi_post_portcullis:plugin/engine@0.1.0#handle";

/// An instance of the plugin with its own memory: one workspace.
///
/// A call runs on the thread that makes it and needs 8 MiB of that thread's stack, which Rust's threads
/// do not have unless they are asked to: [`PluginPool`](super::PluginPool) sees to that.
pub struct Instance {
    store: Store<Memories>,
    memory: Memory,
    realloc: TypedFunc<(u32, u32, u32, u32), u32>,
    handle: TypedFunc<(u32, u32), u32>,
    post_return: TypedFunc<u32, ()>,
    options: Options,
    // Deadlines hold only as long as somebody raises the epoch.
    _clock: Arc<Clock>,
}

impl Instance {
    /// An instance with an empty workspace.
    ///
    /// # Errors
    ///
    /// [`PluginError::InvalidModule`] where the module lacks an export; [`PluginError::Host`] where as many
    /// instances exist as [`Options::instances`] says.
    pub fn new(plugin: &Plugin) -> Result<Self, PluginError> {
        let options = plugin.options;
        let mut store = Store::new(
            plugin.module.engine(),
            Memories {
                allowed: options.memory_bytes,
                refused: false,
            },
        );
        store.limiter(|memories| memories);
        store.set_epoch_deadline(Clock::ticks(options.deadline));
        let instance = wasmtime::Instance::new(&mut store, &plugin.module, &[])
            .map_err(|e| PluginError::Host(format!("{e:#}")))?;
        let memory = instance
            .get_memory(&mut store, "memory")
            .ok_or_else(|| PluginError::InvalidModule("it exports no `memory`".to_owned()))?;
        let invalid = |e: wasmtime::Error| PluginError::invalid_module(&e);
        Ok(Self {
            realloc: instance
                .get_typed_func(&mut store, REALLOC)
                .map_err(invalid)?,
            handle: instance
                .get_typed_func(&mut store, HANDLE)
                .map_err(invalid)?,
            post_return: instance
                .get_typed_func(&mut store, POST_RETURN)
                .map_err(invalid)?,
            memory,
            store,
            options,
            _clock: Arc::clone(&plugin.clock),
        })
    }

    /// Carries out one request of the plugin's JSON protocol.
    ///
    /// # Errors
    ///
    /// Any error means that this instance is in an unknown state and must be dropped.
    pub fn handle(&mut self, request: &[u8]) -> Result<Vec<u8>, PluginError> {
        self.store
            .set_epoch_deadline(Clock::ticks(self.options.deadline));
        self.call(request).map_err(|error| {
            if self.store.data().refused {
                PluginError::Memory(self.options.memory_bytes)
            } else {
                PluginError::from_call(&error, self.options.deadline)
            }
        })
    }

    /// Bytes of linear memory that it has now.
    pub fn memory_bytes(&self) -> usize {
        self.memory.data_size(&self.store)
    }

    /// The canonical ABI for `func(list<u8>) -> list<u8>`.
    fn call(&mut self, request: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let length = u32::try_from(request.len())?;
        let at = self.realloc.call(&mut self.store, (0, 0, 1, length))?;
        self.memory.write(&mut self.store, at as usize, request)?;
        let returned = self.handle.call(&mut self.store, (at, length))?;
        let mut pair = [0; 8];
        self.memory
            .read(&self.store, returned as usize, &mut pair)?;
        let [a, b, c, d, e, f, g, h] = pair;
        let (start, length) = (
            u32::from_le_bytes([a, b, c, d]) as usize,
            u32::from_le_bytes([e, f, g, h]) as usize,
        );
        // Checked before anything is reserved: the numbers come from the guest.
        let response = start
            .checked_add(length)
            .and_then(|end| self.memory.data(&self.store).get(start..end))
            .ok_or_else(|| wasmtime::format_err!("its response lies outside its memory"))?
            .to_vec();
        self.post_return.call(&mut self.store, returned)?;
        Ok(response)
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("memory_bytes", &self.memory_bytes())
            .finish_non_exhaustive()
    }
}

/// Refuses memory past the limit and remembers that it did, since the guest's allocator turns the
/// refusal into a plain trap.
struct Memories {
    allowed: usize,
    refused: bool,
}

impl ResourceLimiter for Memories {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = desired <= self.allowed;
        self.refused |= !fits;
        Ok(fits)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The pooling allocator bounds tables, and the plugin never grows one.
        Ok(true)
    }
}
