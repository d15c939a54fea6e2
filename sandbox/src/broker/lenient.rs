//! Values in a wrong type that the broker takes all the same, each with a lint.

use serde_json::{Map, Value};

use super::request::Problem;

/// A whole number, or its digits in a string.
pub(super) fn number(map: &Map<String, Value>, name: &str, prefix: &str, lints: &mut Vec<String>) -> Result<Option<i64>, Problem> {
    let wrong = || format!("{prefix}{name} must be a whole number.");
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => {
            let whole = number.as_i64().or_else(|| number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64));
            whole.map(Some).ok_or_else(wrong)
        }
        Some(Value::String(text)) => {
            let number = text.trim().parse().map_err(|_| wrong())?;
            lints.push(format!("{prefix}{name} is a string; it should be a number"));
            Ok(Some(number))
        }
        Some(_) => Err(wrong()),
    }
}

/// True or false, or the word.
pub(super) fn flag(map: &Map<String, Value>, name: &str, lints: &mut Vec<String>) -> Result<Option<bool>, Problem> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(word)) if word == "true" || word == "false" => {
            lints.push(format!("{name} is a string; it should be true or false without quotation marks"));
            Ok(Some(word == "true"))
        }
        Some(_) => Err(format!("{name} must be true or false.")),
    }
}
