//! The plugin: the module through the host's pool, and the component through wasmtime alone.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use portcullis_core::render::{ChangeFormat, GateFormat, TierFormat};
use portcullis_host::plugin::{Options, Plugin, PluginError, PluginPool};
use portcullis_tests::component::{self, with_stack};
use serde_json::{Value, json};

use crate::bundles::Bundle;
use crate::{
    AS_OF, Answer, CHANGE, PROBE, authorize_requests, compare_requests, formats, test_requests,
};

/// The answers of one pool with one instance, which every bundle passes through.
pub(crate) fn module(bundles: &[Bundle]) -> Vec<Answer> {
    let pool = pool(Options {
        instances: 1,
        // The largest bundle is over every limit, and a slow machine is no failure.
        memory_bytes: 512 << 20,
        deadline: Duration::from_secs(120),
        ..Options::default()
    });
    bundles
        .iter()
        .map(|bundle| {
            for (path, contents) in &bundle.files {
                pool.set_file(path, contents);
            }
            let json = check(&pool);
            let renders = formats(bundle)
                .map(|format| {
                    let text = pool.render(AS_OF, format.as_str()).unwrap();
                    (format.as_str().to_owned(), text)
                })
                .collect();
            let tests = test_requests(bundle)
                .into_iter()
                .map(|(format, request)| {
                    let answer = pool.test(AS_OF, request).unwrap();
                    (format, serde_json::from_slice(&answer).unwrap())
                })
                .collect();
            let mut compared: BTreeMap<String, String> = BTreeMap::new();
            if bundle.tested() {
                let base = [(PROBE.0, PROBE.1.as_bytes())];
                for format in ChangeFormat::ALL.map(ChangeFormat::as_str) {
                    let text = pool.render_change(base, format).unwrap();
                    compared.insert(format!("compare {format}"), text);
                }
                for format in TierFormat::ALL.map(TierFormat::as_str) {
                    let text = pool.render_tier(base, AS_OF, format).unwrap();
                    compared.insert(format!("tier {format}"), text);
                }
                let gate = |options: Value| {
                    let options = options.as_object().unwrap().clone();
                    pool.gate(base, CHANGE, AS_OF, options).unwrap()
                };
                for format in GateFormat::ALL.map(GateFormat::as_str) {
                    let text = serde_json::from_slice(&gate(json!({ "format": format }))).unwrap();
                    compared.insert(format!("gate {format}"), text);
                }
                for (named, asked) in authorize_requests(bundle) {
                    let options = json!({ "approvals": asked.get("approvals") });
                    let options = options.as_object().unwrap().clone();
                    let text = match pool.authorize(asked.get("request").unwrap(), AS_OF, options) {
                        Ok(answer) => String::from_utf8(answer).unwrap(),
                        Err(PluginError::Refused(why)) => format!("error: {why}"),
                        Err(other) => panic!("{other}"),
                    };
                    compared.insert(named, text);
                }
                let text = |bytes| String::from_utf8(bytes).unwrap();
                let json = |of: &str| compared.get(&format!("{of} json")).unwrap().trim_end();
                assert_eq!(json("compare"), text(pool.compare(base).unwrap()));
                assert_eq!(json("tier"), text(pool.tier(base, AS_OF).unwrap()));
                assert_eq!(json("gate"), text(gate(json!({}))));
            }
            for (path, _) in &bundle.files {
                pool.remove_file(path);
            }
            pool.set_file(PROBE.0, PROBE.1.as_bytes());
            let after = check(&pool);
            pool.remove_file(PROBE.0);
            Answer {
                name: bundle.name.clone(),
                json,
                renders,
                tests,
                compared,
                after,
            }
        })
        .collect()
}

/// The answers of one instance of the component, which every bundle passes through.
pub(crate) fn component(bundles: &'static [Bundle]) -> Vec<Answer> {
    with_stack(move || {
        let mut instance = ComponentInstance(component::Instance::new());
        bundles
            .iter()
            .map(|bundle| instance.answer(bundle))
            .collect()
    })
}

/// An instance whose memory cannot hold a bundle stops; the pool's next call gets another.
pub(crate) fn runs_out_of_memory_and_recovers() {
    let pool = pool(Options {
        instances: 1,
        memory_bytes: 16 << 20,
        ..Options::default()
    });
    pool.set_file(PROBE.0, PROBE.1.as_bytes());
    let before = check(&pool);
    pool.set_file("large.cedar", "// a comment\n".repeat(1 << 19).as_bytes());
    let stopped = pool.check(AS_OF);
    assert_eq!(stopped, Err(PluginError::Memory(16 << 20)));
    pool.remove_file("large.cedar");
    assert_eq!(check(&pool), before);
}

fn pool(options: Options) -> PluginPool {
    let plugin = Plugin::compile(&component::module_bytes(), options).unwrap();
    PluginPool::new(&plugin).unwrap()
}

fn check(pool: &PluginPool) -> String {
    String::from_utf8(pool.check(AS_OF).unwrap()).unwrap()
}

struct ComponentInstance(component::Instance);

impl ComponentInstance {
    fn answer(&mut self, bundle: &Bundle) -> Answer {
        for (path, contents) in &bundle.files {
            let contents = BASE64.encode(contents);
            self.ask(&json!({ "op": "set_file", "path": path, "bytes": contents }));
        }
        let check = json!({ "op": "check", "as_of": AS_OF });
        let json = self.ask(&check);
        let renders = formats(bundle)
            .map(|format| {
                let format = format.as_str();
                let request = json!({ "op": "render", "as_of": AS_OF, "format": format });
                let text: String = serde_json::from_str(&self.ask(&request)).unwrap();
                (format.to_owned(), text)
            })
            .collect();
        let tests = test_requests(bundle)
            .into_iter()
            .map(|(format, request)| {
                let text = serde_json::from_str(&self.ask(&request.into())).unwrap();
                (format, text)
            })
            .collect();
        let mut compared: BTreeMap<String, String> = compare_requests(bundle)
            .into_iter()
            .map(|(format, request)| {
                let text = serde_json::from_str(&self.ask(&request)).unwrap();
                (format, text)
            })
            .collect();
        compared.extend(authorize_requests(bundle).map(|(named, request)| {
            let text = self.ask_or_be_refused(&request);
            (named, text.unwrap_or_else(|why| format!("error: {why}")))
        }));
        for (path, _) in &bundle.files {
            self.ask(&json!({ "op": "remove_file", "path": path }));
        }
        self.ask(&json!({ "op": "set_file", "path": PROBE.0, "text": PROBE.1 }));
        let after = self.ask(&check);
        self.ask(&json!({ "op": "remove_file", "path": PROBE.0 }));
        Answer {
            name: bundle.name.clone(),
            json,
            renders,
            tests,
            compared,
            after,
        }
    }

    /// The text of what is `ok` in the response.
    fn ask(&mut self, request: &Value) -> String {
        self.ask_or_be_refused(request).unwrap()
    }

    /// The same, or why the request was refused.
    fn ask_or_be_refused(&mut self, request: &Value) -> Result<String, String> {
        let response = self.0.handle(request.to_string().as_bytes());
        let response = String::from_utf8(response).unwrap();
        let ok = response.strip_prefix(r#"{"ok":"#);
        match ok.and_then(|rest| rest.strip_suffix('}')) {
            Some(answer) => Ok(answer.to_owned()),
            None => {
                let value: Value = serde_json::from_str(&response).unwrap();
                let why = value.pointer("/error/message").and_then(Value::as_str);
                Err(why.unwrap_or_else(|| panic!("{response}")).to_owned())
            }
        }
    }
}
