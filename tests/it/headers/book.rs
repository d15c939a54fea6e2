//! What answers say about themselves, class by class, as it is written down.

use tests::answer::Answer;

/// What every answer says: only where one does not, it is written down.
pub(super) const ALWAYS: [&str; 6] = [
    "date: (date)",
    "origin-agent-cluster: ?1",
    "referrer-policy: no-referrer",
    "strict-transport-security: max-age=63072000; includeSubDomains",
    "x-content-type-options: nosniff",
    "x-request-id: (id)",
];

/// The answers of one class, which say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) name: String,
    /// What was asked.
    asked: Vec<String>,
    status: String,
    /// Each `name: value`, in alphabetical order, and each of [`ALWAYS`] that is missing.
    headers: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) classes: Vec<Class>,
}

impl Book {
    /// Writes an answer down in its class; whatever else is in it says the same.
    pub(super) fn note(&mut self, class: &str, asked: &str, answer: &Answer) {
        let new = Class { name: class.into(), asked: vec![asked.into()], status: answer.status.to_string(), headers: headers(answer) };
        match self.classes.iter_mut().find(|known| known.name == class) {
            Some(known) => {
                assert_eq!((&known.status, &known.headers), (&new.status, &new.headers), "{class}: {asked} is not like {:?}", known.asked);
                known.asked.extend(new.asked);
            }
            None => self.classes.push(new),
        }
    }

    pub(super) fn to_text(&self) -> String {
        self.classes.iter().map(Class::to_text).collect::<Vec<_>>().join("\n")
    }

    /// What was written down before.
    pub(super) fn parse(text: &str) -> Self {
        let text: String = text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        let class = |block: &str| {
            let mut lines = block.lines().filter(|line| !line.is_empty()).map(str::to_owned);
            let name = lines.next()?;
            let (asked, mut said): (Vec<String>, Vec<String>) = lines.partition(|line| line.starts_with("  "));
            let status = said.remove(0);
            Some(Class { name, asked: asked.iter().map(|line| line.trim().to_owned()).collect(), status, headers: said })
        };
        Self { classes: text.split("== ").filter_map(class).collect() }
    }

    /// What is in one and not in the other, line by line; empty if nothing is.
    pub(super) fn difference(golden: &Self, found: &Self) -> String {
        let of = |book: &Self, name: &str| book.classes.iter().find(|class| class.name == name).map(Class::to_text).unwrap_or_default();
        let mut names: Vec<&String> = golden.classes.iter().chain(&found.classes).map(|class| &class.name).collect();
        names.sort();
        names.dedup();
        let mut difference = String::new();
        for name in names {
            let (old, new) = (of(golden, name), of(found, name));
            if old == new {
                continue;
            }
            difference += &format!("== {name}\n");
            for (lines, others, sign) in [(&old, &new, '-'), (&new, &old, '+')] {
                let only_here = lines.lines().skip(1).filter(|line| !others.lines().any(|other| other == *line));
                difference.extend(only_here.map(|line| format!("{sign} {line}\n")));
            }
        }
        difference
    }
}

impl Class {
    pub(super) fn to_text(&self) -> String {
        let asked: String = self.asked.iter().map(|line| format!("  {line}\n")).collect();
        let headers: String = self.headers.iter().map(|line| format!("{line}\n")).collect();
        format!("== {}\n{asked}{}\n{headers}", self.name, self.status)
    }
}

/// Every header; what differs by request is named.
fn headers(answer: &Answer) -> Vec<String> {
    let nonce =
        answer.header("content-security-policy").split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).map(|(nonce, _)| nonce);
    let line = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        let value = value.to_str().unwrap();
        let value = match name.as_str() {
            "date" => "(date)".to_owned(),
            "x-request-id" => "(id)".to_owned(),
            "allow" => "(methods)".to_owned(),
            "content-length" => "(bytes)".to_owned(),
            "x-gp-bearer" => "(token)".to_owned(),
            "retry-after" => "(seconds)".to_owned(),
            "set-cookie" => without_value(value),
            _ => without_port(&nonce.map_or_else(|| value.to_owned(), |nonce| value.replace(nonce, "(nonce)"))),
        };
        format!("{name}: {value}")
    };
    let mut lines: Vec<String> = answer.headers.iter().map(line).collect();
    let missing: Vec<String> =
        ALWAYS.iter().filter(|always| !lines.iter().any(|line| line == *always)).map(|line| format!("(not {line})")).collect();
    lines.retain(|line| !ALWAYS.contains(&&**line));
    lines.extend(missing);
    lines.sort();
    lines
}

/// Whatever the port of this machine is.
fn without_port(value: &str) -> String {
    let mut pieces = value.split_inclusive("127.0.0.1:").flat_map(|piece| piece.split_inclusive("localhost:"));
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let rest = piece.trim_start_matches(|digit: char| digit.is_ascii_digit());
        text + if rest.len() < piece.len() { "(port)" } else { "" } + rest
    })
}

fn without_value(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').unwrap();
    let (value, attributes) = rest.split_once("; ").unwrap();
    format!("{name}={}; {attributes}", if value.is_empty() { "" } else { "(token)" })
}

#[test]
fn what_is_written_down_is_read_again_and_a_line_that_differs_is_named() {
    let class = |header: &str| Class {
        name: "a page".into(),
        asked: vec!["GET /".into(), "GET /s/demo".into()],
        status: "200".into(),
        headers: vec!["cache-control: no-store".into(), header.into()],
    };
    let (golden, found) = (Book { classes: vec![class("vary: origin")] }, Book { classes: vec![class("vary: cookie")] });
    assert_eq!(Book::parse(&format!("# A word before.\n\n{}", golden.to_text())).classes, golden.classes);
    assert_eq!(Book::difference(&golden, &golden), "");
    assert_eq!(Book::difference(&golden, &found), "== a page\n- vary: origin\n+ vary: cookie\n");
}
