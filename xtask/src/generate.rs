//! `cargo xtask generate`: files that repeat what the Rust definitions say, for readers and tools that
//! cannot read those.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use portcullis_core::{render, wire};

/// Each file and what should be in it.
fn files() -> Vec<(&'static str, String)> {
    vec![
        ("docs/checks.md", render::docs_checks()),
        ("docs/tiers.md", render::docs_tiers()),
        ("npm/src/wire.d.ts", wire::typescript()),
    ]
}

/// Writes them all.
pub(crate) fn write(root: &Path) -> Result<()> {
    for (path, text) in files() {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Fails where one is not what [`write`] would write.
pub(crate) fn check(root: &Path) -> Result<()> {
    let stale: Vec<_> = files()
        .into_iter()
        .filter(|(path, text)| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    if !stale.is_empty() {
        bail!(
            "out of date, run `cargo xtask generate`: {}",
            stale.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_in_the_repository_are_up_to_date() {
        let checked = check(&crate::repository());
        assert!(checked.is_ok(), "{checked:?}");
    }
}
