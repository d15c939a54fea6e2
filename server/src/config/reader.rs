//! Reads settings one by one and collects what is wrong, so that all of it is told at once.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use secrecy::SecretString;
use toml::{Table, Value};

use super::{ConfigProblem, Environment};
use crate::secret_file::{self, Unfit};

pub(super) struct Reader<'a> {
    file: String,
    environment: Environment<'a>,
    problems: RefCell<Vec<ConfigProblem>>,
}

/// One table of the file.
pub(super) struct Section<'r, 'a> {
    reader: &'r Reader<'a>,
    table: Table,
    path: String,
    /// Keys somebody asked for; the others are mistakes.
    known: RefCell<BTreeSet<String>>,
    /// Whether environment variables can reach it: not within a list.
    has_variables: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &str, environment: Environment<'a>) -> Self {
        Self { file: file.to_owned(), environment, problems: RefCell::default() }
    }

    pub(super) fn root<'r>(&'r self, table: Table) -> Section<'r, 'a> {
        Section { reader: self, table, path: String::new(), known: RefCell::default(), has_variables: true }
    }

    pub(super) fn into_problems(self) -> Vec<ConfigProblem> {
        self.problems.into_inner()
    }

    fn report(&self, key: &str, remedy: impl Into<String>) {
        self.problems.borrow_mut().push(ConfigProblem { file: self.file.clone(), key: key.to_owned(), remedy: remedy.into() });
    }
}

impl<'r, 'a> Section<'r, 'a> {
    /// Reports a problem with one of this section's settings.
    pub(super) fn report(&self, key: &str, remedy: impl Into<String>) {
        self.reader.report(&self.path_of(key), remedy);
    }

