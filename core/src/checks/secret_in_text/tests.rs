//! Secrets are found wherever they stand and never shown; what only looks like one is left alone.

#![expect(clippy::panic, reason = "tests")]

use super::*;
use crate::config::Config;
use crate::source::{TokenKind, tokens};

/// What is found in a text, with the message's kind.
fn find(text: &str) -> Vec<(String, String)> {
    let spans = |kinds: &[TokenKind]| -> Vec<Span> {
        tokens(text)
            .filter(|token| kinds.contains(&token.kind))
            .map(|token| token.span)
            .collect()
    };
    let config = Config::default();
    let cx = TextContext {
        text,
        comments: &spans(&[TokenKind::Comment]),
        strings: &spans(&[TokenKind::String, TokenKind::UnterminatedString]),
        config: &config,
    };
    let mut out = Vec::new();
    run(&cx, &mut out);
    out.into_iter()
        .map(|finding| (finding.span.text(text).to_owned(), finding.message))
        .collect()
}

/// Characters of an alphabet in an order that looks random and is always the same.
fn body(alphabet: &[u8], length: usize) -> String {
    let mut state = 0x2545_f491_u32;
    (0..length)
        .map(|n| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let at = (state as usize + n) % alphabet.len();
            char::from(alphabet.get(at).copied().unwrap_or(b'0'))
        })
        .collect()
}

const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";

fn example(format: &patterns::Format) -> String {
    let alphabet: Vec<u8> = (b'0'..=b'z').filter(|b| b.is_ascii_alphanumeric() && format.alphabet.has(*b)).collect();
    format!("{}{}", format.prefix, body(&alphabet, format.min))
}

#[test]
fn every_format_is_found_wherever_it_stands_and_never_shown() {
    for format in FORMATS {
        let token = example(format);
        for text in [
            format!("// remove {token}.\npermit (principal, action, resource);"),
            format!("permit (principal == User::\"{token}\", action, resource);"),
            format!("@note(\"see {token}, thanks\")\npermit (principal, action, resource);"),
            format!("permit (principal, action, resource) when {{ context.x == \"{token}\" }};"),
            format!("permit (principal == \"{token}\" oops"),
            format!("permit {token}"),
        ] {
            let found = find(&text);
            assert_eq!(found.len(), 1, "{}: {found:?} in {text}", format.prefix);
            for (secret, message) in found {
                assert_eq!(secret, token, "{text}");
                assert!(message.contains(format.kind), "{message}");
                let shown = format.prefix.len() + 1;
                assert!(!message.contains(token.get(..shown).unwrap_or_default()), "{message}");
            }
        }
    }
}

#[test]
fn placeholders_and_names_are_no_tokens() {
    for text in [
        format!("// ghp_{}", "x".repeat(36)),
        format!("// AKIA{}", "X".repeat(16)),
        "// sk-learn-pipeline-configuration-2".to_owned(),
        "// npm_config_registry_url_of_the_company_1".to_owned(),
        "permit (principal == Slack::User::\"xoxb-users-of-the-workspace\", action, resource);".to_owned(),
    ] {
        assert_eq!(find(&text), vec![], "{text}");
    }
}

