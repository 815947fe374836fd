//! The outline of Cedar's schema syntax.

use super::{Decl, Field, Kind, Outline, Ref, RefKind};
use crate::source::{Span, Token, TokenKind, tokens};

/// Nesting that is still outlined. The caller's limit is the same or lower.
const MAX_DEPTH: u32 = 64;

pub(super) fn outline(text: &str) -> Outline {
    let mut scan = Scan {
        text,
        tokens: tokens(text)
            .filter(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Comment))
            .collect(),
        at: 0,
        out: Outline::default(),
        decl: 0,
    };
    scan.file();
    scan.out
}

struct Scan<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    out: Outline,
    /// The declaration being read, by index.
    decl: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn word(&self) -> &'a str {
        self.peek().map_or("", |t| t.span.text(self.text))
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        self.at += usize::from(found);
        found
    }

    /// Reads declarations to the end of the text; every turn of the loop passes at least one token.
    fn file(&mut self) {
        let mut namespace = String::new();
        while let Some(first) = self.peek() {
            let from = self.at;
            self.annotations();
            match self.word() {
                "namespace" => {
                    self.at += 1;
                    let (name, span) = self.path();
                    self.declare(Kind::Namespace, "", name.clone(), span);
                    if self.eat("{") {
                        namespace = name;
                    }
                    continue;
                }
                "}" => {
                    namespace.clear();
                    self.at += 1;
                    continue;
                }
                "external" => {
                    self.at += 1;
                    self.statement(&namespace);
                }
                _ => self.statement(&namespace),
            }
            if self.at == from {
                self.at += 1;
            }
            let last = self.tokens.get(self.at.saturating_sub(1));
            let end = last.map_or(first.span.end, |t| t.span.end);
            self.out.statements.push(Span::new(first.span.start, end));
        }
    }

    /// One declaration and everything up to its semicolon, or to the brace that closes its namespace.
    fn statement(&mut self, namespace: &str) {
        match self.word() {
            "entity" => {
                self.at += 1;
                self.entity(namespace);
            }
            "action" => {
                self.at += 1;
                self.action(namespace);
            }
            "type" => {
                self.at += 1;
                let (name, span) = self.name();
                let decl = self.declare(Kind::Common, namespace, name, span);
                self.eat("=");
                let fields = self.ty(0);
                self.set_fields(decl..decl + 1, &fields);
            }
            _ => {}
        }
        let mut depth = 0_u32;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Punct(b';') if depth == 0 => {
                    self.at += 1;
                    return;
                }
                TokenKind::Punct(b'}') if depth == 0 => return,
                // The next declaration begins although this one was not ended.
                TokenKind::Ident if depth == 0 && self.starts_declaration() => return,
                TokenKind::Punct(b'{') => depth += 1,
                TokenKind::Punct(b'}') => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn starts_declaration(&self) -> bool {
        let followed_by_name = matches!(
            self.tokens.get(self.at + 1).map(|t| t.kind),
            Some(TokenKind::Ident | TokenKind::String)
        );
        followed_by_name && matches!(self.word(), "entity" | "action" | "type" | "namespace")
    }

    fn entity(&mut self, namespace: &str) {
        let from = self.out.decls.len();
        self.names(Kind::Entity, namespace);
        let all = from..self.out.decls.len();
        if self.eat("enum") {
            return;
        }
        if self.eat("in") {
            self.types();
        }
        self.eat("=");
        if self.word() == "{" {
            let fields = self.ty(0);
            self.set_fields(all, &fields);
        }
        if self.eat("tags") {
            self.ty(0);
        }
    }

    fn action(&mut self, namespace: &str) {
        let from = self.out.decls.len();
        self.names(Kind::Action, namespace);
        let all = from..self.out.decls.len();
        if self.eat("in") {
            let list = self.eat("[");
            while let Some((id, span)) = self.action_ref() {
                self.refer(RefKind::Action, id, span);
                if !list || !self.eat(",") {
                    break;
                }
            }
            if list {
                self.eat("]");
            }
        }
        if self.eat("appliesTo") && self.eat("{") {
            loop {
                match self.word() {
                    "principal" | "resource" => {
                        self.at += 1;
                        self.eat(":");
                        self.types();
                    }
                    "context" => {
                        self.at += 1;
                        self.eat(":");
                        let fields = self.ty(0);
                        self.set_fields(all.clone(), &fields);
                    }
                    _ => break,
                }
                if !self.eat(",") {
                    break;
                }
            }
            self.eat("}");
        }
        if self.eat("attributes") && self.eat("{") {
            self.eat("}");
        }
    }

    /// `A`, `"a b"` and so on, separated by commas.
    fn names(&mut self, kind: Kind, namespace: &str) {
        loop {
            let (name, span) = self.name();
            if span.is_empty() {
                return;
            }
            self.declare(kind, namespace, name, span);
            if !self.eat(",") {
                return;
            }
        }
    }

    /// `T` or `[T, U]`.
    fn types(&mut self) {
        if !self.eat("[") {
            self.ty(0);
            return;
        }
        while !matches!(self.word(), "]" | "") {
            let before = self.at;
            self.ty(0);
            self.eat(",");
            if self.at == before {
                return;
            }
        }
        self.eat("]");
    }

    /// A type; its fields where it is a record or a set of records.
    fn ty(&mut self, depth: u32) -> Vec<Field> {
        let is_set = self.word() == "Set"
            && self.tokens.get(self.at + 1).map(|t| t.kind) == Some(TokenKind::Punct(b'<'));
        if is_set && depth < MAX_DEPTH {
            self.at += 2;
            let fields = self.ty(depth + 1);
            self.eat(">");
            return fields;
        }
        if self.word() == "{" && depth < MAX_DEPTH {
            self.at += 1;
            return self.fields(depth);
        }
        let (name, span) = self.path();
        if !span.is_empty() {
            self.refer(RefKind::Type, name, span);
        }
        Vec::new()
    }

    fn fields(&mut self, depth: u32) -> Vec<Field> {
        let mut fields = Vec::new();
        loop {
            self.annotations();
            let (name, span) = self.name();
            if span.is_empty() {
                break;
            }
            self.eat("?");
            self.eat(":");
            fields.push(Field {
                name,
                span,
                fields: self.ty(depth + 1),
            });
            if !self.eat(",") {
                break;
            }
        }
        self.eat("}");
        fields
    }

    fn annotations(&mut self) {
        while self.eat("@") {
            self.at += 1;
            if self.eat("(") {
                self.at += 1;
                self.eat(")");
            }
        }
    }

    /// An identifier or a string; an empty span where there is neither.
    fn name(&mut self) -> (String, Span) {
        match self.peek() {
            Some(token) if token.kind == TokenKind::Ident => {
                self.at += 1;
                (token.span.text(self.text).to_owned(), token.span)
            }
            Some(token) if token.kind == TokenKind::String => {
                self.at += 1;
                (unquote(token.span.text(self.text)), token.span)
            }
            _ => (String::new(), Span::default()),
        }
    }

    /// `A::B`; an empty span where there is no identifier.
    fn path(&mut self) -> (String, Span) {
        let Some(first) = self.peek().filter(|t| t.kind == TokenKind::Ident) else {
            return (String::new(), Span::default());
        };
        let mut name = first.span.text(self.text).to_owned();
        let mut span = first.span;
        self.at += 1;
        while let Some([a, b, id]) = self.tokens.get(self.at..self.at + 3)
            && [a.kind, b.kind, id.kind]
                == [
                    TokenKind::Punct(b':'),
                    TokenKind::Punct(b':'),
                    TokenKind::Ident,
                ]
        {
            name.push_str("::");
            name.push_str(id.span.text(self.text));
            span = span.cover(id.span);
            self.at += 3;
        }
        (name, span)
    }

    /// `view`, `"view"` or `App::Action::"view"`, as the id and the whole span.
    fn action_ref(&mut self) -> Option<(String, Span)> {
        let (path, span) = self.path();
        if span.is_empty() {
            return Some(self.name()).filter(|(_, span)| !span.is_empty());
        }
        if self.word() == ":" {
            self.at += 2;
            let (id, id_span) = self.name();
            return Some((id, span.cover(id_span)));
        }
        Some((path, span))
    }

    fn declare(&mut self, kind: Kind, namespace: &str, name: String, span: Span) -> usize {
        self.decl = self.out.decls.len();
        self.out.decls.push(Decl {
            kind,
            namespace: namespace.to_owned(),
            name,
            span,
            fields: Vec::new(),
        });
        self.decl
    }

    fn set_fields(&mut self, decls: std::ops::Range<usize>, fields: &[Field]) {
        for decl in self.out.decls.get_mut(decls).unwrap_or_default() {
            decl.fields = fields.to_vec();
        }
    }

    fn refer(&mut self, kind: RefKind, text: String, span: Span) {
        self.out.refs.push(Ref {
            kind,
            text,
            span,
            decl: self.decl,
        });
    }
}

