//! The plugin as a component.

use anyhow::Result;
use wit_component::ComponentEncoder;

/// Wraps the plugin, which says in a section of its own what world it is written for. No adapter is
/// needed, since it imports nothing.
pub(crate) fn wrap(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .encode()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use wasmparser::{Parser, Payload};
    use wit_component::{StringEncoding, embed_component_metadata};
    use wit_parser::Resolve;

    use super::wrap;

    /// The exports that the plugin's host calls without a component runtime.
    const EXPORTS: &str = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
        (func (export "cabi_post_portcullis:plugin/engine@0.1.0#handle") (param i32))
        (func (export "portcullis:plugin/engine@0.1.0#handle") (param i32 i32) (result i32)
            i32.const 0))"#;

    #[test]
    fn the_raw_exports_are_those_of_the_world_and_need_no_import() {
        let mut resolve = Resolve::default();
        let (package, _) = resolve
            .push_path(crate::repository().join("wasm/plugin/wit"))
            .unwrap();
        let world = resolve.select_world(&[package], Some("plugin")).unwrap();
        let mut module = wat::parse_str(EXPORTS).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .unwrap();
        let component = wrap(&module).unwrap();
        // wit-component makes an inner component that imports the function from its own parent; what a
        // host sees are the imports of the outermost.
        let mut depth = 0;
        let mut imports = 0;
        for payload in Parser::new(0).parse_all(&component) {
            match payload.unwrap() {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(_) if depth == 0 => imports += 1,
                _ => {}
            }
        }
        assert_eq!(imports, 0);
    }
}
