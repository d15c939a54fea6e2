//! What a guest typed, as Webex is given it.
//!
//! Most messages are plain text, and Webex gets them as they are: nothing in `text` is markup. Where a guest used markdown,
//! or wrote `@` and the name of somebody in the space, Webex gets markdown that is written anew from what was understood:
//! emphasis, code, quotes and lists. Everything else is escaped, so that it says what the guest saw, and nobody is mentioned
//! but people of the space: never everybody.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd, TextMergeWithOffset};
use shared::{Author, outgoing::MAX_MESSAGE_BYTES};

use crate::webex::wire;

/// Markup deeper than this is no message of a person.
const MAX_DEPTH: usize = 16;

/// What Webex is given for a guest's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// As they were typed.
    Text(String),
    /// With formatting or mentions.
    Markdown(String),
}

impl Outgoing {
    /// The words in the form Webex is given them; `people` are those who can be mentioned.
    pub fn new(text: &str, people: &[Author]) -> Self {
        match rewrite(text, people) {
            // Markup that makes it too long is not worth a refusal.
            Some(markdown) if markdown.len() <= MAX_MESSAGE_BYTES => Self::Markdown(markdown),
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// Whether the words may mention somebody, so that it is worth asking who is in the space.
pub fn may_mention(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| begins_mention(text, at))
}

fn begins_mention(text: &str, at: usize) -> bool {
    let is_apart = text.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|before| !before.is_alphanumeric());
    let goes_on = text.get(at + 1..).and_then(|after| after.chars().next()).is_some_and(char::is_alphanumeric);
    is_apart && goes_on
}

/// The words as markdown; nothing where that would say no more than the words themselves.
fn rewrite(text: &str, people: &[Author]) -> Option<String> {
    let mut writer = Writer {
        people,
        written: String::new(),
        before_lines: Vec::new(),
        lines_of_code: None,
        opened_at: usize::MAX,
        is_worth_it: false,
        needs_gap: false,
    };
    let mut skipped = 0_usize;
    for (event, range) in TextMergeWithOffset::new(Parser::new_ext(text, Options::empty()).into_offset_iter()) {
        if writer.before_lines.len() > MAX_DEPTH {
            return None;
        }
        let source = text.get(range).unwrap_or_default();
        if skipped > 0 {
            match event {
                Event::Start(_) => skipped += 1,
                Event::End(_) => skipped -= 1,
                _ => {}
            }
            continue;
        }
        match &event {
            // These are not for guests: what was typed is shown.
            Event::Start(Tag::Heading { .. } | Tag::HtmlBlock) => {
                skipped = 1;
                writer.begin_block();
                writer.words(source.trim_end());
                writer.needs_gap = true;
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                skipped = 1;
                writer.words(source);
            }
            Event::Start(Tag::CodeBlock(kind)) => writer.begin_code(matches!(kind, CodeBlockKind::Fenced(_))),
            Event::End(TagEnd::CodeBlock) => writer.end_code(),
            _ => writer.hear(&event, source),
        }
    }
    writer.is_worth_it.then_some(writer.written)
}

/// Writes markdown, part by part.
struct Writer<'a> {
    people: &'a [Author],
    written: String,
    /// What stands before every line: of each quote and each item around it.
    before_lines: Vec<&'static str>,
    /// The block of code that is being read.
    lines_of_code: Option<String>,
    /// How long it was when formatting or an item was opened.
    opened_at: usize,
    /// There is something that plain text would not say.
    is_worth_it: bool,
    /// What follows is a block of its own.
    needs_gap: bool,
}

