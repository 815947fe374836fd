//! `cargo xtask build`: the artefacts that are published.
//!
//! - `npm/dist`: the module for browsers and Node with its bindings, and the same module as text
//! - `target/plugin/portcullis_plugin.wasm`: the plugin as a core module without imports
//! - `target/plugin/portcullis_plugin.component.wasm`: the same bytes, wrapped as a component

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::steps::{self, output, step};
use crate::{component, glue, order, sections, sizes};

const TARGET: &str = "wasm32-unknown-unknown";

/// What to leave out.
pub(crate) struct Options {
    /// Whether to leave wasm-opt out.
    pub(crate) fast: bool,
}

pub(crate) fn run(root: &Path, options: Options) -> Result<()> {
    ensure_toolchain(root)?;
    // One call, so that the core is compiled once. The linker arguments are in .cargo/config.toml.
    run_cargo(root)?;
    let built = root.join("target").join(TARGET).join("wasm");

    let dist = root.join("npm/dist");
    let module = dist.join("portcullis_bg.wasm");
    step("bindings for JavaScript", || {
        glue::generate(&built.join("portcullis_js.wasm"), &dist)
    })?;
    optimise(root, &module, &options)?;
    glue::inline(&module, &dist.join("portcullis_bg.base64.mjs"))?;

    let folder = root.join("target/plugin");
    fs::create_dir_all(&folder)?;
    let plugin = folder.join("portcullis_plugin.wasm");
    let bytes = fs::read(built.join("portcullis_plugin.wasm"))?;
    fs::write(&plugin, sections::without_names(&bytes)?)?;
    optimise(root, &plugin, &options)?;
    let wrapped = step("component", || component::wrap(&fs::read(&plugin)?))?;
    let wrapped_at = folder.join("portcullis_plugin.component.wasm");
    fs::write(&wrapped_at, wrapped)?;

    sizes::print(&[&module, &plugin, &wrapped_at])
}

/// What rust-toolchain.toml names, where rustup is told not to install it by itself.
pub(crate) fn ensure_toolchain(root: &Path) -> Result<()> {
    let sysroot = output(root, "rustc", &["--print", "sysroot"])?;
    let lib = Path::new(&sysroot).join("lib/rustlib");
    if !lib.join(TARGET).join("lib").is_dir() {
        steps::run(root, "rustup", &["target", "add", TARGET])?;
    }
    if !lib.join("src/rust/library").is_dir() {
        steps::run(root, "rustup", &["component", "add", "rust-src"])?;
    }
    Ok(())
}

/// Builds both modules, with the standard library compiled for size and panics without messages: that
/// takes a tenth off what browsers load. A panic is a trap either way, and the doors recover from traps.
///
/// These flags are not stable yet; the toolchain is pinned, so that they mean the same everywhere.
fn run_cargo(root: &Path) -> Result<()> {
    steps::run_with(
        root,
        "cargo",
        &[
            "build",
            "-Zbuild-std=std,panic_abort",
            "-Zbuild-std-features=optimize_for_size",
            "--profile",
            "wasm",
            "--target",
            TARGET,
            "-p",
            "portcullis-js",
            "-p",
            "portcullis-plugin",
        ],
        &[
            ("RUSTC_BOOTSTRAP", "1"),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS),
        ],
    )
}

/// In place of those in .cargo/config.toml, whose size of the stack they repeat. Where a panic arose is told
/// to nobody, so the modules need no table of places.
const RUSTFLAGS: &str = "-Clink-arg=-zstack-size=8388608 -Zunstable-options \
    -Cpanic=immediate-abort -Zlocation-detail=none";

fn optimise(root: &Path, module: &Path, options: &Options) -> Result<()> {
    if options.fast {
        return Ok(());
    }
    let program = root.join("npm/node_modules/.bin/wasm-opt");
    ensure!(
        program.is_file(),
        "wasm-opt is not installed: run `npm ci` in npm/, or build with --fast"
    );
    let program = program.to_str().context("the path is not UTF-8")?;
    let module = module.to_str().context("the path is not UTF-8")?;
    // The features are those that Rust's target has by default. Others would shut out runtimes in gateways.
    steps::run(
        root,
        program,
        &[
            // No -O: it takes a tenth off the raw size and adds a tenth to the compressed one.
            "--duplicate-function-elimination",
            "--remove-unused-module-elements",
            "--vacuum",
            "--code-folding",
            "--optimize-instructions",
            "--merge-blocks",
            "--enable-bulk-memory",
            "--enable-mutable-globals",
            "--enable-nontrapping-float-to-int",
            "--enable-reference-types",
            "--enable-multivalue",
            "--enable-sign-ext",
            "-o",
            module,
            module,
        ],
    )?;
    step("functions that are alike side by side", || {
        let ordered = order::alike_together(&fs::read(module)?)?;
        Ok(fs::write(module, ordered)?)
    })
}