    /// Whether the file has this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether the file or the environment has this key.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.has(key) || self.variable(key).is_some()
    }

    /// What stands in the file here, where any name may.
    pub(super) fn keys(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// Whether the file has nothing here.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Whether the file or the environment has any of these settings; secrets count by their file or variable.
    pub(super) fn is_given(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| {
            let file_key = format!("{key}_file");
            [*key, &*file_key].iter().any(|key| self.has(key) || self.variable(key).is_some())
        }) || !self.table.is_empty()
    }

    /// Takes a setting for known without looking at it.
    pub(super) fn pass_over(&self, key: &str) {
        self.known.borrow_mut().insert(key.to_owned());
    }

    /// A table within this one; empty if the file has none.
    pub(super) fn section(&self, key: &str) -> Section<'r, 'a> {
        let table = match self.take(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(_) => {
                self.report(key, format!("must be a section: write `[{}]` above its settings", self.path_of(key)));
                Table::new()
            }
        };
        Section { reader: self.reader, table, path: self.path_of(key), known: RefCell::default(), has_variables: self.has_variables }
    }

    /// A list of tables: `[[key]]`.
    pub(super) fn sections(&self, key: &str) -> Vec<Section<'r, 'a>> {
        let tables = match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => {
                self.report(key, format!("must be a list: write `[[{key}]]` above each one's settings"));
                Vec::new()
            }
        };
        tables
            .into_iter()
            .enumerate()
            .filter_map(|(index, value)| {
                let path = format!("{}[{}]", self.path_of(key), index + 1);
                let Value::Table(table) = value else {
                    self.reader.report(&path, format!("must be a section: write `[[{key}]]` above its settings"));
                    return None;
                };
                Some(Section { reader: self.reader, table, path, known: RefCell::default(), has_variables: false })
            })
            .collect()
    }

    /// A text; the environment variable comes before the file.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let from_file = self.take(key);
        if let Some(text) = self.variable(key) {
            return Some(text);
        }
        match from_file? {
            Value::String(text) => Some(text),
            _ => {
                self.report(key, "must be a text in quotes");
                None
            }
        }
    }

    /// A text that is read as something; `what` says what is expected. `Err(())` was reported.
    pub(super) fn parsed<T>(&self, key: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
        let is_wrong_type = self.table.get(key).is_some_and(|value| !value.is_str()) && self.variable(key).is_none();
        let Some(text) = self.text(key) else {
            return if is_wrong_type { Err(()) } else { Ok(None) };
        };
        match parse(&text) {
            Some(value) => Ok(Some(value)),
            None => {
                let origin = self.variable(key).map(|_| format!(" (from {})", self.variable_name(key))).unwrap_or_default();
                self.report(key, format!("`{text}`{origin} is not {what}"));
                Err(())
            }
        }
    }

    /// A whole number; the environment variable comes before the file.
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        let from_file = self.take(key);
        if let Some(text) = self.variable(key) {
            let number = text.trim().parse().ok();
            if number.is_none() {
                self.report(key, format!("`{text}` (from {}) must be a whole number", self.variable_name(key)));
            }
            return number;
        }
        match from_file? {
            Value::Integer(number) => Some(number),
            _ => {
                self.report(key, "must be a whole number");
                None
            }
        }
    }

    /// A yes or a no.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.take(key)? {
            Value::Boolean(flag) => Some(flag),
            _ => {
                self.report(key, "must be true or false");
                None
            }
        }
    }

    /// A list of texts; the environment variable, which has commas between them, comes before the file.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let from_file = self.take(key);
        if let Some(text) = self.variable(key) {
            return text.split(',').map(|text| text.trim().to_owned()).collect();
        }
        let Some(value) = from_file else { return Vec::new() };
        let texts =
            value.as_array().and_then(|values| values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        texts.unwrap_or_else(|| {
            self.report(key, "must be a list of texts: [\"one\", \"two\"]");
            Vec::new()
        })
    }

    /// A secret: from its environment variable, or from the file that `<key>_file` names; never from here.
    pub(super) fn secret(&self, key: &str) -> Option<SecretString> {
        let file_key = format!("{key}_file");
        if self.take(key).is_some() {
            self.report(key, format!("a secret does not belong in this file; put it in a file of its own and name that in `{file_key}`"));
            return None;
        }
        let path = self.text(&file_key);
        if let Some(text) = self.variable(key) {
            return Some(text.trim().to_owned().into());
        }
        let Some(path) = path else {
            let or_variable = if self.has_variables { format!(", or set {}", self.variable_name(key)) } else { String::new() };
            self.report(&file_key, format!("is missing; name the file that holds it{or_variable}"));
            return None;
        };
        match read_secret(&PathBuf::from(path)) {
            Ok(secret) => Some(secret),
            Err(remedy) => {
                self.report(&file_key, remedy);
                None
            }
        }
    }

    /// Reports the keys nobody asked for.
    pub(super) fn finish(&self) {
        let known = self.known.borrow();
        for key in self.table.keys().filter(|key| !known.contains(*key)) {
            let near = known.iter().find(|known| is_near(known, key)).map(|known| format!("; did you mean `{known}`?"));
            self.report(key, format!("is not a setting{}", near.unwrap_or_default()));
        }
    }

    fn take(&self, key: &str) -> Option<Value> {
        self.known.borrow_mut().insert(key.to_owned());
        self.table.get(key).cloned()
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn variable_name(&self, key: &str) -> String {
        format!("GUEST_PORTAL_{}", self.path_of(key).replace('.', "_").to_uppercase())
    }

    fn variable(&self, key: &str) -> Option<String> {
        self.has_variables.then(|| (self.reader.environment)(&self.variable_name(key))).flatten().filter(|text| !text.is_empty())
    }
}

fn read_secret(path: &Path) -> Result<SecretString, String> {
    let text = secret_file::read(path).map_err(|unfit| match unfit {
        Unfit::Unreadable(error) => {
            format!("{} cannot be read ({error}); put the secret there, readable by this user only", path.display())
        }
        unfit => format!("{} {unfit}", path.display()),
    })?;
    match text.trim() {
        "" => Err(format!("{} is empty; put the secret there", path.display())),
        secret => Ok(secret.to_owned().into()),
    }
}

/// Whether one key is the other with at most two letters wrong, added or missing.
fn is_near(known: &str, typed: &str) -> bool {
    let (known, typed): (Vec<char>, Vec<char>) = (known.chars().collect(), typed.chars().collect());
    let mut row: Vec<usize> = (0..=typed.len()).collect();
    for (i, a) in known.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (j, b) in typed.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX);
            let cost = (diagonal + usize::from(a != b)).min(above + 1).min(left + 1);
            diagonal = above;
            if let Some(cell) = row.get_mut(j) {
                *cell = left;
            }
            left = cost;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().is_some_and(|distance| *distance <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_recognised() {
        assert!(is_near("listen", "listne"));
        assert!(is_near("public_url", "publc_url"));
        assert!(!is_near("listen", "public_url"));
    }
}
