//! What the fragments amount to when nothing is wrong with them.

use std::collections::BTreeSet;

use super::*;
use crate::facts::Entity;
use crate::schema::Type;

const FIRST: &str = r#"
@doc("n") namespace N {
    @sensitivity("restricted")
    type Money = { @pii amount: Long, currency?: String };
    type Ctx = { @trust("attested") mfa: Bool, @trust("caller") note?: String };
    @principal_kind("human") entity User, Bot in [Group, Other::Team] = {
        @doc("own") "full name": String,
        wallet: Money,
        deep: { @pii inner: { leaf: Set<Other::Team> } },
        ip: ipaddr,
    } tags Set<String>;
    entity Group in [Group];
    entity Color enum ["red", "blue"];
    @access("read") action reads;
    action view, "look at" in [reads] appliesTo { principal: [User, Bot], resource: Other::Photo, context: Ctx };
}"#;

const SECOND: &str = r#"{"Other": {
    "entityTypes": {
        "Photo": {"annotations": {"sensitivity": "internal"}, "memberOfTypes": ["Album"], "shape": {"type": "Record", "attributes": {
            "owner": {"type": "Entity", "name": "N::User", "annotations": {"doc": "who"}},
            "cost": {"type": "N::Money", "required": false}}}},
        "Album": {"memberOfTypes": ["Team"]}, "Team": {}},
    "actions": {"upload": {"memberOf": [{"id": "reads", "type": "N::Action"}], "appliesTo": {"principalTypes": ["N::User"], "resourceTypes": ["Photo", "Album"], "context": {"type": "N::Ctx"}}}}}}"#;

#[test]
fn fragments_become_one_schema_with_annotations_and_places() {
    let texts = [FIRST, SECOND];
    let outcome = build(&files(&texts));
    assert_eq!(outcome.findings, []);
    let schema = outcome.schema.unwrap();
    let at = |d: &Option<crate::schema::Declared>| {
        let d = d.as_ref().unwrap();
        let index: usize = d.file.parse().unwrap();
        (index, d.span.text(texts.get(index).unwrap()).to_owned())
    };

    let bot = schema.entity_types.get("N::Bot").unwrap();
    assert_eq!(at(&bot.declared), (0, "Bot".to_owned()));
    assert_eq!(bot.annotations.get("principal_kind").unwrap(), "human");
    assert_eq!(bot.tags, Some(Type::Set(Box::new(Type::String))));
    assert!(bot.ancestors.contains("Other::Team") && bot.ancestors.contains("N::Group"));
    assert!(!bot.ancestors.contains("N::Bot"));
    let name = bot.attributes.get("full name").unwrap();
    assert_eq!(at(&name.declared), (0, "\"full name\"".to_owned()));
    assert_eq!(name.annotations.get("doc").unwrap(), "own");
    let wallet = bot.attributes.get("wallet").unwrap();
    assert_eq!(wallet.annotations.get("sensitivity").unwrap(), "restricted");
    let Type::Record(money) = &wallet.ty else {
        unreachable!("{wallet:?}")
    };
    assert_eq!(
        money.get("amount").unwrap().annotations.get("pii").unwrap(),
        ""
    );
    assert_eq!(
        at(&money.get("amount").unwrap().declared),
        (0, "amount".to_owned())
    );
    assert!(!money.get("currency").unwrap().required);
    let Type::Record(deep) = &bot.attributes.get("deep").unwrap().ty else {
        unreachable!("{bot:?}")
    };
    let inner = deep.get("inner").unwrap();
    assert!(inner.annotations.contains_key("pii"));
    let Type::Record(inner) = &inner.ty else {
        unreachable!("{inner:?}")
    };
    let leaf = inner.get("leaf").unwrap();
    assert_eq!(
        leaf.ty,
        Type::Set(Box::new(Type::Entity("Other::Team".into())))
    );
    assert_eq!(at(&leaf.declared), (0, "leaf".to_owned()));
    assert_eq!(
        bot.attributes.get("ip").unwrap().ty,
        Type::Extension("ipaddr".into())
    );

    let group = schema.entity_types.get("N::Group").unwrap();
    assert!(group.ancestors.contains("N::Group"));
    let color = schema.entity_types.get("N::Color").unwrap();
    assert_eq!(color.enumeration, Some(vec!["red".into(), "blue".into()]));

    let photo = schema.entity_types.get("Other::Photo").unwrap();
    assert_eq!(at(&photo.declared), (1, "Photo".to_owned()));
    assert_eq!(photo.ancestors.len(), 2);
    let owner = photo.attributes.get("owner").unwrap();
    assert_eq!(owner.ty, Type::Entity("N::User".into()));
    assert_eq!(owner.annotations.get("doc").unwrap(), "who");
    assert_eq!(at(&owner.declared), (1, "owner".to_owned()));
    let cost = photo.attributes.get("cost").unwrap();
    assert!(!cost.required && cost.annotations.contains_key("sensitivity"));

    let action = |ty: &str, id: &str| Entity {
        ty: ty.into(),
        id: id.into(),
    };
    let upload = schema
        .actions
        .get(&action("Other::Action", "upload"))
        .unwrap();
    assert_eq!(at(&upload.declared), (1, "upload".to_owned()));
    assert!(upload.ancestors.contains(&action("N::Action", "reads")));
    let mfa = upload.context.get("mfa").unwrap();
    assert_eq!(mfa.annotations.get("trust").unwrap(), "attested");
    assert_eq!(at(&mfa.declared), (0, "mfa".to_owned()));
    let look = schema.actions.get(&action("N::Action", "look at")).unwrap();
    assert_eq!(at(&look.declared), (0, "\"look at\"".to_owned()));
    assert_eq!(look.resources.len(), 1);
    assert!(look.is_requestable());
}

