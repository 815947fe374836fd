//! Reads a directory, and finds in it what would let one person count as two.

use std::collections::{BTreeMap, BTreeSet};

use super::{Delegation, Directory, FILE_NAME, Kind, Person, ROLES, Team};
use crate::codes::governance as codes;
use crate::config::reader::{Fields, Reader, did_you_mean};
use crate::config::words::shown;
use crate::config::yaml::{Entry, Node};
use crate::facts::Spanned;
use crate::finding::{Finding, Place};
use crate::govern::key::PublicKey;
use crate::govern::reading::{
    CODES, MOST_ENTRIES, document, end, is_name, name, names, required, too_much,
};
use crate::source::Span;

/// Reads a directory. Where anything is wrong with it, it must not be used.
pub fn read(text: &str) -> (Directory, Vec<Finding>) {
    let mut reader = Reader::new(text, &CODES);
    let mut directory = Directory {
        roles: ROLES.iter().map(ToString::to_string).collect(),
        ..Directory::default()
    };
    if let Some(root) = document(&mut reader, text, FILE_NAME) {
        let keys = ["roles", "teams", "people", "delegations"];
        let fields = reader.fields(&root, FILE_NAME, &keys);
        if let Some(node) = fields.get("roles") {
            let declared = names(&mut reader, node, "roles");
            directory
                .roles
                .extend(declared.into_iter().map(|(name, _)| name));
        }
        if let Some(node) = fields.get("teams") {
            directory.teams = teams(&mut reader, node, &directory.roles);
        }
        let mut named = BTreeSet::new();
        if let Some(node) = required(&mut reader, &fields, root.span, FILE_NAME, "people") {
            named = people(&mut reader, node, &mut directory);
        }
        if let Some(node) = fields.get("delegations") {
            delegations(&mut reader, node, &named, &mut directory);
        }
    }
    (directory, reader.finish())
}

/// Where each namespace stands that somebody or a team owns.
pub(crate) fn places_of_owned(text: &str) -> Vec<Spanned<String>> {
    let mut reader = Reader::new(text, &CODES);
    let mut owned = Vec::new();
    let Some(root) = document(&mut reader, text, FILE_NAME) else {
        return owned;
    };
    let sections =
        ["teams", "people"].map(|key| Fields::of(reader.mapping(&root, FILE_NAME)).get(key));
    for section in sections.into_iter().flatten() {
        for entry in entries(&mut reader, section, FILE_NAME) {
            let fields = Fields::of(reader.mapping(&entry.value, &entry.key));
            let Some(node) = fields.get("owns") else {
                continue;
            };
            let names = names(&mut reader, node, "owns");
            owned.extend(
                names
                    .into_iter()
                    .map(|(value, span)| Spanned { value, span }),
            );
        }
    }
    owned
}

fn teams(reader: &mut Reader<'_>, node: &Node, roles: &BTreeSet<String>) -> BTreeMap<String, Team> {
    let mut teams = BTreeMap::new();
    for entry in entries(reader, node, "teams") {
        let called = format!("teams.{}", entry.key);
        let fields = reader.fields(&entry.value, &called, &["roles", "owns"]);
        let team = Team {
            roles: known(reader, &fields, "roles", &called, "role", roles),
            owns: plain(reader, &fields, "owns", &called),
        };
        teams.insert(entry.key.clone(), team);
    }
    teams
}

/// Reads the people, and gives the names of all, of those too with whom something is wrong.
fn people(reader: &mut Reader<'_>, node: &Node, directory: &mut Directory) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let teams: BTreeSet<String> = directory.teams.keys().cloned().collect();
    let mut seen_keys: BTreeMap<PublicKey, Span> = BTreeMap::new();
    let mut seen_accounts: BTreeMap<(String, String), Span> = BTreeMap::new();
    for entry in entries(reader, node, "people") {
        named.insert(entry.key.clone());
        let called = format!("people.{}", entry.key);
        let known_keys = [
            "issuer", "subject", "kind", "roles", "teams", "owns", "keys", "until",
        ];
        let fields = reader.fields(&entry.value, &called, &known_keys);
        let issuer = required(reader, &fields, entry.key_span, &called, "issuer")
            .and_then(|node| name(reader, node, &format!("{called}.issuer")));
        let kinds = Kind::ALL.map(|kind| (kind.as_str(), kind));
        let kind = required(reader, &fields, entry.key_span, &called, "kind")
            .and_then(|node| reader.choice(node, &format!("{called}.kind"), &kinds));
        let subject = match fields.get("subject") {
            Some(node) => name(reader, node, &format!("{called}.subject")),
            None => Some(entry.key.clone()),
        };
        let until = fields
            .get("until")
            .map(|node| end(reader, node, &format!("{called}.until")));
        let keys = keys(reader, &fields, &called, &mut seen_keys);
        let roles = known(reader, &fields, "roles", &called, "role", &directory.roles);
        let teams = known(reader, &fields, "teams", &called, "team", &teams);
        let owns = plain(reader, &fields, "owns", &called);
        let (Some(issuer), Some(subject), Some(kind)) = (issuer, subject, kind) else {
            continue;
        };
        let account = (issuer.clone(), subject.clone());
        if let Some(first) = seen_accounts.insert(account, entry.key_span) {
            shared(
                reader,
                entry.key_span,
                first,
                format!(
                    "{} is an account that somebody else has already",
                    shown(&subject)
                ),
            );
        }
        let person = Person {
            issuer,
            subject,
            kind,
            roles,
            teams,
            owns,
            keys,
            until: until.flatten(),
        };
        directory.people.insert(entry.key.clone(), person);
    }
    named
}

