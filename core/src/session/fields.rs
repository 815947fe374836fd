//! Reading the fields of a request, strictly: a name that is not known is refused, since a misspelt
//! field that is silently ignored would look like an answer to what was asked.

use serde_json::{Map, Value};

use crate::suggest::nearest;

/// The fields of one request, all of them known to its operation.
pub(super) struct Fields<'a> {
    op: &'a str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The operation and its fields. `ops` lists the operations with the names of their fields.
    pub(super) fn of(
        request: &'a Value,
        ops: &[(&'static str, &[&'static str])],
    ) -> Result<(&'static str, Self), String> {
        let (object, given) = request
            .as_object()
            .and_then(|object| Some((object, object.get("op")?.as_str()?)))
            .ok_or("a request must be an object with the field `op`")?;
        let op = one_of("op", given, ops.iter().map(|(name, _)| *name))?;
        let known = ops
            .iter()
            .find(|(name, _)| *name == op)
            .map_or(&[][..], |(_, fields)| fields);
        only_known(op, object, known)?;
        Ok((op, Self { op, object }))
    }

    /// An object with fields of its own, all of them known; `None` where the field is absent.
    pub(super) fn optional_object(
        &self,
        name: &'a str,
        known: &[&'static str],
    ) -> Result<Option<Self>, String> {
        let Some(value) = self.object.get(name) else {
            return Ok(None);
        };
        let object = value
            .as_object()
            .ok_or_else(|| self.must_be(name, "an object"))?;
        only_known(name, object, known)?;
        Ok(Some(Self { op: name, object }))
    }

    /// A string.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, String> {
        self.optional_text(name)?
            .ok_or_else(|| format!("`{}` needs the field `{name}`", self.op))
    }

    /// A string, or `None` where the field is absent.
    pub(super) fn optional_text(&self, name: &str) -> Result<Option<&'a str>, String> {
        self.object
            .get(name)
            .map(|value| value.as_str().ok_or_else(|| self.must_be(name, "a string")))
            .transpose()
    }

    /// A position.
    pub(super) fn number(&self, name: &str) -> Result<u32, String> {
        self.number_in(name, self.required(name)?)
    }

    /// A number, or `None` where the field is absent.
    pub(super) fn optional_number(&self, name: &str) -> Result<Option<u32>, String> {
        self.object
            .get(name)
            .map(|value| self.number_in(name, value))
            .transpose()
    }

    /// True or false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, String> {
        self.required(name)?
            .as_bool()
            .ok_or_else(|| self.must_be(name, "true or false"))
    }

    /// True or false, and false where the field is absent.
    pub(super) fn optional_flag(&self, name: &str) -> Result<bool, String> {
        match self.object.contains_key(name) {
            true => self.flag(name),
            false => Ok(false),
        }
    }

    /// A list of strings, and none where the field is absent.
    pub(super) fn optional_texts(&self, name: &str) -> Result<Vec<String>, String> {
        match self.object.contains_key(name) {
            true => self.texts(name),
            false => Ok(Vec::new()),
        }
    }

    /// A list of strings.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        self.list(name)?
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| self.must_be(name, "a list of strings"))
    }

    /// A list, or `None` where the field is absent.
    pub(super) fn optional_list(&self, name: &str) -> Result<Option<&'a [Value]>, String> {
        match self.object.contains_key(name) {
            true => self.list(name).map(Some),
            false => Ok(None),
        }
    }

    /// A list.
    pub(super) fn list(&self, name: &str) -> Result<&'a [Value], String> {
        self.required(name)?
            .as_array()
            .map(Vec::as_slice)
            .ok_or_else(|| self.must_be(name, "a list"))
    }

    fn number_in(&self, name: &str, value: &Value) -> Result<u32, String> {
        value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| self.must_be(name, "a whole number below 4294967296"))
    }

    /// Whatever stands there.
    pub(super) fn value(&self, name: &str) -> Result<&'a Value, String> {
        self.required(name)
    }

    fn required(&self, name: &str) -> Result<&'a Value, String> {
        self.object
            .get(name)
            .ok_or_else(|| format!("`{}` needs the field `{name}`", self.op))
    }

    fn must_be(&self, name: &str, what: &str) -> String {
        format!("the field `{name}` of `{}` must be {what}", self.op)
    }
}

/// Refuses a field that nobody knows.
fn only_known(of: &str, object: &Map<String, Value>, known: &[&'static str]) -> Result<(), String> {
    for name in object.keys().filter(|name| *name != "op") {
        if !known.contains(&name.as_str()) {
            return Err(format!(
                "`{of}` has no field `{}`{}",
                name.escape_debug(),
                did_you_mean(name, known.iter().copied())
            ));
        }
    }
    Ok(())
}

/// The known name that was given, or a refusal that offers the nearest one.
pub(super) fn one_of(
    what: &str,
    given: &str,
    known: impl IntoIterator<Item = &'static str>,
) -> Result<&'static str, String> {
    let known: Vec<&'static str> = known.into_iter().collect();
    known
        .iter()
        .copied()
        .find(|name| *name == given)
        .ok_or_else(|| {
            format!(
                "there is no {what} `{}`{}",
                given.escape_debug(),
                did_you_mean(given, known)
            )
        })
}

/// `, did you mean …?` where a known name is near enough to be a slip of the fingers.
fn did_you_mean(given: &str, known: impl IntoIterator<Item = &'static str>) -> String {
    // The distance takes time in the product of the lengths, and nobody misspells a name by pages.
    if given.len() > 64 {
        return String::new();
    }
    nearest(given, known)
        .map(|name| format!(", did you mean `{name}`?"))
        .unwrap_or_default()
}
