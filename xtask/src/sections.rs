//! Taking the names out of a module.

use anyhow::Result;
use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload};

/// The module without its names and the record of the tools that made it. Everything else stays byte for
/// byte, above all the section in which the module says what component it is.
pub(crate) fn without_names(module: &[u8]) -> Result<Vec<u8>> {
    let mut kept = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::CustomSection(section) = &payload
            && matches!(section.name(), "name" | "producers")
        {
            continue;
        }
        if let Some((id, range)) = payload.as_section()
            && let Some(data) =
                module.get(usize::try_from(range.start)?..usize::try_from(range.end)?)
        {
            kept.section(&RawSection { id, data });
        }
    }
    Ok(kept.finish())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::borrow::Cow;

    use wasm_encoder::{CustomSection, Module};

    use super::without_names;

    fn module(sections: &[&'static str]) -> Vec<u8> {
        let mut module = Module::new();
        for name in sections {
            module.section(&CustomSection {
                name: Cow::Borrowed(name),
                data: Cow::Borrowed(&[1, 2, 3]),
            });
        }
        module.finish()
    }

    #[test]
    fn only_names_and_producers_go() {
        let all = module(&["component-type:x", "name", "target_features", "producers"]);
        let kept = module(&["component-type:x", "target_features"]);
        assert_eq!(without_names(&all).unwrap(), kept);
    }
}
