//! The fields of a program's request, each with a remedy if it is wrong. Pure.

use serde_json::{Map, Value};

use crate::error::AppError;

/// An object, read field by field.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: &'static str,
}

impl<'a> Fields<'a> {
    /// An object whose fields are all known.
    pub(super) fn of(object: &'a Map<String, Value>, path: &'static str, known: &[&str]) -> Result<Self, AppError> {
        match object.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(Self { object, path }),
            Some(unknown) => {
                // Somebody else's words, as far as they may be told.
                let shown: String = unknown.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
                Err(AppError::InvalidField(format!("{path}{shown}"), format!("is not a field; there are {}", known.join(", "))))
            }
        }
    }

    /// A field, if it is there; what it must be otherwise.
    pub(super) fn take<T>(&self, name: &str, remedy: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, AppError> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let wrong = || AppError::InvalidField(format!("{}{name}", self.path), remedy.to_owned());
                read(value).map(Some).ok_or_else(wrong)
            }
        }
    }

    /// A field that is one of several words.
    pub(super) fn word<T>(&self, name: &str, remedy: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, AppError> {
        self.take(name, remedy, |value| value.as_str().and_then(&read))
    }
}
