//! Bundles that edits begin with: what they decide is as it should be, and which requests are risky is written down
//! beside them, so that it does not come from what the edits change.

use portcullis_core::tier::Tier;
use serde_json::Value;

use crate::model::{Bundle, Entity, Link, Policy, Schema, split};

/// Type, id and attributes of an entity, and its parents.
type Given = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// A bundle to begin with, and what edits of it are made from.
pub struct Start {
    pub name: &'static str,
    schema: &'static str,
    policies: &'static [&'static str],
    links: &'static [(&'static str, &'static str, &'static str, &'static str)],
    entities: &'static [Given],
    config: &'static [&'static str],
    /// Conditions to add; some read what the schema does not have.
    pub atoms: &'static [&'static str],
    pub principals: &'static [&'static str],
    pub actions: &'static [&'static str],
    pub resources: &'static [&'static str],
    /// Lines of the configuration that come and go.
    pub settings: &'static [&'static str],
    pub risks: Risks,
}

/// What a request asks for, by the last parts of names: whatever namespace something is moved to, it stays what it is.
pub struct Risks {
    /// Actions that destroy, transfer, export, or give rights.
    human_actions: &'static [&'static str],
    write_actions: &'static [&'static str],
    human_resources: &'static [&'static str],
    confidential: &'static [&'static str],
    agents: &'static [&'static str],
    strangers: &'static [&'static str],
}

impl Risks {
    /// The least tier of a change that allows such a request.
    pub fn asks(&self, principal: &str, action: &str, resource: &str) -> Tier {
        let is = |all: &[&str], name: &str| all.contains(&split(name).1);
        let is_human = is(self.human_actions, action);
        let writes = is_human || is(self.write_actions, action);
        let is_agent = is(self.agents, principal);
        if is_human
            || is(self.human_resources, resource)
            || is(self.strangers, principal)
            || is_agent && writes
        {
            Tier::Human
        } else if writes || is_agent || is(self.confidential, resource) {
            Tier::Constrained
        } else {
            Tier::Auto
        }
    }
}

impl Start {
    pub fn bundle(&self) -> Bundle {
        let slot = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Bundle {
            schema: Schema::read(self.schema),
            policies: self
                .policies
                .iter()
                .map(|line| Policy::read(line))
                .collect(),
            links: self
                .links
                .iter()
                .map(|(id, template, principal, resource)| {
                    let link = Link {
                        template: (*template).to_owned(),
                        principal: slot(principal),
                        resource: slot(resource),
                    };
                    ((*id).to_owned(), link)
                })
                .collect(),
            entities: self
                .entities
                .iter()
                .map(|(ty, id, attributes, parents)| Entity {
                    ty: (*ty).to_owned(),
                    id: (*id).to_owned(),
                    attributes: match serde_json::from_str(attributes).unwrap() {
                        Value::Object(fields) => fields,
                        other => panic!("{other}"),
                    },
                    parents: parents
                        .iter()
                        .map(|(ty, id)| ((*ty).to_owned(), (*id).to_owned()))
                        .collect(),
                })
                .collect(),
            config: self.config.iter().copied().collect(),
        }
    }
}

pub const STARTS: &[Start] = &[DOCS, AGENTS, PAYMENTS, KINDS, VAULT, RECORDS];