fn unquote(literal: &str) -> String {
    let inner = literal
        .strip_prefix('"')
        .and_then(|s| s.strip_suffix('"'))
        .unwrap_or(literal);
    cedar_policy_core::parser::unescape::to_unescaped_string(inner)
        .map_or_else(|_| inner.to_owned(), |s| s.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        outline(text).decls.iter().map(Decl::full_name).collect()
    }

    #[test]
    fn every_declaration_is_named() {
        let text = r#"
            namespace A::B { @doc("x") entity U, V in [G] = { "a b"?: Set<{ n: Long }> } tags String;
            action "do it", go in ["all", X::Action::"y"] appliesTo { principal: U, resource: [U, V], context: Ctx };
            type Ctx = { ok: Bool }; }
            external entity E; entity G enum ["x"]; action all;"#;
        assert_eq!(
            names(text),
            [
                "A::B",
                "A::B::U",
                "A::B::V",
                "A::B::Action::\"do it\"",
                "A::B::Action::\"go\"",
                "A::B::Ctx",
                "E",
                "G",
                "Action::\"all\""
            ]
        );
        let out = outline(text);
        let refs: Vec<_> = out.refs.iter().map(|r| r.text.as_str()).collect();
        assert_eq!(
            refs,
            [
                "G", "Long", "String", "all", "y", "U", "U", "V", "Ctx", "Bool"
            ]
        );
        let nested = out.decls.get(1).and_then(|d| d.fields.first());
        assert_eq!(
            nested.map(|f| (f.name.as_str(), f.fields.len())),
            Some(("a b", 1))
        );
    }

    #[test]
    fn broken_text_is_outlined_as_far_as_it_goes() {
        for text in [
            "entity",
            "entity ;",
            "namespace",
            "type = ;",
            "@",
            "}}}{",
            "action \"a",
        ] {
            outline(text);
        }
        assert_eq!(
            names("entity A = { x: } ; entity B; oops entity C;"),
            ["A", "B", "C"]
        );
    }

    #[test]
    fn statements_cover_declarations_and_not_namespaces() {
        let text = "namespace N { entity A; @x entity B } entity C;";
        let out = outline(text);
        let statements: Vec<_> = out.statements.iter().map(|s| s.text(text)).collect();
        assert_eq!(statements, ["entity A;", "@x entity B", "entity C;"]);
    }
}
