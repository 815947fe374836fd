//! Many statements in one call of Cedar's parser, told apart again afterwards.
//!
//! Cedar's lexer builds its automaton anew in every call, which takes longer than to lex and parse a usual
//! statement. What comes out is what [`parse`](super::parse) gives for each statement alone: its tree is moved
//! to its own text, and whatever is not plain sailing is parsed alone.

use std::sync::Arc;

use cedar_policy_core::parser::err::ParseErrors;
use cedar_policy_core::parser::{Node, cst, text_to_cst};

use super::relocate::relocate;
use super::{Parsed, finish};
use crate::cedar::parse_errors::cedar_label;
use crate::source::{TokenKind, tokens};

/// How many bytes are parsed in one call: enough that the automaton no longer counts, and few enough that the
/// trees, a hundred times as large as the text, and a second try are no matter.
const BATCH: usize = 16 << 10;

/// How often a batch is tried, each time without the statements that Cedar found errors in.
const TRIES: usize = 4;

/// What [`parse`](super::parse) gives for each statement, where that is known from parsing several together.
pub(super) fn parse_together(texts: &[Arc<str>]) -> Vec<Option<Result<Parsed, Box<ParseErrors>>>> {
    let mut results = Vec::new();
    results.resize_with(texts.len(), || None);
    let mut batch = Vec::new();
    let mut bytes = 0;
    for (text, result) in texts.iter().zip(&mut results) {
        if !is_separable(text) {
            continue;
        }
        if bytes + text.len() > BATCH {
            parse_batch(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += text.len();
        batch.push(Member {
            text,
            start: 0,
            result,
        });
    }
    parse_batch(batch);
    results
}

/// Whether the tokens of a statement are the same and its end is its own, whatever text stands before and
/// behind it. Most tokens that Cedar does not have are told here too: it reads no further than the first.
fn is_separable(text: &str) -> bool {
    let mut last = None;
    for token in tokens(text) {
        match token.kind {
            TokenKind::Blank | TokenKind::Comment => {}
            TokenKind::Unknown
            | TokenKind::UnterminatedString
            | TokenKind::Punct(b'#' | b'$' | b'\'' | b'\\' | b'^' | b'`' | b'~') => return false,
            kind => last = Some(kind),
        }
    }
    last == Some(TokenKind::Punct(b';'))
}

/// A statement of a batch.
struct Member<'a> {
    text: &'a Arc<str>,
    /// Where it stands in the text of the batch.
    start: usize,
    result: &'a mut Option<Result<Parsed, Box<ParseErrors>>>,
}

/// Parses statements as one text. Those that get no result have to be parsed alone.
fn parse_batch(mut members: Vec<Member<'_>>) {
    for _ in 0..TRIES {
        if members.len() < 2 {
            return;
        }
        let mut source = String::new();
        for member in &mut members {
            member.start = source.len();
            source.push_str(member.text);
            // Ends a comment at the statement's end.
            source.push('\n');
        }
        match text_to_cst::parse_policies(&source) {
            Ok(list) => {
                hand_out(list.node.map_or_else(Vec::new, |list| list.0), members);
                return;
            }
            Err(errors) => without_faulty(&mut members, &errors),
        }
    }
}

fn hand_out(nodes: Vec<Node<Option<cst::Policy>>>, members: Vec<Member<'_>>) {
    // Should a tree reach over the border of its statement, no statement can be told from the text of another.
    let told_apart = nodes.len() == members.len()
        && nodes.iter().zip(&members).all(|(node, member)| {
            node.loc().is_some_and(|loc| {
                member.start <= loc.start() && loc.end() <= member.start + member.text.len()
            })
        });
    if told_apart {
        for (mut node, member) in nodes.into_iter().zip(members) {
            relocate(&mut node, member.start, member.text);
            *member.result = Some(finish(&node, member.text));
        }
    }
}

/// Takes out the statements in which errors lie, or all where it is not known which.
fn without_faulty(members: &mut Vec<Member<'_>>, errors: &ParseErrors) {
    let mut faulty = Vec::new();
    for error in errors.iter() {
        let Some((at, ..)) = cedar_label(error) else {
            members.clear();
            return;
        };
        faulty.push(members.partition_point(|member| member.start <= at));
    }
    let mut number = 0;
    members.retain(|_| {
        number += 1;
        !faulty.contains(&number)
    });
}
