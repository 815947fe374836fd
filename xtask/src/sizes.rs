//! How large the artefacts are on disk and on the wire.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Bytes raw, as `gzip -9` and as `brotli -q 11`.
pub(crate) struct Sizes {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

pub(crate) fn of(file: &Path) -> Result<Sizes> {
    let bytes = fs::read(file)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes)?;
    let mut brotli = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &parameters)?;
    Ok(Sizes {
        raw: bytes.len(),
        gzip: gzip.finish()?.len(),
        brotli: brotli.len(),
    })
}

/// Prints a line for each file.
pub(crate) fn print(files: &[&Path]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for file in files {
        let Sizes { raw, gzip, brotli } = of(file)?;
        writeln!(
            out,
            "{:<36} {raw:>9} raw {gzip:>9} gzip {brotli:>9} brotli",
            file.file_name().unwrap_or_default().to_string_lossy(),
        )?;
    }
    Ok(())
}
