#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use ed25519_dalek::SigningKey;

use super::*;

fn key(seed: u8) -> String {
    let bytes = SigningKey::from_bytes(&[seed; 32])
        .verifying_key()
        .to_bytes();
    PublicKey::from_bytes(bytes).unwrap().to_string()
}

fn right() -> String {
    format!(
        "roles: [auditor]
teams:
  payments: {{ owns: [Payments], roles: [application-owner] }}
people:
  alice: {{ issuer: https://idp.example.com, kind: human, teams: [payments], keys: ['{}', '{}'] }}
  bob: {{ issuer: https://idp.example.com, subject: b, kind: service, roles: [auditor], until: 2026-12-31 }}
delegations:
  - {{ from: alice, to: bob, roles: [application-owner], until: 2026-12-01 }}
",
        key(1),
        key(2)
    )
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

#[test]
fn a_team_gives_its_members_what_it_has() {
    let (directory, findings) = read(&right());
    assert_eq!(findings, []);
    let alice = &directory.people["alice"];
    let bob = &directory.people["bob"];
    let owners = Eligible::roles(["application-owner"]);
    assert!(directory.is_eligible(alice, &owners));
    assert!(!directory.is_eligible(bob, &owners));
    let namespace = Eligible {
        owners_of: ["Payments".to_owned()].into(),
        ..Eligible::default()
    };
    assert!(directory.is_eligible(alice, &namespace));
    let for_whom = |time| {
        directory
            .delegators("bob", &owners, at(time))
            .collect::<Vec<_>>()
    };
    assert_eq!(for_whom("2026-12-01T23:00:00Z"), ["alice"]);
    assert_eq!(for_whom("2026-12-02"), Vec::<&str>::new());
    assert_eq!(
        directory
            .delegators("bob", &namespace, at("2026-11-01"))
            .count(),
        0
    );
    assert!(bob.is_active(at("2026-12-31T12:00:00Z")) && !bob.is_active(at("2027-01-01")));
    assert_eq!(alice.subject, "alice");
}

#[track_caller]
fn wrong(text: &str, expected: &[(&str, &str)]) {
    let found: Vec<_> = read(text)
        .1
        .iter()
        .map(|f| (f.code.to_owned(), f.span.text(text).to_owned()))
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn mistakes_are_found_where_they_are() {
    let base = right();
    let with = |from: &str, to: &str| {
        assert!(base.contains(from), "{from}");
        base.replace(from, to)
    };
    wrong(
        &with("kind: service", "kind: servce"),
        &[("governance/invalid-value", "servce")],
    );
    wrong(
        &with("subject: b", "subjet: b"),
        &[("governance/unknown-key", "subjet")],
    );
    wrong(
        &with("roles: [auditor], until", "roles: [auditr], until"),
        &[("governance/unknown-name", "auditr")],
    );
    wrong(
        &with("teams: [payments]", "teams: [payment]"),
        &[("governance/unknown-name", "payment")],
    );
    wrong(
        &with("subject: b", "subject: alice"),
        &[("governance/shared-identity", "bob")],
    );
    wrong(
        &with("to: bob", "to: eve"),
        &[("governance/unknown-name", "eve")],
    );
    wrong(
        &with("until: 2026-12-01", "until: soon"),
        &[("governance/invalid-value", "soon")],
    );
    wrong(
        &with("kind: human, ", ""),
        &[("governance/missing-key", "alice")],
    );
    let twice = with("subject: b", &format!("subject: b, keys: ['{}']", key(2)));
    wrong(
        &twice,
        &[("governance/shared-identity", &format!("'{}'", key(2)))],
    );
    let rsa = with("subject: b", "subject: b, keys: [ssh-rsa AAAA]");
    wrong(&rsa, &[("governance/invalid-value", "ssh-rsa AAAA")]);
    wrong(
        "people: {\"a\u{200b}\": {}}",
        &[("governance/invalid-value", "\"a\u{200b}\"")],
    );
    wrong("", &[("governance/empty", "")]);
    wrong("roles: [a]", &[("governance/missing-key", "roles: [a]")]);
}

#[test]
fn json_is_read_as_yaml_is() {
    let text = "{\"people\": {\"a\": {\"issuer\": \"i\", \"kind\": \"human\"}, \"a\": {}}}";
    wrong(text, &[("governance/duplicate-key", "\"a\"")]);
    wrong("{\"people\": ", &[("governance/syntax", " ")]);
}

#[test]
fn delegations_in_a_circle_are_refused() {
    let delegation = |from: &str, to: &str| {
        format!("  - {{ from: {from}, to: {to}, roles: [iam], until: 2027-01-01 }}\n")
    };
    let text = |pairs: &[(&str, &str)]| {
        let people: String = ["a", "b", "c", "d"]
            .iter()
            .map(|name| format!("  {name}: {{ issuer: i, kind: human }}\n"))
            .collect();
        let delegations: String = pairs
            .iter()
            .map(|(from, to)| delegation(from, to))
            .collect();
        format!("people:\n{people}delegations:\n{delegations}")
    };
    let codes = |pairs: &[(&str, &str)]| -> Vec<&str> {
        read(&text(pairs))
            .1
            .iter()
            .map(|finding| finding.code)
            .collect()
    };
    assert_eq!(
        codes(&[("a", "b"), ("b", "c"), ("a", "c")]),
        Vec::<&str>::new()
    );
    assert_eq!(
        codes(&[("d", "a"), ("a", "b"), ("b", "c"), ("c", "a")]),
        ["governance/delegation-cycle"]
    );
    assert_eq!(codes(&[("a", "a")]), ["governance/delegation-cycle"]);
}