const DOCS: Start = Start {
    name: "documents with groups, links and an entity file",
    schema: r#"namespace App {
  @principal_kind("human") entity Team in [Team];
  @principal_kind("human") entity Club;
  @principal_kind("human") entity User in [Team] { level: Long, manager?: User };
  @sensitivity("internal") entity Folder in [Folder];
  @sensitivity("internal") entity Doc in [Folder] { owner: User, locked: Bool, label?: String };
  @sensitivity("restricted") entity Secret in [Folder] { owner: User, sealed?: Bool };
  @access("read") action read appliesTo { principal: [User], resource: [Doc, Secret], context: { @trust("attested") mfa: Bool } };
  @access("write") action edit appliesTo { principal: [User], resource: [Doc], context: { @trust("attested") mfa: Bool } };
  @access("destructive") action purge appliesTo { principal: [User], resource: [Doc], context: { @trust("attested") mfa: Bool } };
}"#,
    policies: &[
        r#"own = permit | principal is App::User | action in [App::Action::"read", App::Action::"edit"] | resource is App::Doc | when resource.owner == principal"#,
        r#"own-purge = permit | principal is App::User | action == App::Action::"purge" | resource is App::Doc | when resource.owner == principal | when context.mfa"#,
        r#"secret = permit | principal is App::User | action == App::Action::"read" | resource is App::Secret | when resource.owner == principal | when context.mfa"#,
        r#"suspended = forbid | principal in App::Team::"suspended" | action | resource"#,
        r#"locked = forbid | principal | action == App::Action::"purge" | resource is App::Doc | when resource has locked && resource.locked"#,
        r#"sealed = forbid | principal | action == App::Action::"read" | resource is App::Secret | when resource has sealed && resource.sealed"#,
        r#"template share = permit | principal == ?principal | action == App::Action::"read" | resource == ?resource"#,
        r#"guard no-junior = forbid | principal is App::User | action == App::Action::"purge" | resource | unless context.mfa"#,
    ],
    links: &[("l1", "share", r#"App::User::"a""#, r#"App::Doc::"x""#)],
    entities: &[
        (
            "App::User",
            "kim",
            r#"{"level": 3}"#,
            &[("App::Team", "dev")],
        ),
        ("App::Team", "dev", "{}", &[]),
    ],
    config: &[],
    atoms: &[
        "principal.level > 3",
        "context.mfa",
        "principal has superuser && principal.superuser",
        r#"principal in App::Team::"admins""#,
        r#"principal in App::Club::"vip""#,
        r#"resource in App::Folder::"public""#,
        r#"resource.hasTag("open")"#,
        r#"resource has label && resource.label == "open""#,
        "resource has locked && resource.locked",
        "context has ticket && context.ticket",
        "principal has manager && resource.owner == principal.manager",
        "resource has reviewed && resource.reviewed",
    ],
    principals: &[
        "principal",
        "principal is App::User",
        r#"principal == App::User::"kim""#,
        r#"principal in App::Team::"dev""#,
        r#"principal in App::Team::"admins""#,
        r#"principal in App::Club::"vip""#,
    ],
    actions: &[
        "action",
        r#"action == App::Action::"read""#,
        r#"action == App::Action::"edit""#,
        r#"action == App::Action::"purge""#,
        r#"action in [App::Action::"read", App::Action::"purge"]"#,
    ],
    resources: &[
        "resource",
        "resource is App::Doc",
        "resource is App::Secret",
        r#"resource in App::Folder::"public""#,
        r#"resource == App::Doc::"x""#,
    ],
    settings: &[
        "profile: governed",
        "profile: regulated",
        "iam: { floors: { action.write: human } }",
    ],
    risks: Risks {
        human_actions: &["purge"],
        write_actions: &["edit"],
        human_resources: &["Secret"],
        confidential: &[],
        agents: &[],
        strangers: &[],
    },
};

const AGENTS: Start = Start {
    name: "agents with tools in groups",
    schema: r#"
type Call = { @trust("attested") on_behalf_of: User, @trust("attested") approved: Bool, @trust("derived") cost?: Long };
@principal_kind("human") entity User { level: Long };
@principal_kind("agent") entity Pool;
@principal_kind("agent") entity Agent in [Pool] { owner: User, paused?: Bool };
@sensitivity("internal") entity Shelf enum ["files", "mail"];
@sensitivity("internal") entity Tool in [Shelf] { owner: User, risk: Long };
@sensitivity("confidential") entity Ledger { owner: User };
@access("read") action lookups;
@access("write") action changes;
@access("read") action search in [lookups] appliesTo { principal: [Agent, User], resource: [Tool, Ledger], context: Call };
@access("write") action send in [changes] appliesTo { principal: [Agent, User], resource: [Tool], context: Call };
@access("destructive") action wipe in [changes] appliesTo { principal: [User], resource: [Tool], context: Call };
"#,
    policies: &[
        r#"search = permit | principal is Agent | action in Action::"lookups" | resource is Tool | when context.on_behalf_of == resource.owner"#,
        r#"people = permit | principal is User | action in [Action::"search", Action::"send"] | resource is Tool | when resource.owner == principal"#,
        r#"wipe = permit | principal is User | action == Action::"wipe" | resource is Tool | when resource.owner == principal | when context.approved"#,
        r#"ledger = permit | principal is User | action in Action::"lookups" | resource is Ledger | when resource.owner == principal"#,
        r#"paused = forbid | principal is Agent | action | resource | when principal has paused && principal.paused"#,
        r#"dear = forbid | principal | action in Action::"changes" | resource | when context has cost && context.cost > 100"#,
        r#"risky = forbid | principal | action in Action::"changes" | resource is Tool | when resource.risk > 5"#,
        r#"guard agents-only-look = forbid | principal is Agent | action in Action::"changes" | resource"#,
        r#"guard approved = forbid | principal | action == Action::"wipe" | resource | unless context.approved"#,
    ],
    links: &[],
    entities: &[],
    config: &[],
    atoms: &[
        "context.approved",
        "context has cost && context.cost < 10",
        r#"resource in Shelf::"files""#,
        r#"resource in Shelf::"vault""#,
        "resource.risk < 3",
        "principal has trusted && principal.trusted",
        r#"resource.hasTag("safe")"#,
        r#"principal in Pool::"p""#,
        "context has human && context.human",
        "principal == context.on_behalf_of",
    ],
    principals: &[
        "principal",
        "principal is Agent",
        "principal is User",
        r#"principal == Agent::"bot""#,
        r#"principal in Pool::"p""#,
        r#"principal in Group::"g""#,
    ],
    actions: &[
        "action",
        r#"action in Action::"lookups""#,
        r#"action in Action::"changes""#,
        r#"action == Action::"send""#,
        r#"action == Action::"wipe""#,
        r#"action == Action::"search""#,
    ],
    resources: &[
        "resource",
        "resource is Tool",
        "resource is Ledger",
        r#"resource in Shelf::"files""#,
        r#"resource == Tool::"mailer""#,
    ],
    settings: &[
        "profile: governed",
        "iam: { floors: { action.read: constrained } }",
    ],
    risks: Risks {
        human_actions: &["wipe"],
        write_actions: &["send"],
        human_resources: &[],
        confidential: &["Ledger"],
        agents: &["Agent"],
        strangers: &[],
    },
};

const PAYMENTS: Start = Start {
    name: "payments with limits and a nested context",
    schema: r#"namespace Pay {
  type Device = { @trust("attested") known: Bool, @trust("attested") score?: Long };
  type Ctx = { @trust("attested") mfa: Bool, @trust("derived") amount: Long, device: Device };
  @principal_kind("human") entity Branch;
  @principal_kind("human") entity Clerk in [Branch] { limit: Long, branch: Branch };
  @principal_kind("third_party") entity Partner { contract?: Long };
  @principal_kind("service") entity Batch;
  @sensitivity("confidential") entity Account { holder: Clerk, frozen: Bool, branch: Branch };
  @sensitivity("public") entity Rate;
  @access("read") action show appliesTo { principal: [Clerk, Batch], resource: [Account, Rate], context: Ctx };
  @access("write") @effect("transfer") action transfer appliesTo { principal: [Clerk], resource: [Account], context: Ctx };
  @access("privilege_management") action delegate appliesTo { principal: [Clerk], resource: [Account], context: Ctx };
  @access("read") @effect("export") action export appliesTo { principal: [Clerk, Partner], resource: [Account], context: Ctx };
}"#,
    policies: &[
        r#"show = permit | principal is Pay::Clerk | action == Pay::Action::"show" | resource is Pay::Account | when resource.branch == principal.branch"#,
        r#"rates = permit | principal | action == Pay::Action::"show" | resource is Pay::Rate"#,
        r#"transfer = permit | principal is Pay::Clerk | action == Pay::Action::"transfer" | resource is Pay::Account | when context.mfa && context.amount <= 500 | when context.amount <= principal.limit | when resource.holder == principal"#,
        r#"delegate = permit | principal is Pay::Clerk | action == Pay::Action::"delegate" | resource is Pay::Account | when context.mfa && context.device.known | when resource.holder == principal"#,
        r#"export = permit | principal is Pay::Partner | action == Pay::Action::"export" | resource is Pay::Account | when principal has contract && principal.contract > 3 | when context.device.known"#,
        r#"frozen = forbid | principal | action in [Pay::Action::"transfer", Pay::Action::"delegate"] | resource is Pay::Account | when resource.frozen"#,
        r#"score = forbid | principal | action | resource | when context.device has score && context.device.score > 50"#,
        r#"branch = forbid | principal is Pay::Clerk | action == Pay::Action::"transfer" | resource is Pay::Account | unless principal in resource.branch"#,
        r#"guard mfa = forbid | principal | action == Pay::Action::"transfer" | resource | unless context.mfa"#,
        r#"guard known = forbid | principal | action == Pay::Action::"export" | resource | unless context.device.known"#,
    ],
    links: &[],
    entities: &[],
    config: &[],
    atoms: &[
        "context.mfa",
        "context.amount <= 1000",
        "context.amount <= 100",
        "context.device.known",
        "context.device has trusted && context.device.trusted",
        "context has override && context.override",
        "principal has senior && principal.senior",
        r#"principal in Pay::Branch::"main""#,
        r#"resource.hasTag("vip")"#,
        r#"resource in Pay::Branch::"main""#,
        "!(resource has frozen && resource.frozen)",
    ],
    principals: &[
        "principal",
        "principal is Pay::Clerk",
        "principal is Pay::Batch",
        "principal is Pay::Partner",
        r#"principal == Pay::Clerk::"a""#,
        r#"principal in Pay::Branch::"main""#,
    ],
    actions: &[
        "action",
        r#"action == Pay::Action::"show""#,
        r#"action == Pay::Action::"transfer""#,
        r#"action == Pay::Action::"delegate""#,
        r#"action in [Pay::Action::"show", Pay::Action::"export"]"#,
        r#"action in Pay::Action::"outgoing""#,
    ],
    resources: &[
        "resource",
        "resource is Pay::Account",
        "resource is Pay::Rate",
        r#"resource == Pay::Account::"x""#,
    ],
    settings: &[
        "profile: regulated",
        "iam: { max_creep: 2 }",
        "options: { step_up_attributes: [mfa] }",
    ],
    risks: Risks {
        human_actions: &["transfer", "delegate", "export"],
        write_actions: &[],
        human_resources: &[],
        confidential: &["Account"],
        agents: &[],
        strangers: &["Partner"],
    },
};