impl Writer<'_> {
    fn hear(&mut self, event: &Event<'_>, source: &str) {
        match event {
            Event::Start(Tag::Paragraph) => self.begin_block(),
            Event::End(TagEnd::Paragraph) => self.needs_gap = true,
            Event::Start(Tag::Strong) => self.open("**"),
            Event::Start(Tag::Emphasis) => self.open("*"),
            Event::End(TagEnd::Strong) => self.mark("**"),
            Event::End(TagEnd::Emphasis) => self.mark("*"),
            Event::Code(code) => {
                self.is_worth_it = true;
                self.code(code);
            }
            Event::Start(Tag::BlockQuote(_)) => {
                self.begin_block();
                self.mark("> ");
                self.before_lines.push("> ");
            }
            Event::Start(Tag::List(_)) => {
                self.is_worth_it = true;
                // A list in an item stands right below its words.
                if self.needs_gap || self.written.is_empty() {
                    self.begin_block();
                }
            }
            Event::Start(Tag::Item) => self.begin_item(source),
            Event::End(TagEnd::Item) => {
                self.fill_opened();
                self.before_lines.pop();
                self.needs_gap = false;
            }
            Event::End(TagEnd::BlockQuote(_)) => {
                self.before_lines.pop();
                self.needs_gap = true;
            }
            Event::End(TagEnd::List(_)) => self.needs_gap = true,
            Event::SoftBreak | Event::HardBreak => {
                self.fill_opened();
                // Two blanks: the line ends where the guest ended it.
                self.written.push_str("  ");
                self.new_line();
            }
            Event::Text(code) if self.lines_of_code.is_some() => self.lines_of_code.iter_mut().for_each(|lines| lines.push_str(code)),
            Event::Text(_) | Event::Html(_) | Event::InlineHtml(_) => self.words(source),
            Event::Rule => {
                self.begin_block();
                self.words(source.trim_end());
                self.needs_gap = true;
            }
            _ => {}
        }
    }

    fn mark(&mut self, mark: &str) {
        self.fill_gap();
        self.is_worth_it = true;
        self.written.push_str(mark);
    }

    fn new_line(&mut self) {
        self.written.push('\n');
        self.before_lines.iter().for_each(|before| self.written.push_str(before));
    }

    /// What is a block of its own stands apart, also where the words before it are none: in an item.
    fn begin_block(&mut self) {
        self.needs_gap |= !self.is_at_line_start();
        self.fill_gap();
    }

    fn fill_gap(&mut self) {
        if std::mem::take(&mut self.needs_gap) {
            self.new_line();
            self.new_line();
        }
    }

    fn open(&mut self, mark: &str) {
        self.mark(mark);
        self.opened_at = self.written.len();
    }

    /// Where a line would end with what opens something: marks alone are a rule across, or make a heading of the line before.
    fn fill_opened(&mut self) {
        if self.opened_at == self.written.len() {
            self.written.push(APART);
        }
    }

    fn begin_item(&mut self, source: &str) {
        if std::mem::take(&mut self.needs_gap) || !self.is_at_line_start() {
            self.new_line();
        }
        let number: String = source.chars().take_while(char::is_ascii_digit).collect();
        if number.is_empty() {
            self.written.push_str("- ");
            self.before_lines.push("  ");
        } else {
            self.written.push_str(&number);
            self.written.push_str(". ");
            self.before_lines.push("   ");
        }
        self.opened_at = self.written.len();
    }

    fn is_at_line_start(&self) -> bool {
        let line = self.written.rsplit('\n').next().unwrap_or_default();
        line.len() == self.before_lines.iter().map(|before| before.len()).sum::<usize>()
    }

    fn begin_code(&mut self, is_fenced: bool) {
        self.begin_block();
        self.is_worth_it |= is_fenced;
        self.lines_of_code = Some(String::new());
    }

    fn end_code(&mut self) {
        let code = without_mentions(self.lines_of_code.take().unwrap_or_default().trim_end_matches('\n'));
        // Longer than any row of ticks in it.
        let fence = "`".repeat((longest_row_of_ticks(&code) + 1).max(3));
        self.written.push_str(&fence);
        for line in code.split('\n').chain([fence.as_str()]) {
            self.new_line();
            self.written.push_str(line);
        }
        self.needs_gap = true;
    }

    fn code(&mut self, code: &str) {
        self.fill_gap();
        let code = without_mentions(code);
        let ticks = "`".repeat(longest_row_of_ticks(&code) + 1);
        let gap = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
        self.written.extend([&*ticks, gap, &code, gap, &ticks]);
    }

    /// What was typed, as words: whatever could be markup is escaped.
    fn words(&mut self, source: &str) {
        // In an item, words may follow a list without being a paragraph.
        self.fill_gap();
        for (place, line) in source.split('\n').enumerate() {
            if place > 0 {
                self.written.push_str("  ");
                self.new_line();
            }
            let mut rest = line;
            while let Some(c) = rest.chars().next() {
                let taken = self.address(line, rest).or_else(|| self.mention(line, rest)).unwrap_or_else(|| self.character(rest, c));
                rest = rest.get(taken..).unwrap_or_default();
            }
        }
    }

    /// An address stays as it is: escaped, it may be no link any more.
    fn address(&mut self, line: &str, rest: &str) -> Option<usize> {
        let is_address = rest.starts_with("https://") || rest.starts_with("http://");
        let at = line.len() - rest.len();
        let is_apart = line.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|before| !before.is_alphanumeric());
        if !is_address || !is_apart {
            return None;
        }
        let is_end = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '*' | '`' | '[' | ']' | '\\');
        let address = rest.get(..rest.find(is_end).unwrap_or(rest.len()))?;
        self.written.push_str(address);
        Some(address.len())
    }

    /// `@` and the name of somebody in the space.
    fn mention(&mut self, line: &str, rest: &str) -> Option<usize> {
        let after = rest.strip_prefix('@').filter(|_| begins_mention(line, line.len() - rest.len()))?;
        let is_named = |name: &str| {
            let goes_on = |tail: &str| tail.chars().next().is_some_and(char::is_alphanumeric);
            !name.is_empty() && after.strip_prefix(name).is_some_and(|tail| !goes_on(tail))
        };
        let named = self.people.iter().filter(|person| is_named(&person.display_name));
        let person = named.max_by_key(|person| person.display_name.len())?;
        let name: String = person.display_name.chars().filter(|c| !matches!(c, '<' | '>' | '|')).collect();
        self.written.push_str(&wire::mention(person.person_id.as_str(), &name));
        self.is_worth_it = true;
        Some(1 + person.display_name.len())
    }

    fn character(&mut self, rest: &str, c: char) -> usize {
        if c == '\\' {
            // What the guest escaped stays so.
            let next = rest.chars().nth(1).filter(char::is_ascii_punctuation);
            self.written.push('\\');
            self.written.push(next.unwrap_or('\\'));
            if next == Some('<') && rest.get(2..).is_some_and(|rest| rest.starts_with('@')) {
                self.written.push(APART);
            }
            return 1 + next.map_or(0, char::len_utf8);
        }
        if c.is_ascii_punctuation() && !matches!(c, ',' | '\'' | '"' | '?' | ':' | ';' | '/' | '@' | '%' | '$') {
            self.written.push('\\');
        }
        self.written.push(c);
        if rest.starts_with("<@") {
            self.written.push(APART);
        }
        c.len_utf8()
    }
}