#[test]
fn environments_are_sorted_and_labelled() {
    let outcome = build(&files(&[
        "entity User, Bot; entity Photo; action view, edit appliesTo { principal: [User, Bot], resource: Photo }; action all;",
    ]));
    let labels: Vec<String> = outcome
        .schema
        .unwrap()
        .environments()
        .iter()
        .map(|e| e.label.to_string())
        .collect();
    assert_eq!(
        labels,
        [
            "Bot, Action::\"edit\", Photo",
            "Bot, Action::\"view\", Photo",
            "User, Action::\"edit\", Photo",
            "User, Action::\"view\", Photo"
        ]
    );
}

#[test]
fn the_schema_agrees_with_the_validator() {
    let outcome = build(&files(&[FIRST, SECOND]));
    let (schema, validator) = (outcome.schema.unwrap(), outcome.validator.unwrap());
    let names: BTreeSet<String> = validator
        .entity_type_names()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, schema.entity_types.keys().cloned().collect());
    for ty in validator.entity_types() {
        let ours = schema.entity_types.get(&ty.name().to_string()).unwrap();
        let theirs: BTreeSet<String> = ty.attributes().keys().map(ToString::to_string).collect();
        assert_eq!(theirs, ours.attributes.keys().cloned().collect());
        for other in validator.entity_type_names() {
            let ancestors = &schema
                .entity_types
                .get(&other.to_string())
                .unwrap()
                .ancestors;
            assert_eq!(
                ty.has_descendant_entity_type(other),
                ancestors.contains(&ty.name().to_string()),
                "{other} below {}",
                ty.name()
            );
        }
    }
    for action in validator.action_ids() {
        let uid = action.name();
        let entity = Entity {
            ty: uid.entity_type().to_string(),
            id: uid.eid().as_ref().to_owned(),
        };
        let ours = schema.actions.get(&entity).unwrap();
        let theirs: BTreeSet<String> = action.principals().map(ToString::to_string).collect();
        assert_eq!(theirs, ours.principals);
        let below: BTreeSet<String> = action.descendants().map(ToString::to_string).collect();
        let ours: BTreeSet<String> = schema
            .actions
            .iter()
            .filter(|(_, a)| a.ancestors.contains(&entity))
            .map(|(e, _)| e.to_string())
            .collect();
        assert_eq!(below, ours);
    }
}