const KINDS: Start = Start {
    name: "enumerated types as principal, attribute and resource",
    schema: r#"namespace Hub {
  @principal_kind("human") entity Role enum ["reader", "editor"];
  @principal_kind("human") entity Person { role: Role, grade?: Long };
  entity Status enum ["open", "closed"];
  @sensitivity("internal") entity Region enum ["eu", "us"];
  @sensitivity("internal") entity Case in [Region] { status: Status, home?: Region };
  @access("read") action view appliesTo { principal: [Role, Person], resource: [Case, Region], context: { @trust("derived") stage?: Status } };
  @access("write") action change appliesTo { principal: [Role, Person], resource: [Case], context: { @trust("derived") stage?: Status } };
  @access("destructive") action close appliesTo { principal: [Role, Person], resource: [Case, Region], context: { @trust("derived") stage?: Status } };
}"#,
    policies: &[
        r#"view = permit | principal | action == Hub::Action::"view" | resource is Hub::Case | when resource.status == Hub::Status::"open""#,
        r#"change = permit | principal is Hub::Person | action == Hub::Action::"change" | resource is Hub::Case | when principal.role == Hub::Role::"editor""#,
        r#"close = permit | principal is Hub::Person | action == Hub::Action::"close" | resource is Hub::Case | when principal.role == Hub::Role::"editor" | when resource in Hub::Region::"eu""#,
        r#"close-roles = permit | principal is Hub::Role | action == Hub::Action::"close" | resource is Hub::Region | unless principal == Hub::Role::"reader" | unless resource == Hub::Region::"us""#,
        r#"closed = forbid | principal | action in [Hub::Action::"change", Hub::Action::"close"] | resource is Hub::Case | when resource.status == Hub::Status::"closed""#,
        r#"stage = forbid | principal | action == Hub::Action::"close" | resource | when context has stage && context.stage == Hub::Status::"closed""#,
        r#"guard readers = forbid | principal == Hub::Role::"reader" | action in [Hub::Action::"change", Hub::Action::"close"] | resource"#,
    ],
    links: &[],
    entities: &[],
    config: &[],
    atoms: &[
        r#"resource is Hub::Case && resource.status != Hub::Status::"closed""#,
        r#"resource is Hub::Case && resource.status == Hub::Status::"draft""#,
        r#"principal == Hub::Role::"admin""#,
        r#"principal is Hub::Person && principal.role != Hub::Role::"reader""#,
        r#"resource in Hub::Region::"us""#,
        "principal has lead && principal.lead",
        r#"principal is Hub::Person && principal has grade && principal.grade > 4"#,
        "context has urgent && context.urgent",
        r#"resource.hasTag("x")"#,
    ],
    principals: &[
        "principal",
        "principal is Hub::Person",
        "principal is Hub::Role",
        r#"principal == Hub::Role::"editor""#,
        r#"principal == Hub::Person::"a""#,
    ],
    actions: &[
        "action",
        r#"action == Hub::Action::"view""#,
        r#"action == Hub::Action::"change""#,
        r#"action == Hub::Action::"close""#,
        r#"action in Hub::Action::"risky""#,
    ],
    resources: &[
        "resource",
        "resource is Hub::Case",
        "resource is Hub::Region",
        r#"resource in Hub::Region::"eu""#,
        r#"resource == Hub::Case::"x""#,
    ],
    settings: &["profile: governed"],
    risks: Risks {
        human_actions: &["close"],
        write_actions: &["change"],
        human_resources: &[],
        confidential: &[],
        agents: &[],
        strangers: &[],
    },
};