/// Takes no room, and keeps apart what would be a mention for a reader that knows no escapes.
const APART: char = '\u{2060}';

fn without_mentions(code: &str) -> String {
    code.replace("<@", &format!("<{APART}@"))
}

fn longest_row_of_ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use shared::{AuthorKind, PersonId};

    use super::*;

    fn people() -> Vec<Author> {
        let person = |id: &str, name: &str| Author { person_id: PersonId::new(id), display_name: name.into(), kind: AuthorKind::Staff };
        vec![person("G", "Grace"), person("GH", "Grace Hopper"), person("O", "Conan O'Brien_x")]
    }

    fn markdown(text: &str) -> String {
        match Outgoing::new(text, &people()) {
            Outgoing::Markdown(markdown) => markdown,
            Outgoing::Text(text) => panic!("{text:?} is sent as text"),
        }
    }

    #[test]
    fn words_without_markup_go_as_they_are() {
        for plain in [
            "Hello",
            "2 * 3 * 4 = 24",
            "a_b_c and <b>bold</b>",
            "Thanks\n---\nBob",
            "# 1 of all",
            "see [this](https://a.example)",
            "me@grace.example",
            "@all @Nobody <@all>",
            "    indented",
            "",
        ] {
            assert_eq!(Outgoing::new(plain, &people()), Outgoing::Text(plain.into()));
        }
    }

    #[test]
    fn formatting_is_kept_and_everything_else_is_escaped() {
        for (typed, sent) in [
            ("**bold** *it* _it_ `co*de`", "**bold** *it* *it* `co*de`"),
            ("**a** `` `b `` `` c` ``", "**a** `` `b `` `` c` ``"),
            ("**a** [x **b** *c* d](y)", "**a** \\[x \\*\\*b\\*\\* \\*c\\* d\\]\\(y\\)"),
            ("one\n\ntwo **x**\n\nthree", "one\n\ntwo **x**\n\nthree"),
            ("**a** <b>\nnext_line & [x](y) 1.", "**a** \\<b\\>  \nnext\\_line \\& \\[x\\]\\(y\\) 1\\."),
            ("> said\n> twice\n\n**no**", "> said  \n> twice\n\n**no**"),
            ("- one\n- two **x**\n  - deep", "- one\n- two **x**\n  - deep"),
            ("3. three\n4. four", "3. three\n4. four"),
            ("- a\n* * -\n* b", "- a\n\n- - - \u{2060}\n- b"),
            ("- a\n  - *\n  b", "- a\n  - - \u{2060}\n  \n  b"),
            ("> - a\n> - b", "> - a\n> - b"),
            ("- a\n  ```\n  b\n  ```", "- a\n  \n  ```\n  b\n  ```"),
            ("- *a*\n  - \\\nb", "- *a*\n  - \u{2060}  \n    b"),
            ("a\n***\\\nb***", "a  \n***\u{2060}  \nb***"),
            ("- a\n  > b", "- a\n  \n  > b"),
            ("**see** https://a.example/b_c*", "**see** https://a.example/b_c\\*"),
            ("```rust\nlet a = *b;\n\n  c\n```\nok", "```\nlet a = *b;\n\n  c\n```\n\nok"),
            ("not \\*bold\\* but **bold** &amp;", "not \\*bold\\* but **bold** \\&amp;"),
            ("**a**\n\n# no heading\n\n***", "**a**\n\n\\# no heading\n\n\\*\\*\\*"),
        ] {
            assert_eq!(markdown(typed), sent, "{typed}");
        }
    }

    #[test]
    fn people_of_the_space_are_mentioned_and_nobody_else() {
        let grace = wire::mention("G", "Grace");
        assert_eq!(markdown("Hi @Grace Hopper!"), format!("Hi {}\\!", wire::mention("GH", "Grace Hopper")));
        assert_eq!(markdown("@Grace, @Grace Hopperx"), format!("{grace}, {grace} Hopperx"));
        assert_eq!(markdown("**@Conan O'Brien_x**"), format!("**{}**", wire::mention("O", "Conan O'Brien_x")));
        for evil in ["**x** <@all>", "**x** \\<@all>", "**x** <@grace:a@b.example>", "`<@all>`", "```\n<@all>\n```"] {
            let sent = markdown(evil);
            assert!(!sent.contains("<@"), "{sent}");
        }
        assert!(may_mention("hi @Grace") && may_mention("(@x") && !may_mention("a@b.example") && !may_mention("@ 7"));
    }

    #[test]
    fn markup_that_makes_it_too_long_is_left_out() {
        let text = format!("**a** {}", "!".repeat(5000));
        assert_eq!(Outgoing::new(&text, &[]), Outgoing::Text(text));
    }

    #[test]
    fn what_is_written_means_what_was_typed() {
        let mut random = fastrand::Rng::with_seed(7);
        let parts = [
            "a", "b c", "*", "**", "_", "`", "```", "\n", "\n\n", "> ", "- ", "1. ", "<@all>", "<b>", "\\", "#", "@Grace", "&lt;", "    ",
            "~", "[x](y)",
        ];
        for _ in 0..20_000 {
            let typed: String = (0..random.usize(1..14)).map(|_| parts[random.usize(..parts.len())]).collect();
            if let Outgoing::Markdown(sent) = Outgoing::new(&typed, &people()) {
                let mentions: Vec<_> = sent.match_indices("<@").collect();
                assert!(mentions.iter().all(|(at, _)| sent[*at..].starts_with(&wire::mention("G", "Grace"))), "{typed:?}: {sent:?}");
                assert!(
                    !Parser::new(&sent)
                        .any(|event| matches!(event, Event::Start(Tag::Heading { .. } | Tag::Link { .. } | Tag::HtmlBlock) | Event::Rule)),
                    "{typed:?}: {sent:?}"
                );
            }
        }
    }
}
