//! The bindings for JavaScript.

use std::fs;
use std::path::Path;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasm_bindgen_cli_support::Bindgen;

/// Writes `portcullis.js` and `portcullis_bg.wasm`. One set serves browsers, bundlers and Node: the
/// package finds the module's bytes and hands them over.
pub(crate) fn generate(module: &Path, folder: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name("portcullis")
        .web(true)?
        .omit_default_module_path(true)
        // How the package gets a fresh instance after a trap.
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .typescript(false)
        .generate(folder)
}

/// Writes the module as a script that exports it in base64.
pub(crate) fn inline(module: &Path, script: &Path) -> Result<()> {
    let text = BASE64.encode(fs::read(module)?);
    fs::write(script, format!("export default \"{text}\";\n"))?;
    Ok(())
}
