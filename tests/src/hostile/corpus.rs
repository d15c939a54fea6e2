//! The vectors, read from a file for people.

use super::SCRIPT;

const FILE: &str = include_str!("../../hostile/markup.txt");

/// One piece of hostile markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// What it tries.
    pub class: String,
    /// The markup.
    pub html: String,
}

/// Every vector of the file; `url` is where a listener counts requests.
pub fn vectors(url: &str) -> Vec<Vector> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut class = String::new();
    let mut found = Vec::new();
    for line in FILE.lines().filter(|line| !line.is_empty() && *line != ";" && !line.starts_with("; ")) {
        match line.strip_prefix("# ") {
            Some(name) => class = name.to_owned(),
            None => {
                let html = unescape(line).replace("{js}", SCRIPT).replace("{url}", url.trim_end_matches('/')).replace("{host}", host);
                found.push(Vector { class: class.clone(), html });
            }
        }
    }
    found
}

/// `\n \r \t \0 \\` and `\u{HEX}` are characters.
fn unescape(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        text.push(match rest.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('0') => '\0',
            Some('\\') => '\\',
            Some('u') => {
                let number: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                u32::from_str_radix(&number, 16).ok().and_then(char::from_u32).unwrap_or_else(|| panic!("no character: {line}"))
            }
            other => panic!("no escape: {other:?} in {line}"),
        });
    }
    text
}
