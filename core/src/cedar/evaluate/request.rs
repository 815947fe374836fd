//! A request made ready once, to be decided often.

use cedar_policy_core::ast::{EntityUID, Request};
use cedar_policy_core::entities::json::{ContextJsonParser, NullContextSchema};
use cedar_policy_core::entities::{Dereference, Entities};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::{ValidatorSchema, context_schema_for_action};

use super::RequestText;
use super::compiled::{ActionSymbols, Constraint, Scope};
use super::symbols::{self, Symbol, Symbols};

/// A request with what its scope can be compared by. It holds for the entities that it was made with.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) request: Request,
    /// Who.
    pub principal: Place,
    /// What.
    pub action: Place,
    /// On what.
    pub resource: Place,
}

/// An entity's place in the hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The entity.
    pub entity: Symbol,
    /// Its type.
    pub ty: Symbol,
    /// What it is in, directly or not.
    pub ancestors: Box<[Symbol]>,
}

/// Where the numbers of a request's entities come from.
#[derive(Debug)]
pub enum Naming<'a> {
    /// Numbers are given to all of them: policies that name them may come later.
    Add(&'a mut Symbols),
    /// The policies are known already; what none of them names needs no number.
    Known(&'a Symbols),
}

impl Prepared {
    /// Makes a request ready. Under a schema it is checked against it.
    ///
    /// # Errors
    ///
    /// What of the request Cedar does not accept, in Cedar's words.
    pub fn new(
        text: &RequestText<'_>,
        entities: &Entities,
        schema: Option<&ValidatorSchema>,
        mut naming: Naming<'_>,
    ) -> Result<Self, String> {
        let mut uid = |entity| match &mut naming {
            Naming::Add(symbols) => symbols.uid(entity),
            Naming::Known(_) => symbols::uid(entity),
        };
        let principal = uid(text.principal)?;
        let action = uid(text.action)?;
        let resource = uid(text.resource)?;
        let mut place = |uid: &EntityUID| match &mut naming {
            Naming::Add(symbols) => Place {
                entity: symbols.entity(uid),
                ty: symbols.ty(uid.entity_type()),
                ancestors: ancestors(entities, uid, |uid| symbols.entity(uid)),
            },
            Naming::Known(symbols) => Place {
                entity: symbols.find_entity(uid),
                ty: symbols.find_type(uid.entity_type()),
                ancestors: ancestors(entities, uid, |uid| symbols.find_entity(uid)),
            },
        };
        Ok(Self {
            principal: place(&principal),
            action: place(&action),
            resource: place(&resource),
            request: request(principal, action, resource, text, schema)?,
        })
    }

    /// Whether a scope admits it. Exactly what Cedar says, which decides all the same.
    pub fn within(&self, scope: &Scope) -> bool {
        self.action.admitted(&scope.action)
            && self.principal.satisfies(scope.principal)
            && self.resource.satisfies(scope.resource)
    }
}

impl Place {
    /// Whether it is what the constraint asks for.
    pub fn satisfies(&self, constraint: Constraint) -> bool {
        match constraint {
            Constraint::Any => true,
            Constraint::Is(ty) => self.ty == ty,
            Constraint::In(entity) => self.is_in(entity),
            Constraint::IsIn(ty, entity) => self.ty == ty && self.is_in(entity),
            Constraint::Eq(entity) => self.entity == entity,
        }
    }

    /// Whether it is an action that the constraint admits.
    pub fn admitted(&self, constraint: &ActionSymbols) -> bool {
        match constraint {
            ActionSymbols::Any => true,
            ActionSymbols::Eq(action) => self.entity == *action,
            ActionSymbols::In(actions) => actions.iter().any(|action| self.is_in(*action)),
        }
    }

    fn is_in(&self, entity: Symbol) -> bool {
        self.entity == entity || self.ancestors.contains(&entity)
    }
}

fn ancestors(
    entities: &Entities,
    uid: &EntityUID,
    symbol: impl FnMut(&EntityUID) -> Symbol,
) -> Box<[Symbol]> {
    let Dereference::Data(entity) = entities.entity(uid) else {
        return Box::default();
    };
    let mut all: Box<[Symbol]> = entity.ancestors().map(symbol).collect();
    all.sort_unstable();
    all
}

/// Cedar's form of a request, checked against the schema where there is one.
pub(super) fn request(
    principal: EntityUID,
    action: EntityUID,
    resource: EntityUID,
    text: &RequestText<'_>,
    schema: Option<&ValidatorSchema>,
) -> Result<Request, String> {
    let extensions = Extensions::all_available();
    if schema.is_some() && !super::comparable(text.context) {
        return Err(super::TOO_DEEP.to_owned());
    }
    let made = |context| {
        let [principal, action, resource] =
            [&principal, &action, &resource].map(|uid| (EntityUID::clone(uid), None));
        Request::new(principal, action, resource, context, schema, extensions).map_err(Box::new)
    };
    // Under a schema what is of the right types means the same however it was read.
    if let Some(Ok(request)) = super::plain::context(text.context).map(made) {
        return Ok(request);
    }
    let context = match schema {
        Some(schema) => {
            let of_action = context_schema_for_action(schema, &action)
                .ok_or_else(|| format!("the schema has no action `{}`", text.action))?;
            ContextJsonParser::new(Some(&of_action), extensions)
                .from_json_value(text.context.clone())
        }
        None => ContextJsonParser::<NullContextSchema>::new(None, extensions)
            .from_json_value(text.context.clone()),
    }
    .map_err(|error| super::in_full(&error))?;
    made(context).map_err(|error| super::in_full(&*error))
}
