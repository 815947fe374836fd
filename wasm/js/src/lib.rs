//! The door for browsers and Node: converts, calls the core, converts back.
//!
//! Reports cross as what changed since the last one, which JavaScript keeps. They and rules cross as the bytes of
//! their JSON, which JavaScript parses: that is faster than building objects one property at a time, and gives the
//! same bytes as every other door. Edits cross as numbers and the inserted text, so that a keystroke does not copy
//! its document.

use portcullis_core::{Answer, Edit, EditRange, Instant, Known, Session, UsageError, render, wire};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A bundle. JavaScript must free it.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Engine {
    session: Session,
    /// What JavaScript has of the last report.
    known: Known,
}

#[wasm_bindgen]
impl Engine {
    /// An empty bundle.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file by its bytes.
    #[wasm_bindgen(js_name = setFile)]
    pub fn set_file(&mut self, path: &str, contents: &[u8]) -> Result<(), JsValue> {
        self.session
            .workspace()
            .set_file(path, contents)
            .map_err(misuse)
    }

    /// Replaces a range that is given in UTF-16 code units.
    #[wasm_bindgen(js_name = editFile)]
    pub fn edit_file(
        &mut self,
        path: &str,
        from: u32,
        to: u32,
        insert: String,
    ) -> Result<(), JsValue> {
        let edit = Edit {
            range: EditRange::Utf16(from, to),
            insert,
        };
        self.session
            .workspace()
            .edit_file(path, &edit)
            .map_err(misuse)
    }

    /// Removes a file.
    #[wasm_bindgen(js_name = removeFile)]
    pub fn remove_file(&mut self, path: &str) -> Result<(), JsValue> {
        self.session.workspace().remove_file(path).map_err(misuse)
    }

    /// The bytes of the JSON of what changed since answer `last`, or of the whole report.
    pub fn check(&mut self, as_of: &str, last: u32) -> Result<Vec<u8>, JsValue> {
        let as_of = Instant::parse(as_of)
            .ok_or_else(|| misuse(UsageError::InvalidInstant(as_of.to_owned())))?;
        let workspace = self.session.workspace();
        let json = match workspace.check_since(as_of, last, &mut self.known) {
            Answer::Changes(changes) => wire::changes::json(&changes),
            Answer::Whole(report) => render::json(&report),
        };
        Ok(json.into_bytes())
    }

    /// Carries out any other request of the plugin's JSON protocol, such as `rules` and `render`.
    pub fn handle(&mut self, request: &[u8]) -> Vec<u8> {
        self.session.handle(request)
    }
}

/// What JavaScript throws where the API was used in a way that it does not allow.
fn misuse(error: UsageError) -> JsValue {
    let thrown = js_sys::Error::new(&error.to_string());
    thrown.set_name("UsageError");
    thrown.into()
}
