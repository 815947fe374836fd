//! Several instances of the plugin over one bundle.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{HOST_STACK_BYTES, Instance, Plugin, PluginError, WASM_STACK_BYTES};

/// Runs requests over one bundle in as many instances as [`Options::instances`](super::Options) says.
///
/// The pool keeps the bundle's files and each instance follows them, so an instance can be dropped at any
/// time. Calls run on the pool's own threads, whose stacks fit the plugin. Dropping the pool waits for
/// the calls under way.
#[derive(Debug)]
pub struct PluginPool {
    bundle: Arc<Mutex<Bundle>>,
    idle: Mutex<Vec<Worker>>,
    returned: Condvar,
    plugin: Plugin,
}

impl PluginPool {
    /// A pool over an empty bundle. Instances are made when they are first needed.
    ///
    /// # Errors
    ///
    /// [`PluginError::Host`] where a thread cannot be started.
    pub fn new(plugin: &Plugin) -> Result<Self, PluginError> {
        let bundle = Arc::default();
        let idle = (0..plugin.options.instances.max(1))
            .map(|_| Worker::start(plugin, &bundle))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            bundle,
            idle: Mutex::new(idle),
            returned: Condvar::new(),
            plugin: plugin.clone(),
        })
    }

    /// Adds or replaces a file of the bundle. Calls that begin after it returns see it.
    ///
    /// A path that the plugin does not admit makes those calls return [`PluginError::Refused`] until the
    /// file is removed.
    pub fn set_file(&self, path: &str, contents: &[u8]) {
        let mut bundle = lock(&self.bundle);
        bundle.version += 1;
        let version = bundle.version;
        bundle.files.insert(
            path.to_owned(),
            File {
                contents: Some(contents.into()),
                version,
            },
        );
    }

    /// Removes a file of the bundle; nothing happens where there is none.
    pub fn remove_file(&self, path: &str) {
        let mut bundle = lock(&self.bundle);
        bundle.version += 1;
        let version = bundle.version;
        if let Some(file) = bundle.files.get_mut(path) {
            // Kept as a mark, so that instances which have the file learn that it is gone.
            *file = File {
                contents: None,
                version,
            };
        }
    }

    /// The report on the bundle, as JSON. `as_of` is what counts as now, in RFC 3339.
    ///
    /// # Errors
    ///
    /// [`PluginError::Refused`] for an `as_of` that is no point in time or a path that is none of a
    /// bundle; the others where a limit was passed, the plugin trapped or this machine failed.
    pub fn check(&self, as_of: &str) -> Result<Vec<u8>, PluginError> {
        self.answer(&json!({ "op": "check", "as_of": as_of }))
    }

    /// What running the bundle's policy tests gives, as JSON. `options` are further fields of the request
    /// `test`, such as `coverage`; with `format` the answer is a string of JSON.
    ///
    /// # Errors
    ///
    /// As for [`Self::check`], and [`PluginError::Refused`] for options that do not exist.
    pub fn test(
        &self,
        as_of: &str,
        mut options: serde_json::Map<String, Value>,
    ) -> Result<Vec<u8>, PluginError> {
        options.insert("op".to_owned(), "test".into());
        options.insert("as_of".to_owned(), as_of.into());
        self.answer(&Value::Object(options))
    }

    /// What the bundle newly allows and newly denies against another, given as paths and contents; as JSON.
    ///
    /// # Errors
    ///
    /// As for [`Self::check`]; [`PluginError::Refused`] also for a path that is none of a bundle, or is there twice.
    pub fn compare<'f>(
        &self,
        base: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Vec<u8>, PluginError> {
        self.answer(&compare(base))
    }

    /// The same in one of the formats of the command line.
    ///
    /// # Errors
    ///
    /// As for [`Self::compare`], and [`PluginError::Refused`] for a format that does not exist.
    pub fn render_change<'f>(
        &self,
        base: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        format: &str,
    ) -> Result<String, PluginError> {
        let mut request = compare(base);
        if let Some(fields) = request.as_object_mut() {
            fields.insert("format".to_owned(), format.into());
        }
        self.text(&request)
    }

    /// How risky it is to replace another bundle, given as paths and contents, by this one: tier, reasons and controls
    /// at a point in time in RFC 3339, as JSON.
    ///
    /// # Errors
    ///
    /// As for [`Self::compare`].
    pub fn tier<'f>(
        &self,
        base: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        as_of: &str,
    ) -> Result<Vec<u8>, PluginError> {
        self.answer(&tier(base, as_of))
    }

    /// The same in one of the formats of the command line.
    ///
    /// # Errors
    ///
    /// As for [`Self::tier`], and [`PluginError::Refused`] for a format that does not exist.
    pub fn render_tier<'f>(
        &self,
        base: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        as_of: &str,
        format: &str,
    ) -> Result<String, PluginError> {
        let mut request = tier(base, as_of);
        if let Some(fields) = request.as_object_mut() {
            fields.insert("format".to_owned(), format.into());
        }
        self.text(&request)
    }

    /// Whether the bundle may replace another, given as paths and contents, by a change record at a point in time in
    /// RFC 3339; as JSON. `options` are further fields of the request `gate`, such as `directory`, `log` and `actors`;
    /// with `format` the answer is a string of JSON.
    ///
    /// # Errors
    ///
    /// As for [`Self::compare`], and [`PluginError::Refused`] for options that do not exist.
    pub fn gate<'f>(
        &self,
        base: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        change: &str,
        as_of: &str,
        mut options: serde_json::Map<String, Value>,
    ) -> Result<Vec<u8>, PluginError> {
        options.insert("op".to_owned(), "gate".into());
        options.insert("as_of".to_owned(), as_of.into());
        options.insert("change".to_owned(), change.into());
        options.insert("base".to_owned(), files(base));
        self.answer(&Value::Object(options))
    }

    /// What the bundle's policies say to a request at a point in time in RFC 3339, and what it must wait for; as JSON.
    /// `options` are further fields of the request `authorize`: `approvals` and `directory`.
    ///
    /// # Errors
    ///
    /// As for [`Self::check`], and [`PluginError::Refused`] where nothing can be decided: the request or an option cannot
    /// be used, or a part of the bundle cannot be read. None of them is an allow.
    pub fn authorize(
        &self,
        request: &Value,
        as_of: &str,
        mut options: serde_json::Map<String, Value>,
    ) -> Result<Vec<u8>, PluginError> {
        options.insert("op".to_owned(), "authorize".into());
        options.insert("as_of".to_owned(), as_of.into());
        options.insert("request".to_owned(), request.clone());
        self.answer(&Value::Object(options))
    }

    fn answer(&self, request: &Value) -> Result<Vec<u8>, PluginError> {
        let response = self.run(Request::new(request))?;
        // The report's bytes are handed on as they are: parsing them would not give the same bytes back.
        response
            .strip_prefix(br#"{"ok":"#.as_slice())
            .and_then(|rest| rest.strip_suffix(b"}"))
            .map(<[u8]>::to_vec)
            .ok_or_else(|| refused(&response))
    }

    /// The report in one of the formats of the command line.
    ///
    /// # Errors
    ///
    /// As for [`Self::check`], and [`PluginError::Refused`] for a format that does not exist.
    pub fn render(&self, as_of: &str, format: &str) -> Result<String, PluginError> {
        self.text(&json!({ "op": "render", "as_of": as_of, "format": format }))
    }

    /// The answer to a request for text.
    fn text(&self, request: &Value) -> Result<String, PluginError> {
        let response = self.run(Request::new(request))?;
        match serde_json::from_slice::<Value>(&response) {
            Ok(Value::Object(mut object)) => match object.remove("ok") {
                Some(Value::String(text)) => Ok(text),
                _ => Err(refused(&response)),
            },
            _ => Err(refused(&response)),
        }
    }

    /// Waits for an idle worker and has it carry the request out.
    fn run(&self, request: Request) -> Result<Vec<u8>, PluginError> {
        let mut idle = self
            .returned
            .wait_while(lock(&self.idle), |idle| idle.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let Some(worker) = idle.pop() else {
            return Err(PluginError::Host("no worker is idle".to_owned()));
        };
        drop(idle);
        let answer = worker.run(request);
        // A worker that died of a defect of ours is replaced; if even that fails its slot must not be lost.
        let worker = match &answer {
            Ok(_) => worker,
            Err(WorkerDied) => Worker::start(&self.plugin, &self.bundle).unwrap_or(worker),
        };
        lock(&self.idle).push(worker);
        self.returned.notify_one();
        answer.unwrap_or_else(|WorkerDied| {
            Err(PluginError::Host(
                "the thread of an instance died".to_owned(),
            ))
        })
    }
}

/// The bundle as the pool's user last set it.
#[derive(Debug, Default)]
struct Bundle {
    version: u64,
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    /// `None` once it is removed.
    contents: Option<Arc<[u8]>>,
    /// The bundle's version when it last changed.
    version: u64,
}

/// One request, serialised.
#[derive(Debug)]
struct Request(Vec<u8>);

impl Request {
    fn new(request: &Value) -> Self {
        Self(request.to_string().into_bytes())
    }
}

type Reply = Result<Vec<u8>, PluginError>;

/// A thread with a stack that fits, and the instance that lives on it.
#[derive(Debug)]
struct Worker {
    jobs: Option<Sender<(Request, Sender<Reply>)>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

struct WorkerDied;

impl Worker {
    fn start(plugin: &Plugin, bundle: &Arc<Mutex<Bundle>>) -> Result<Self, PluginError> {
        let mut desk = Desk {
            plugin: plugin.clone(),
            bundle: Arc::clone(bundle),
            seat: None,
        };
        let (jobs, inbox) = mpsc::channel::<(Request, Sender<Reply>)>();
        let thread = std::thread::Builder::new()
            .name("portcullis-plugin".to_owned())
            .stack_size(WASM_STACK_BYTES + HOST_STACK_BYTES)
            .spawn(move || {
                for (request, reply) in inbox {
                    // Nobody may be waiting any more, which is no fault.
                    let _ = reply.send(desk.run(&request));
                }
            })
            .map_err(|e| PluginError::Host(e.to_string()))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    fn run(&self, request: Request) -> Result<Reply, WorkerDied> {
        let (reply, answer) = mpsc::channel();
        let jobs = self.jobs.as_ref().ok_or(WorkerDied)?;
        jobs.send((request, reply)).map_err(|_| WorkerDied)?;
        answer.recv().map_err(|_| WorkerDied)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // If it panicked, its caller was told.
            let _ = thread.join();
        }
    }
}

/// What a worker's thread owns.
struct Desk {
    plugin: Plugin,
    bundle: Arc<Mutex<Bundle>>,
    seat: Option<Seat>,
}

/// An instance and how far it has followed the bundle.
struct Seat {
    instance: Instance,
    version: u64,
    calls: u32,
}

impl Desk {
    /// Brings the instance up to date, makes the call, and keeps the instance if it is still sound.
    fn run(&mut self, request: &Request) -> Reply {
        let mut seat = match self.seat.take() {
            Some(seat) => seat,
            None => Seat {
                instance: Instance::new(&self.plugin)?,
                version: 0,
                calls: 0,
            },
        };
        let changes = {
            let bundle = lock(&self.bundle);
            let changes = seat.changes(&bundle);
            seat.version = bundle.version;
            changes
        };
        for change in changes {
            let response = seat.instance.handle(&change.0)?;
            if !response.starts_with(br#"{"ok":"#) {
                return Err(refused(&response));
            }
        }
        let response = seat.instance.handle(&request.0)?;
        seat.calls += 1;
        if seat.calls < self.plugin.options.calls_per_instance {
            self.seat = Some(seat);
        }
        Ok(response)
    }
}

impl Seat {
    fn changes(&self, bundle: &Bundle) -> Vec<Request> {
        bundle
            .files
            .iter()
            .filter(|(_, file)| file.version > self.version)
            .filter_map(|(path, file)| match &file.contents {
                Some(contents) => Some(set_file(path, contents)),
                // A fresh instance never had it.
                None if self.version == 0 => None,
                // An instance may have missed the file's whole life, and removing nothing is refused.
                None => Some(json!([
                    { "op": "set_file", "path": path, "text": "" },
                    { "op": "remove_file", "path": path },
                ]))
                .map(|requests| json!({ "op": "batch", "requests": requests })),
            })
            .map(|request| Request::new(&request))
            .collect()
    }
}

fn compare<'f>(base: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Value {
    json!({ "op": "compare", "base": files(base) })
}

fn tier<'f>(base: impl IntoIterator<Item = (&'f str, &'f [u8])>, as_of: &str) -> Value {
    json!({ "op": "tier", "as_of": as_of, "base": files(base) })
}

/// Another bundle as the protocol takes it.
fn files<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Value {
    files
        .into_iter()
        .map(|(path, contents)| match str::from_utf8(contents) {
            Ok(text) => json!({ "path": path, "text": text }),
            Err(_) => json!({ "path": path, "bytes": BASE64.encode(contents) }),
        })
        .collect()
}

fn set_file(path: &str, contents: &[u8]) -> Value {
    match str::from_utf8(contents) {
        Ok(text) => json!({ "op": "set_file", "path": path, "text": text }),
        Err(_) => json!({ "op": "set_file", "path": path, "bytes": BASE64.encode(contents) }),
    }
}

/// The message of a response that should have been `ok`.
fn refused(response: &[u8]) -> PluginError {
    let message = serde_json::from_slice::<Value>(response)
        .ok()
        .and_then(|value| Some(value.pointer("/error/message")?.as_str()?.to_owned()));
    match message {
        Some(message) => PluginError::Refused(message),
        None => PluginError::InvalidModule("its response is not of the protocol".to_owned()),
    }
}

/// No lock is held while anything that can panic runs, so a poisoned one is still sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
