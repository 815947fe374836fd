//! Instructions to a language model in a comment or an annotation.

use std::sync::LazyLock;

use regex::Regex;

use super::{Check, Run, TextContext};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::source::Span;
use crate::analysis::wording::{Role, role};

static RULE: Rule = Rule {
    code: "prompt-injection-text",
    severity: Severity::High,
    summary: "a comment or an annotation gives instructions to a language model",
    why: "whoever reviews or explains policies with a model hands it this text, and the text tries to steer what the model says",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["ASI01", "ASI06", "ASI09"],
    page: include_str!("prompt_injection_text.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Text(run),
};

/// Words may be apart by blanks, line breaks and the slashes of comments.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let phrases = [
        // Overriding what the model was told.
        r"(?:ignore|disregard|forget|override|bypass) (?:(?:all|any|every|the|your|my|of|these|those) ){0,3}(?:previous|prior|above|preceding|earlier|former|existing|system|original) (?:instructions?|prompts?|rules|guidelines|directions|directives|messages|context)",
        r"(?:ignore|disregard|forget) (?:everything|all|anything) (?:above|before|you were told|you have been told)",
        r"(?:reveal|print|repeat|output|show me) (?:your|the) (?:system|hidden|initial) (?:prompt|instructions)",
        // Giving it a part to play.
        r"you are (?:now )?(?:an?|the) (?:(?:helpful|expert|senior|unrestricted|friendly) )*(?:ai|assistant|language model|llm|chatbot|reviewer|approver|policy (?:reviewer|engine|assistant))",
        r"(?:as|if you are|when you are) an? (?:ai|llm|language model|ai (?:assistant|reviewer|agent|model))",
        r"(?:dear |hey |note to |attention |to (?:the |any )?)(?:ai|llm|chatgpt|claude|copilot|gemini|language model|model reviewer|ai (?:assistant|reviewer|agent|model|tool))s?\b",
        // Dictating the verdict.
        r"(?:ai|llm|model|automated|assistant) (?:reviewers?|agents?|assistants?|models?|tools?) (?:must|should|shall|may|can|need to) (?:not )?(?:approve|accept|allow|ignore|skip|report|rate|classify|treat|flag|mark)",
        r"(?:rate|classify|mark|score|tier|treat|label|assess) (?:this|the) (?:policy|change|permit|grant|request|statement|diff) as (?:safe|low|auto|approved|harmless|benign|compliant|low[ -]risk)",
        r"(?:do not|don't|never) (?:report|flag|mention|tell|reveal|disclose|alert|show) (?:this|these|it|the user|the reviewer|anyone|the human|any findings?|about this)",
        r"(?:always )?(?:approve|accept) this (?:policy|change|request|pull request|permit) (?:immediately|automatically|without|now|regardless)",
    ];
    let markers = [
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>",
        r"\[/?INST\]",
        r"<</?SYS>>",
        r"</?(?:system|assistant)(?:[_-]prompt)?>",
        r"#{2,3} ?(?:system|instructions?|assistant) ?:",
        r"\bBEGIN (?:SYSTEM )?(?:PROMPT|INSTRUCTIONS)\b",
    ];
    let phrases = phrases.map(|phrase| format!(r"\b{}", phrase.replace(' ', r"[\s/*_]+")));
    Regex::new(&format!("(?i-u){}|{}", phrases.join("|"), markers.join("|"))).ok()
});

fn run(cx: &TextContext<'_>, out: &mut Vec<Finding>) {
    for (part, what) in parts(cx) {
        let text = part.text(cx.text);
        // Every phrase has several words, and every marker one of these. An id is not worth the pattern.
        if text.len() < 8 || !text.contains(|c: char| c.is_whitespace() || "/*_<[#".contains(c)) {
            continue;
        }
        let Some(pattern) = PATTERN.as_ref() else {
            return;
        };
        if let Some(found) = pattern.find(text) {
            out.push(Finding::new(
                &RULE,
                Span::from_usize(found.start(), found.end()).offset(part.start),
                format!("this {what} speaks to a language model"),
                "remove it, and find out who wrote it; a policy's text is for people and for Cedar",
            ));
        }
    }
}

/// Comments, those in lines below each other as one, and the values of annotations.
fn parts(cx: &TextContext<'_>) -> Vec<(Span, &'static str)> {
    let mut parts: Vec<(Span, &'static str)> = Vec::new();
    for comment in cx.comments {
        match parts.last_mut() {
            Some((last, _)) if Span::new(last.end, comment.start).text(cx.text).trim().is_empty() => {
                *last = last.cover(*comment);
            }
            _ => parts.push((*comment, "comment")),
        }
    }
    parts.extend(
        cx.strings
            .iter()
            .filter(|string| matches!(role(cx.text, **string), Role::Annotation(_)))
            .map(|string| (*string, "annotation")),
    );
    parts
}