fn keys(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    called: &str,
    seen: &mut BTreeMap<PublicKey, Span>,
) -> BTreeSet<PublicKey> {
    let mut keys = BTreeSet::new();
    let Some(node) = fields.get("keys") else {
        return keys;
    };
    for text in reader.texts(node, &format!("{called}.keys")) {
        match PublicKey::parse(text.value) {
            Ok(key) => {
                if let Some(first) = seen.insert(key, text.span) {
                    let message = "this key is in the directory already".to_owned();
                    shared(reader, text.span, first, message);
                }
                keys.insert(key);
            }
            Err(reason) => reader.invalid(
                text.span,
                // Not what it says: it may be a private key that was pasted here.
                format!("this is no public key: {reason}"),
                "write the line of an OpenSSH public key, or `ed25519-public:` and the base64 of its 32 bytes",
            ),
        }
    }
    keys
}

fn delegations(
    reader: &mut Reader<'_>,
    node: &Node,
    people: &BTreeSet<String>,
    directory: &mut Directory,
) {
    let items = reader.list(node, "delegations");
    if items.len() > MOST_ENTRIES {
        too_much(reader, node.span, "delegations");
    }
    let mut spans = Vec::new();
    for (at, item) in items.iter().take(MOST_ENTRIES).enumerate() {
        let called = format!("delegations[{at}]");
        let fields = reader.fields(item, &called, &["from", "to", "roles", "until"]);
        let person = |reader: &mut Reader<'_>, key: &str| {
            let node = required(reader, &fields, item.span, &called, key)?;
            let name = name(reader, node, &format!("{called}.{key}"))?;
            exists(reader, &name, node.span, "person", people).then_some(name)
        };
        let (from, to) = (person(reader, "from"), person(reader, "to"));
        let until = required(reader, &fields, item.span, &called, "until")
            .and_then(|node| end(reader, node, &format!("{called}.until")));
        required(reader, &fields, item.span, &called, "roles");
        let roles = known(reader, &fields, "roles", &called, "role", &directory.roles);
        if let (Some(from), Some(to), Some(until)) = (from, to, until) {
            directory.delegations.push(Delegation {
                from,
                to,
                roles,
                until,
            });
            spans.push(item.span);
        }
    }
    if let Some(at) = cycle(&directory.delegations) {
        reader.report(Finding::new(
            &codes::DELEGATION_CYCLE,
            spans.get(at).copied().unwrap_or(node.span),
            "this delegation leads back to the person it comes from",
            "remove one of the delegations of the circle",
        ));
    }
}

/// A delegation that lies on a circle: what remains when those that end with nobody's further delegation are
/// taken away, again and again.
fn cycle(delegations: &[Delegation]) -> Option<usize> {
    let mut outgoing: BTreeMap<&str, usize> = BTreeMap::new();
    let mut incoming: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for delegation in delegations {
        *outgoing.entry(&delegation.from).or_default() += 1;
        outgoing.entry(&delegation.to).or_default();
        incoming
            .entry(&delegation.to)
            .or_default()
            .push(&delegation.from);
    }
    let mut free: Vec<&str> = outgoing
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    while let Some(name) = free.pop() {
        for from in incoming.get(name).into_iter().flatten() {
            if let Some(count) = outgoing.get_mut(from) {
                *count -= 1;
                if *count == 0 {
                    free.push(from);
                }
            }
        }
    }
    let stays = |name: &str| outgoing.get(name).is_some_and(|count| *count > 0);
    delegations
        .iter()
        .position(|delegation| stays(&delegation.from) && stays(&delegation.to))
}

/// The entries of a mapping with names as keys.
fn entries<'n>(reader: &mut Reader<'_>, node: &'n Node, called: &str) -> Vec<&'n Entry> {
    let all = reader.mapping(node, called);
    if all.len() > MOST_ENTRIES {
        too_much(reader, node.span, called);
    }
    let mut entries = Vec::new();
    for entry in all.iter().take(MOST_ENTRIES) {
        if is_name(reader, &entry.key, entry.key_span, called) {
            entries.push(entry);
        }
    }
    entries
}

fn plain(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    called: &str,
) -> BTreeSet<String> {
    let Some(node) = fields.get(key) else {
        return BTreeSet::new();
    };
    let names = names(reader, node, &format!("{called}.{key}"));
    names.into_iter().map(|(name, _)| name).collect()
}

fn known(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    called: &str,
    what: &str,
    known: &BTreeSet<String>,
) -> BTreeSet<String> {
    let Some(node) = fields.get(key) else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for (name, span) in names(reader, node, &format!("{called}.{key}")) {
        if exists(reader, &name, span, what, known) {
            found.insert(name);
        }
    }
    found
}

fn exists(
    reader: &mut Reader<'_>,
    name: &str,
    span: Span,
    what: &str,
    known: &BTreeSet<String>,
) -> bool {
    if known.contains(name) {
        return true;
    }
    let finding = Finding::new(
        &codes::UNKNOWN_NAME,
        span,
        format!("{} is no {what} of the directory", shown(name)),
        format!("correct the name, or declare the {what}"),
    );
    reader.report(did_you_mean(
        finding,
        name,
        known.iter().map(String::as_str),
    ));
    false
}

fn shared(reader: &mut Reader<'_>, span: Span, first: Span, message: String) {
    let finding = Finding::new(
        &codes::SHARED_IDENTITY,
        span,
        message,
        "give each person a key and an account of their own",
    );
    reader.report(finding.label(Place::Here(first), "first here"));
}
