//! `<@personId:…>`, `<@personEmail:…>` and `<@all>` in markdown.
//!
//! They are taken out before markdown is read, with one private character pair in the place of each, and put back as tags
//! after the HTML was cleaned: so no HTML of a guest can pose as a mention.

use crate::ids::PersonId;

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// Who is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Id(String),
    Email(String),
    Everybody,
}

/// Who that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mentioned {
    Person { id: PersonId, name: String },
    Everybody,
}

/// One mention taken out of the markdown.
pub(super) struct Taken {
    pub(super) mentioned: Mentioned,
    name: Option<String>,
    source: String,
}

/// The markdown with a mark in the place of each mention that means somebody; the others stay as they are.
pub(super) fn take(markdown: &str, who: &dyn Fn(&Target) -> Option<Mentioned>) -> (String, Vec<Taken>) {
    let mut marked = String::with_capacity(markdown.len());
    let mut taken = Vec::new();
    let mut rest = markdown;
    let mut is_escaped = false;
    while let Some(character) = rest.chars().next() {
        if !is_escaped
            && rest.starts_with("<@")
            && let Some(end) = rest.find('>')
            && let Some(inner) = rest.get(2..end)
            && let Some((target, name)) = parse(inner)
            && let Some(mentioned) = who(&target)
        {
            let source = rest.get(..=end).unwrap_or_default();
            marked.push_str(&format!("{OPEN}{}{CLOSE}", taken.len()));
            taken.push(Taken { mentioned, name, source: source.to_owned() });
            rest = rest.get(end + 1..).unwrap_or_default();
            continue;
        }
        is_escaped = character == '\\' && !is_escaped;
        if character != OPEN && character != CLOSE {
            marked.push(character);
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    (marked, taken)
}

fn parse(inner: &str) -> Option<(Target, Option<String>)> {
    if inner == "all" {
        return Some((Target::Everybody, None));
    }
    let (address, name) = match inner.split_once('|') {
        Some((address, name)) => (address, Some(name.trim().to_owned()).filter(|name| !name.is_empty())),
        None => (inner, None),
    };
    let target = match address.split_once(':')? {
        ("personId", id) => Target::Id(id.trim().to_owned()),
        ("personEmail", email) => Target::Email(email.trim().to_owned()),
        _ => return None,
    };
    Some((target, name))
}

/// Replaces the marks by what `put` makes of each.
fn put_back(marked: &str, taken: &[Taken], put: impl Fn(&Taken) -> String) -> String {
    let mut whole = String::with_capacity(marked.len());
    let mut parts = marked.split(OPEN);
    whole.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, after) = part.split_once(CLOSE).unwrap_or(("", part));
        if let Some(mention) = number.parse::<usize>().ok().and_then(|number| taken.get(number)) {
            whole.push_str(&put(mention));
        }
        whole.push_str(after);
    }
    whole
}

/// As tags, in HTML that was cleaned.
pub(super) fn put_back_as_tags(html: &str, taken: &[Taken]) -> String {
    put_back(html, taken, |mention| match &mention.mentioned {
        Mentioned::Person { id, name } => {
            let shown = escape(mention.name.as_ref().unwrap_or(name));
            format!(r#"<spark-mention data-object-type="person" data-object-id="{}">{shown}</spark-mention>"#, id.public())
        }
        Mentioned::Everybody => r#"<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>"#.to_owned(),
    })
}

/// Whether the mention's mark is still there: in code it is not.
pub(super) fn is_marked(html: &str, number: usize) -> bool {
    html.contains(&format!("{OPEN}{number}{CLOSE}"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// As they were written, for code.
pub(super) fn put_back_as_written(text: &str, taken: &[Taken]) -> String {
    put_back(text, taken, |mention| mention.source.clone())
}