const VAULT: Start = Start {
    name: "namespaces and action groups, classed in the configuration",
    schema: r#"namespace App {
  @principal_kind("human") entity Unit;
  @principal_kind("human") entity User in [Unit] { clearance: Long };
  entity Job in [Vault::Box];
  @sensitivity("internal") entity Note { author: User };
  action dangerous, safe;
  action peek in [safe] appliesTo { principal: [User], resource: [Note, Vault::Box], context: { @trust("attested") mfa: Bool } };
  action scrub in [dangerous] appliesTo { principal: [User], resource: [Note, Vault::Box], context: { @trust("attested") mfa: Bool } };
  action run in [dangerous] appliesTo { principal: [Job], resource: [Vault::Box], context: { @trust("attested") mfa: Bool } };
}
namespace Vault {
  entity Box { keeper: App::User, closed: Bool };
}"#,
    policies: &[
        r#"peek = permit | principal is App::User | action in App::Action::"safe" | resource is App::Note | when resource.author == principal"#,
        r#"box = permit | principal is App::User | action in App::Action::"safe" | resource is Vault::Box | when resource.keeper == principal"#,
        r#"scrub = permit | principal is App::User | action == App::Action::"scrub" | resource | when context.mfa | when principal.clearance > 3"#,
        r#"run = permit | principal is App::Job | action == App::Action::"run" | resource is Vault::Box | when principal in resource | when context.mfa"#,
        r#"no-danger = forbid | principal in App::Unit::"interns" | action in App::Action::"dangerous" | resource"#,
        r#"closed = forbid | principal | action | resource is Vault::Box | when resource.closed"#,
        r#"guard mfa = forbid | principal | action in App::Action::"dangerous" | resource | unless context.mfa"#,
        r#"guard closed-boxes = forbid | principal | action | resource is Vault::Box | when resource has closed && resource.closed"#,
    ],
    links: &[],
    entities: &[(
        "Vault::Box",
        "b1",
        r#"{"keeper": {"__entity": {"type": "App::User", "id": "a"}}, "closed": true}"#,
        &[],
    )],
    config: &[
        r#"iam: { principals: { "App::Job": service } }"#,
        r#"apps: { App: { actions: { 'Action::"peek"': { access: read }, 'Action::"scrub"': { access: destructive }, 'Action::"run"': { access: write } } }, Vault: { resources: { Box: { sensitivity: restricted } } } }"#,
    ],
    atoms: &[
        "context.mfa",
        "principal has clearance && principal.clearance > 1",
        "principal has root && principal.root",
        r#"principal in App::Unit::"board""#,
        "resource has closed && !resource.closed",
        r#"resource.hasTag("shared")"#,
        "context has audited && context.audited",
        r#"resource is App::Note && resource in Vault::Box::"b1""#,
    ],
    principals: &[
        "principal",
        "principal is App::User",
        "principal is App::Job",
        r#"principal in App::Unit::"board""#,
        r#"principal == App::User::"a""#,
    ],
    actions: &[
        "action",
        r#"action in App::Action::"safe""#,
        r#"action in App::Action::"dangerous""#,
        r#"action == App::Action::"peek""#,
        r#"action == App::Action::"scrub""#,
        r#"action == App::Action::"run""#,
    ],
    resources: &[
        "resource",
        "resource is App::Note",
        "resource is Vault::Box",
        r#"resource == Vault::Box::"b1""#,
    ],
    settings: &["profile: governed"],
    risks: Risks {
        human_actions: &["scrub"],
        write_actions: &["run"],
        human_resources: &["Box"],
        confidential: &[],
        agents: &[],
        strangers: &[],
    },
};

