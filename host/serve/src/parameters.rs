//! Parameters of requests, inputs and outputs, whichever protocol brought them.

use crate::fault::Fault;
use std::collections::HashMap;

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// Text.
    Text(String),
    /// What no parameter of ours is.
    Other,
}

/// Values by name. Those that nobody asks for are left alone, as the protocol wants it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(pub HashMap<String, Value>);

impl Parameters {
    fn get<T>(&self, name: &str, expected: &str, of: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, Fault> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        of(value).map(Some).ok_or_else(|| Fault::malformed(format!("the parameter {name} is of another type; expected {expected}")))
    }

    /// An integer, if it is there.
    ///
    /// # Errors
    /// It is something else.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.get(name, "an integer", |value| match value {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        })
    }

    /// True or false, if it is there.
    ///
    /// # Errors
    /// It is something else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.get(name, "true or false", |value| match value {
            Value::Bool(is) => Some(*is),
            _ => None,
        })
    }

    /// Text, if it is there.
    ///
    /// # Errors
    /// It is something else.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Fault> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        match value {
            Value::Text(text) => Ok(Some(text)),
            _ => Err(Fault::malformed(format!("the parameter {name} is of another type; expected text"))),
        }
    }

    /// Refuses what would change the answer and is not done here: shared memory, and Triton's classification.
    ///
    /// # Errors
    /// The first one, with what to do instead; `tensor` is whose parameters these are.
    pub fn refuse_unsupported(&self, tensor: &str) -> Result<(), Fault> {
        if self.0.contains_key("shared_memory_region") {
            return Err(Fault::malformed(format!("{tensor}: shared memory is not supported; send the tensor in the request")));
        }
        if self.0.contains_key("classification") {
            let sentence =
                format!("{tensor}: classification is not supported; ask for the outputs class_ids and labels with the parameter top");
            return Err(Fault::malformed(sentence));
        }
        Ok(())
    }
}

impl FromIterator<(String, Value)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}
