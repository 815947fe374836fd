//! The door for gateways and other hosts of WebAssembly.
//!
//! It is a core module without imports. A host with a component runtime wraps or loads it as a
//! component of the world `portcullis:plugin/plugin`; any other host calls the same exports through the
//! canonical ABI. There is no logic here: [`Session`] carries out the requests.

use std::cell::RefCell;

use portcullis_core::Session;

wit_bindgen::generate!({ path: "wit", world: "plugin" });

struct Door;

thread_local! {
    // The instance is the workspace. Nothing re-enters: the module imports nothing it could be called from.
    static SESSION: RefCell<Session> = RefCell::default();
}

impl exports::portcullis::plugin::engine::Guest for Door {
    fn handle(request: Vec<u8>) -> Vec<u8> {
        SESSION.with_borrow_mut(|session| session.handle(&request))
    }
}

export!(Door);
