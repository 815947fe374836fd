//! Expressions as the generator makes them: one kind of node, so that what mutates and shrinks them need not know them
//! all.

use std::fmt;

use crate::model::{Type, Uid, escaped, quoted};

/// A node and its operands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expr {
    pub op: Op,
    pub args: Vec<Expr>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    Bool(bool),
    Long(i64),
    Text(String),
    Entity(Uid),
    /// `principal`, `action`, `resource` or `context`
    Var(&'static str),
    Not,
    Negate,
    And,
    Or,
    If,
    /// `==` and `!=`: the operator, and the kind of its operands.
    Equality(&'static str, &'static str),
    /// `<`, `<=`, `>` and `>=`: the operator, and the kind of its operands.
    Order(&'static str, &'static str),
    /// `+`, `-` and `*`
    Arithmetic(&'static str),
    /// `in`, and what it looks in.
    In(Container),
    Is(String),
    /// `is T in …`
    IsIn(String, Container),
    /// `has a`, `has a.b`
    Has(Vec<String>),
    Get(String),
    Like(Vec<Piece>),
    /// A method that every type of its kind has: sets and tags.
    Builtin(&'static str),
    Set,
    Record(Vec<String>),
    /// A constructor of an extension type; its operand is a string literal.
    Make(&'static str),
    /// A method of an extension type.
    Method(&'static str),
}

/// What `in` looks in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Container {
    Entity,
    Literal,
    Attribute,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    Text(String),
    Any,
}

/// A method of an extension type: its name, the kinds of its operands with the receiver first, and of its result.
pub struct Signature {
    pub name: &'static str,
    pub operands: &'static [Type],
    pub result: Type,
}

const fn signature(name: &'static str, operands: &'static [Type], result: Type) -> Signature {
    Signature {
        name,
        operands,
        result,
    }
}

/// Every method of an extension type.
pub static METHODS: [Signature; 18] = {
    use Type::{Bool, Datetime, Decimal, Duration, Ip, Long};
    [
        signature("lessThan", &[Decimal, Decimal], Bool),
        signature("lessThanOrEqual", &[Decimal, Decimal], Bool),
        signature("greaterThan", &[Decimal, Decimal], Bool),
        signature("greaterThanOrEqual", &[Decimal, Decimal], Bool),
        signature("isIpv4", &[Ip], Bool),
        signature("isIpv6", &[Ip], Bool),
        signature("isLoopback", &[Ip], Bool),
        signature("isMulticast", &[Ip], Bool),
        signature("isInRange", &[Ip, Ip], Bool),
        signature("offset", &[Datetime, Duration], Datetime),
        signature("durationSince", &[Datetime, Datetime], Duration),
        signature("toDate", &[Datetime], Datetime),
        signature("toTime", &[Datetime], Duration),
        signature("toMilliseconds", &[Duration], Long),
        signature("toSeconds", &[Duration], Long),
        signature("toMinutes", &[Duration], Long),
        signature("toHours", &[Duration], Long),
        signature("toDays", &[Duration], Long),
    ]
};

/// Every kind of type, as operators name it.
pub const KINDS: [&str; 10] = [
    "Bool", "Long", "String", "entity", "set", "record", "decimal", "ip", "datetime", "duration",
];

/// The kind of a type.
pub fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "Bool",
        Type::Long => "Long",
        Type::String => "String",
        Type::Entity(_) => "entity",
        Type::Set(_) => "set",
        Type::Record(_) => "record",
        Type::Decimal => "decimal",
        Type::Ip => "ip",
        Type::Datetime => "datetime",
        Type::Duration => "duration",
    }
}

/// The methods of sets and tags.
pub const BUILTINS: [&str; 6] = [
    "contains",
    "containsAll",
    "containsAny",
    "isEmpty",
    "hasTag",
    "getTag",
];

impl Expr {
    pub fn new(op: Op, args: impl Into<Vec<Expr>>) -> Self {
        Self {
            op,
            args: args.into(),
        }
    }

    pub fn leaf(op: Op) -> Self {
        Self::new(op, [])
    }

    pub fn get(self, name: &str) -> Self {
        Self::new(Op::Get(name.to_owned()), [self])
    }

    pub fn has(self, path: &[String]) -> Self {
        Self::new(Op::Has(path.to_vec()), [self])
    }

    pub fn and(self, other: Self) -> Self {
        Self::new(Op::And, [self, other])
    }

    pub fn or(self, other: Self) -> Self {
        Self::new(Op::Or, [self, other])
    }

    pub fn negated(self) -> Self {
        Self::new(Op::Not, [self])
    }

    pub fn branch(self, yes: Self, no: Self) -> Self {
        Self::new(Op::If, [self, yes, no])
    }

    /// How many nodes it has.
    pub fn size(&self) -> usize {
        1 + self.args.iter().map(Expr::size).sum::<usize>()
    }

    /// Its nodes, itself first, each before its operands.
    pub fn nodes(&self) -> Vec<&Self> {
        let mut all = vec![self];
        for arg in &self.args {
            all.extend(arg.nodes());
        }
        all
    }

    /// The node of this number in [`Self::nodes`].
    pub fn node_mut(&mut self, number: usize) -> Option<&mut Self> {
        let mut left = number;
        let mut here = self;
        while left > 0 {
            left -= 1;
            let mut next = None;
            for arg in &mut here.args {
                let size = arg.size();
                if left < size {
                    next = Some(arg);
                    break;
                }
                left -= size;
            }
            here = next?;
        }
        Some(here)
    }

    /// Whether it is a condition by its operator alone.
    pub fn is_condition(&self) -> bool {
        match &self.op {
            Op::Bool(_)
            | Op::Not
            | Op::And
            | Op::Or
            | Op::Equality(..)
            | Op::Order(..)
            | Op::In(_)
            | Op::Is(_)
            | Op::IsIn(..)
            | Op::Has(_)
            | Op::Like(_) => true,
            Op::Builtin(name) => *name != "getTag",
            Op::Method(name) => METHODS
                .iter()
                .any(|method| method.name == *name && method.result == Type::Bool),
            _ => false,
        }
    }

    /// Whether it needs no parentheses.
    fn is_tight(&self) -> bool {
        match &self.op {
            Op::Long(number) => *number >= 0,
            Op::Bool(_)
            | Op::Text(_)
            | Op::Entity(_)
            | Op::Var(_)
            | Op::Get(_)
            | Op::Builtin(_)
            | Op::Set
            | Op::Record(_)
            | Op::Make(_)
            | Op::Method(_) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |args: &[Expr]| {
            let args: Vec<String> = args.iter().map(Expr::to_string).collect();
            args.join(", ")
        };
        match (&self.op, self.args.as_slice()) {
            (Op::Bool(value), _) => write!(f, "{value}"),
            (Op::Long(value), _) => write!(f, "{value}"),
            (Op::Text(text), _) => f.write_str(&quoted(text)),
            (Op::Entity(uid), _) => write!(f, "{uid}"),
            (Op::Var(name), _) => f.write_str(name),
            (Op::Not, [a]) => write!(f, "!{}", Operand(a)),
            (Op::Negate, [a]) => write!(f, "-{}", Operand(a)),
            (Op::And, [a, b]) => write!(f, "{} && {}", Operand(a), Operand(b)),
            (Op::Or, [a, b]) => write!(f, "{} || {}", Operand(a), Operand(b)),
            (Op::If, [a, b, c]) => {
                write!(
                    f,
                    "if {} then {} else {}",
                    Operand(a),
                    Operand(b),
                    Operand(c)
                )
            }
            (Op::Equality(op, _) | Op::Order(op, _) | Op::Arithmetic(op), [a, b]) => {
                write!(f, "{} {op} {}", Operand(a), Operand(b))
            }
            (Op::In(_), [a, b]) => write!(f, "{} in {}", Operand(a), Operand(b)),
            (Op::Is(ty), [a]) => write!(f, "{} is {ty}", Operand(a)),
            (Op::IsIn(ty, _), [a, b]) => write!(f, "{} is {ty} in {}", Operand(a), Operand(b)),
            (Op::Has(path), [a]) => match path.as_slice() {
                [name] => write!(f, "{} has {}", Operand(a), name_or_text(name)),
                path => write!(f, "{} has {}", Operand(a), path.join(".")),
            },
            (Op::Get(name), [a]) if is_identifier(name) => write!(f, "{}.{name}", Operand(a)),
            (Op::Get(name), [a]) => write!(f, "{}[{}]", Operand(a), quoted(name)),
            (Op::Like(pattern), [a]) => write!(f, "{} like {}", Operand(a), Pattern(pattern)),
            (Op::Set, args) => write!(f, "[{}]", list(args)),
            (Op::Record(names), args) => {
                let fields: Vec<String> = names
                    .iter()
                    .zip(args)
                    .map(|(name, value)| format!("{}: {value}", quoted(name)))
                    .collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
            (Op::Make(name), args) => write!(f, "{name}({})", list(args)),
            (Op::Builtin(name) | Op::Method(name), [receiver, rest @ ..]) => {
                write!(f, "{}.{name}({})", Operand(receiver), list(rest))
            }
            // Nothing makes a node with another number of operands; Cedar's parser would refuse its text.
            (op, args) => write!(f, "<{op:?} of {}>", args.len()),
        }
    }
}

struct Operand<'a>(&'a Expr);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_tight() {
            write!(f, "{}", self.0)
        } else {
            write!(f, "({})", self.0)
        }
    }
}

struct Pattern<'a>(&'a [Piece]);

impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pieces: String = self
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Any => "*".to_owned(),
                Piece::Text(text) => escaped(text).replace('*', "\\*"),
            })
            .collect();
        write!(f, "\"{pieces}\"")
    }
}

fn name_or_text(name: &str) -> String {
    if is_identifier(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Whether it can be written after a dot. The generator makes no reserved word.
pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
