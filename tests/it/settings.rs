//! Every setting of `guest-portal.example.toml`: what is seen of it once it is changed, and how a wrong value is refused.
//!
//! A new setting needs two rows. One says what it is changed to and what is then seen: a [`Row`] in one of the files here,
//! and a line in the play above which it stands. The other is in `wrong.rs`, with what must be refused.

mod connections;
mod hours;
mod identity;
mod limits;
mod looks;
mod meetings;
mod operation;
mod page;
mod program;
mod traces;
mod webhooks;
mod work;
mod wrong;

use std::collections::{BTreeMap, BTreeSet};

use tests::{portal::LOOK_EVERY, recipe::document};
use toml::{Table, Value};

const EXAMPLE: &str = "guest-portal.example.toml";

/// Where the example keeps secrets, and what stands for a test's own folder.
const SECRETS: &str = "/etc/guest-portal";

/// One setting.
struct Row {
    /// Its path; lists are not counted.
    key: &'static str,
    /// What it is changed to, as TOML.
    changed: &'static str,
    /// What is seen with it, and is not seen before.
    seen: &'static str,
}

/// What a play has seen of each setting. Nothing in it may depend on whether the settings were changed: it is played with
/// and without.
type Seen = BTreeMap<&'static str, String>;

/// Every row there is.
fn rows() -> impl Iterator<Item = &'static Row> {
    [
        program::ROWS,
        traces::ROWS,
        operation::ROWS,
        connections::FIRST_ROWS,
        connections::FURTHER_ROWS,
        connections::CREDENTIAL_ROWS,
        connections::HEARING_ROWS,
        page::ROWS,
        page::TALK_ROWS,
        looks::ROWS,
        identity::ROWS,
        limits::ROWS,
        hours::ROWS,
        meetings::LINK_ROWS,
        meetings::DUTY_ROWS,
        meetings::OFFER_ROWS,
        webhooks::ROWS,
        work::ROWS,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn every_setting_of_the_example_has_a_row_that_shows_it_to_act() {
    assert_are_those_of_the_example(rows().map(|row| row.key));
}

/// Each at least once.
fn assert_are_those_of_the_example<'a>(keys: impl Iterator<Item = &'a str>) {
    let shown: BTreeSet<String> = keys.map(str::to_owned).collect();
    let mut expected = BTreeSet::new();
    collect_keys(&example(), "", &mut expected);
    assert!(expected.len() >= 80, "{expected:?}");
    let missing: Vec<_> = expected.difference(&shown).collect();
    let unknown: Vec<_> = shown.difference(&expected).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "without a row: {missing:?}; in no example: {unknown:?}");
}

/// The example with every setting that stands in a comment: there is no space before it, as there is before words.
fn example() -> Table {
    let is_setting = |line: &str| {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(name, _)| is_name(name))
    };
    let uncommented = |line: &str| line.strip_prefix('#').filter(|line| is_setting(line)).unwrap_or(line).to_owned() + "\n";
    let text: String = document(EXAMPLE).lines().map(uncommented).collect();
    text.parse().unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

fn collect_keys(table: &Table, path: &str, keys: &mut BTreeSet<String>) {
    for (name, value) in table {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            Value::Table(table) => collect_keys(table, &path, keys),
            Value::Array(items) if items.iter().any(Value::is_table) => {
                items.iter().filter_map(Value::as_table).for_each(|table| collect_keys(table, &path, keys));
            }
            _ => drop(keys.insert(path)),
        }
    }
}

/// Sets what stands at a path, of lists in the first one.
fn set(table: &mut Table, key: &str, value: &str) {
    let value = format!("value = {value}").parse::<Table>().unwrap_or_else(|error| panic!("{key}: {error}")).remove("value").unwrap();
    let (sections, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut table = table;
    for section in sections.split('.').filter(|section| !section.is_empty()) {
        let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        let inner = if inner.is_array() { inner.get_mut(0).unwrap() } else { inner };
        table = inner.as_table_mut().unwrap_or_else(|| panic!("{section} of {key} is no section"));
    }
    table.insert(name.to_owned(), value);
}

/// A configuration with these rows' settings changed.
fn changed(configuration: &str, rows: &[Row]) -> Table {
    let mut table = configuration.parse().unwrap_or_else(|error| panic!("{error} in\n{configuration}"));
    rows.iter().for_each(|row| set(&mut table, row.key, row.changed));
    table
}

/// As a test's portal reads it: it begins within the section of the server.
fn for_portal(mut table: Table) -> String {
    let server = table.remove("server").unwrap_or_else(|| Value::Table(Table::new()));
    format!("{}\n{}", toml::to_string(&server).unwrap(), toml::to_string(&table).unwrap())
}

/// Every row is seen once all of them are changed, and not before.
async fn all_act(rows: &'static [Row], play: impl AsyncFn(&[Row]) -> Seen) {
    let (before, after) = tokio::join!(Box::pin(play(&[])), Box::pin(play(rows)));
    none(rows.iter().filter_map(|row| why_not(row, &before, &after)).collect());
}

/// Every row is seen once it alone is changed, and not before.
async fn each_acts(rows: &'static [Row], play: impl AsyncFn(&[Row]) -> Seen) {
    let alone = rows.iter().map(|row| Box::pin(play(std::slice::from_ref(row))));
    let (before, after) = tokio::join!(Box::pin(play(&[])), futures_util::future::join_all(alone));
    none(rows.iter().zip(&after).filter_map(|(row, after)| why_not(row, &before, after)).collect());
}

/// Why a row does not show that its setting acts.
fn why_not(row: &Row, before: &Seen, after: &Seen) -> Option<String> {
    let Row { key, changed, seen } = row;
    match (before.get(key), after.get(key)) {
        (Some(_), Some(is)) if is != seen => Some(format!("{key} = {changed}: {seen:?} is not seen, but {is:?}")),
        (Some(was), Some(is)) if was == is => Some(format!("{key} = {changed}: {seen:?} is seen without it, too")),
        (Some(_), Some(_)) => None,
        _ => Some(format!("{key}: the play does not look at it")),
    }
}

fn none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Whether it comes without more time passing by the clock: whoever waited for that is awake, and needs but a moment.
async fn comes(mut look: impl AsyncFnMut() -> bool) -> bool {
    for _ in 0..150 {
        if look().await {
            return true;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    false
}

/// The words where it is so.
fn said(is_so: bool, words: &str) -> String {
    if is_so { words.to_owned() } else { String::new() }
}