#[test]
fn private_keys_and_web_tokens() {
    let header = ["-----BEGIN", " RSA PRIVATE", " KEY-----"].concat();
    let found = find(&format!("// {header}\n// abc\npermit (principal, action, resource);"));
    let message = format!("this comment holds a private key that begins with `{header}`");
    assert_eq!(found, vec![(header, message)]);
    assert_eq!(find("// -----BEGIN CERTIFICATE-----"), vec![]);
    let token = ["eyJhbGciOiJI", "UzI1NiJ9.", "eyJzdWIiOiJhIn0", ".c2lnbmF0dXJl"].concat();
    let found = find(&format!("@note(\"Bearer {token}\")"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found.iter().all(|(text, message)| *text == token && message.contains("web token")));
}

#[test]
fn random_keys_depend_on_their_place() {
    let key = body(MIXED, 40);
    let hex = body(HEX, 40);
    for text in [
        format!("// {key}"),
        format!("@note(\"{key}\")"),
        format!("permit (principal == User::\"{key}\", action, resource);"),
        format!("// the api key is {hex}"),
        format!("@token(\"{hex}\")"),
        format!("permit (principal, action, resource) when {{ context.secret == \"{}\" }};", body(MIXED, 24)),
    ] {
        assert_eq!(find(&text).len(), 1, "{text}");
    }
    for text in [
        format!("// {hex}"),
        format!("// sha256: {key}"),
        format!("// reverts commit {hex}"),
        format!("@digest(\"{key}\")"),
        format!("permit (principal == User::\"{}\", action, resource);", body(MIXED, 28)),
        format!("permit (principal == Repo::\"{hex}\", action, resource);"),
        format!("// see https://docs.example.com/document/d/{key}/edit"),
        "permit (principal == User::\"01ARZ3NDEKTSV4RRFFQ69G5FAV\", action, resource);".to_owned(),
        "permit (principal == User::\"123e4567-e89b-12d3-a456-426614174000\", action, resource);".to_owned(),
        "// CreateOrganizationInvitationForExternalUser2024Version3".to_owned(),
        "// arn:aws:iam::123456789012:role/MyVeryLongRoleNameForProduction2024".to_owned(),
        "// token 123e4567-e89b-12d3-a456-426614174000".to_owned(),
        "// the key photos/Vacation2020/Italy/IMG1234Copy2".to_owned(),
    ] {
        assert_eq!(find(&text), vec![], "{text}");
    }
}

#[test]
fn values_of_telling_names() {
    let policy = |condition: &str| format!("permit (principal, action, resource) when {{ {condition} }};");
    for text in [
        policy("context.password == \"blue42sky\""),
        policy("{dbPassword: \"blue42sky\"} == context.x"),
        "@password(\"blue42sky\") permit (principal, action, resource);".to_owned(),
    ] {
        let found = find(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert!(found.iter().all(|(secret, message)| secret == "blue42sky" && !message.contains("blue4")));
    }
    for text in [
        policy("context.tokenType == \"access_token_v2\""),
        policy("context.token_use == \"id1234567890123456\""),
        policy("resource.key == \"albums/2020/summer\""),
        policy("context.authMethod == \"password-otp2\""),
    ] {
        assert_eq!(find(&text), vec![], "{text}");
    }
}

/// As vendors' pages and leaks show them; all are invented or published as examples.
#[test]
fn secrets_as_they_are_met() {
    for parts in [
        ["// aws_secret_access_key = wJalrXUt", "nFEMI/K7MDENG/bPxRfi", "CYEXAMPLEKEY"],
        ["// aws: AKIA", "IOSFODNN7", "EXAMPLE"],
        ["@note(\"xoxb-123456789012-", "1234567890123-", "4mt0t4l1yL3g1T\")"],
        ["@note(\"sk_live_", "4eC39HqLyjWDarj", "tT1zdp7dc\")"],
        ["// AccountKey=", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu", "Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="],
        ["// DATABASE_URL=postgresql://app:", "s3cr3tPa55@db.internal", ":5432/app"],
        ["// api_key: 'f47ac10b58cc", "4372a5670e02", "b2c3d479'"],
        ["// Authorization: Bearer 8x7Kq2", "mZp4Lw9Tn1Rv6", "Yb3Hc5"],
        ["@note(\"client_secret=8Q~aB3", "dEfGh1jKlMn0pQrSt", "UvWxYz.12\")"],
        ["// pwd: P@ss", "w0rd", "2024!"],
        ["// root passphrase = ", "\"correct-horse", "-battery\""],
    ] {
        let text = parts.concat();
        assert_eq!(find(&text).len(), 1, "{text}: {:?}", find(&text));
    }
}

#[test]
fn prose_about_secrets_holds_none() {
    for text in [
        "// Tokens: see RFC7519. The secret: rotate2fa weekly? password policy: NIST-800-63b",
        "// access key: see /vault/team-a/prod/db1/password",
        "// token lifetime: 15minutes; key rotation: every90days; pwd reset: self-service",
        "// secret = vault:kv/data/team#password1",
        "@note(\"token_type=urn:ietf:params:oauth:token-type:jwt2\")",
        "@note(\"api_key: ApiKeyRotation2024Policy\")",
        "permit (principal, action == Action::\"GetSecretValue\", resource == Secret::\"prod/db/password-AbC123\");",
        "permit (principal == ApiKey::\"ak_2024_reporting_service\", action, resource);",
        "// key: partition-key-2 sort-key-3, secret: s3://bucket1/path2",
        "permit (principal, action, resource) when { context.auth_method == \"mtls2\" && context.token.scope == \"orders.read2\" };",
    ] {
        assert_eq!(find(text), vec![], "{text}");
    }
}

/// What is found in a file, as its text and the message.
fn find_in(text: &str, syntax: Syntax) -> Vec<(String, String)> {
    in_file(text, syntax)
        .into_iter()
        .map(|finding| (finding.span.text(text).to_owned(), finding.message))
        .collect()
}

#[test]
fn other_files_are_looked_at_as_well() {
    let token = ["gh", "p_", &body(MIXED, 36)].concat();
    for (text, syntax, place) in [
        (format!("// {token}\nentity User;"), Syntax::CedarOrJson, "this comment"),
        (format!("@doc(\"{token}\") entity User;"), Syntax::CedarOrJson, "the annotation `@doc`"),
        (format!("[{{\"attrs\": {{\"note\": \"{token}\"}}}}]"), Syntax::CedarOrJson, "this string"),
        (format!("profile: basic # {token}"), Syntax::Yaml, "this line"),
        (format!("vocabulary:\n  policy: [\"{token}\"]\n"), Syntax::Yaml, "this line"),
        (format!("profile: [{token}"), Syntax::Yaml, "this line"),
    ] {
        let message = format!("{place} holds a GitHub token that begins with `ghp_`");
        assert_eq!(find_in(&text, syntax), [(token.clone(), message)], "{text}");
    }
    for (text, syntax) in [
        ("{\"password\": \"blue42sky\"}", Syntax::CedarOrJson),
        ("# the password = blue42sky", Syntax::Yaml),
        ("password: blue42sky\r\n", Syntax::Yaml),
    ] {
        let [(secret, message)] = &find_in(text, syntax)[..] else {
            panic!("{text}")
        };
        assert_eq!(secret, "blue42sky");
        assert!(!message.contains("begins"), "{message}");
    }
    let id = format!("{{\"uid\": {{\"type\": \"User\", \"id\": \"{}\"}}}}", body(MIXED, 28));
    assert_eq!(find_in(&id, Syntax::CedarOrJson), []);
    assert_eq!(find_in("options:\n  step_up_attributes: [password_age, token]\n", Syntax::Yaml), []);
}

#[test]
fn a_secret_with_escapes_is_found_as_the_whole_literal() {
    let token = body(MIXED, 36);
    for p in ["\\u{70}", "\\x70", "\\u0070"] {
        let written = format!("gh{p}_{token}");
        for text in [
            format!("permit (principal == User::\"{written}\", action, resource);"),
            format!("@note(\"see {written}\")\npermit (principal, action, resource);"),
        ] {
            let found = find(&text);
            let [(marked, message)] = found.as_slice() else {
                panic!("{text}: {found:?}");
            };
            assert!(marked.ends_with(&written), "{marked}");
            assert!(!message.contains(&token) && message.contains("GitHub"), "{message}");
        }
        let json = format!("[{{\"attrs\": {{\"a\": \"{written}\"}}}}]");
        assert_eq!(in_file(&json, Syntax::CedarOrJson).len(), 1, "{json}");
        let yaml = format!("a:\n  b: \"{written}\"\n");
        assert_eq!(in_file(&yaml, Syntax::Yaml).len(), 1, "{yaml}");
    }
    let escaped = "permit (principal == User::\"\\u{61}lice\\n\", action, resource);";
    assert_eq!(find(escaped), []);
}

#[test]
fn a_public_key_is_public() {
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let key = format!("ed25519-public:{}=", body(BASE64, 43));
    let ssh = format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{}", body(BASE64, 43));
    for key in [&key, &ssh] {
        let yaml = format!("people:\n  alice: {{ keys: ['{key}'] }}\n");
        assert_eq!(in_file(&yaml, Syntax::Yaml), [], "{yaml}");
    }
    let other = key.replace("public", "private");
    assert_eq!(in_file(&format!("a: {other}\n"), Syntax::Yaml).len(), 1);
}

#[test]
fn a_hash_for_subresource_integrity_is_public() {
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (name, length, end) in [("sha256", 43, "="), ("sha384", 64, ""), ("sha512", 86, "==")] {
        let hash = format!("{name}-{}{end}", body(BASE64, length));
        for text in [
            format!("// script {hash}\npermit (principal, action, resource);"),
            format!("@note(\"{hash}\")\npermit (principal, action, resource);"),
            format!("permit (principal, action, resource) when {{ context.key == \"{hash}\" }};"),
        ] {
            assert_eq!(find(&text), [], "{text}");
        }
        let longer = format!("// key = {name}-{}\n", body(MIXED, length + 9));
        assert_eq!(find(&longer).len(), 1, "{longer}");
    }
}