const RECORDS: Start = Start {
    name: "nested records, tags and sets",
    schema: r#"
type Address = { country: String, zone?: Long };
@principal_kind("human") entity Group;
@principal_kind("human") entity User in [Group] { home: Address, groups: Set<Group>, profile?: { verified: Bool, badge?: { level: Long } } } tags String;
@sensitivity("restricted") entity Record { owner: User, where: Address, readers: Set<User>, policy: { hold?: Bool, mode: String } } tags String;
@sensitivity("internal") entity Memo { owner: User, group: Group };
@access("read") action look appliesTo { principal: [User], resource: [Record, Memo], context: { request?: { @trust("attested") verified: Bool, @trust("derived") reason?: String } } };
@access("destructive") action shred appliesTo { principal: [User], resource: [Record, Memo], context: { request?: { @trust("attested") verified: Bool, @trust("derived") reason?: String } } };
"#,
    policies: &[
        r#"look = permit | principal is User | action == Action::"look" | resource is Record | when resource.readers.contains(principal) | when resource.where.country == principal.home.country"#,
        r#"memo = permit | principal is User | action == Action::"look" | resource is Memo | when principal in resource.group"#,
        r#"shred = permit | principal is User | action == Action::"shred" | resource is Record | when resource.owner == principal | when context has request && context.request.verified"#,
        r#"shred-memo = permit | principal is User | action == Action::"shred" | resource is Memo | when resource.owner == principal | when principal has profile && principal.profile.verified"#,
        r#"hold = forbid | principal | action == Action::"shred" | resource is Record | when resource.policy has hold && resource.policy.hold"#,
        r#"reason = forbid | principal | action == Action::"shred" | resource | when context has request && context.request has reason && context.request.reason == "test""#,
        r#"tagged = forbid | principal | action | resource is Record | when resource.hasTag("legal") && resource.getTag("legal") == "hold""#,
        r#"badge = forbid | principal is User | action == Action::"shred" | resource is Memo | unless principal has profile && principal.profile has badge && principal.profile.badge.level > 1"#,
        r#"guard verified = forbid | principal | action == Action::"shred" | resource is Record | unless context has request && context.request.verified"#,
        r#"guard hold = forbid | principal | action == Action::"shred" | resource is Record | when resource.policy has hold && resource.policy.hold"#,
    ],
    links: &[],
    entities: &[],
    config: &[],
    atoms: &[
        r#"principal.hasTag("role") && principal.getTag("role") == "admin""#,
        r#"resource.hasTag("open")"#,
        "resource is Record && resource.policy has waived && resource.policy.waived",
        r#"resource is Record && resource.policy.mode == "open""#,
        "principal.home has region && principal.home.region",
        r#"principal.home.country == "de""#,
        "principal.home has zone && principal.home.zone > 3",
        r#"principal.groups.contains(Group::"g")"#,
        r#"principal in Group::"g""#,
        "context has request && context.request has urgent && context.request.urgent",
        "principal has profile && principal.profile has chief && principal.profile.chief",
        r#"resource in Group::"g""#,
    ],
    principals: &[
        "principal",
        "principal is User",
        r#"principal == User::"a""#,
        r#"principal in Group::"g""#,
    ],
    actions: &[
        "action",
        r#"action == Action::"look""#,
        r#"action == Action::"shred""#,
        r#"action in [Action::"look", Action::"shred"]"#,
    ],
    resources: &[
        "resource",
        "resource is Record",
        "resource is Memo",
        r#"resource == Record::"x""#,
        r#"resource in Group::"g""#,
    ],
    settings: &["profile: governed", "checks: { missing-owner: off }"],
    risks: Risks {
        human_actions: &["shred"],
        write_actions: &[],
        human_resources: &["Record"],
        confidential: &[],
        agents: &[],
        strangers: &[],
    },
};
