//! Markdown as Webex reads it: CommonMark without tables and images, with bare links and mentions.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::html;
use super::mentions::{self, Mentioned, Taken, Target};
use crate::ids::PersonId;

/// What markdown became.
pub(super) struct Rendered {
    pub(super) html: String,
    pub(super) people: Vec<PersonId>,
    pub(super) everybody: bool,
}

pub(super) fn render(markdown: &str, who: &dyn Fn(&Target) -> Option<Mentioned>) -> Rendered {
    let (marked, taken) = mentions::take(markdown, who);
    let mut raw_html = String::with_capacity(marked.len() * 2);
    pulldown_cmark::html::push_html(&mut raw_html, events(&marked, &taken).into_iter());
    let clean_html = html::sanitise(&raw_html);
    let html = mentions::put_back_as_tags(&clean_html, &taken);
    let mut people = Vec::new();
    let mut everybody = false;
    let shown = taken.iter().enumerate().filter(|(number, _)| mentions::is_marked(&clean_html, *number));
    for (_, mention) in shown {
        match &mention.mentioned {
            Mentioned::Person { id, .. } if !people.contains(id) => people.push(*id),
            Mentioned::Person { .. } => {}
            Mentioned::Everybody => everybody = true,
        }
    }
    Rendered { html, people, everybody }
}

fn events<'a>(marked: &'a str, taken: &[Taken]) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    let mut link_depth = 0_usize;
    let mut is_code_block = false;
    for event in TextMergeStream::new(Parser::new_ext(marked, Options::ENABLE_STRIKETHROUGH)) {
        match event {
            Event::Start(Tag::Link { .. }) => {
                link_depth += 1;
                events.push(event);
            }
            Event::End(TagEnd::Link) => {
                link_depth = link_depth.saturating_sub(1);
                events.push(event);
            }
            Event::Start(Tag::CodeBlock(_)) => {
                is_code_block = true;
                events.push(event);
            }
            Event::End(TagEnd::CodeBlock) => {
                is_code_block = false;
                events.push(event);
            }
            Event::Code(code) => events.push(Event::Code(mentions::put_back_as_written(&code, taken).into())),
            Event::Text(text) if is_code_block => events.push(Event::Text(mentions::put_back_as_written(&text, taken).into())),
            Event::Text(text) if link_depth == 0 => push_with_links(&mut events, text),
            // An image is not shown; its description is.
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
            other => events.push(other),
        }
    }
    events
}

/// Bare addresses in the text become links.
fn push_with_links<'a>(events: &mut Vec<Event<'a>>, text: CowStr<'a>) {
    let mut rest: &str = &text;
    let mut found_any = false;
    while let Some(start) = next_link(rest) {
        found_any = true;
        let (before, from_link) = rest.split_at(start);
        let end = from_link.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from_link.len());
        let link = from_link.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
        if !before.is_empty() {
            events.push(Event::Text(before.to_owned().into()));
        }
        let destination: CowStr<'a> = link.to_owned().into();
        events.push(Event::Start(Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: destination.clone(),
            title: "".into(),
            id: "".into(),
        }));
        events.push(Event::Text(destination));
        events.push(Event::End(TagEnd::Link));
        rest = from_link.get(link.len()..).unwrap_or_default();
    }
    match (found_any, rest.is_empty()) {
        (false, _) => events.push(Event::Text(text)),
        (true, false) => events.push(Event::Text(rest.to_owned().into())),
        (true, true) => {}
    }
}

pub(super) fn next_link(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find("http") {
        let start = from + found;
        let candidate = text.get(start..)?;
        let scheme = ["https://", "http://"].into_iter().find(|scheme| candidate.starts_with(scheme));
        let after_scheme = scheme.and_then(|scheme| candidate.get(scheme.len()..)).and_then(|after| after.chars().next());
        let is_own_word = text.get(..start)?.chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        if is_own_word && after_scheme.is_some_and(|first| first.is_alphanumeric() || first == '[') {
            return Some(start);
        }
        from = start + "http".len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Written};
    use super::*;
    use uuid::Uuid;

    fn ann() -> PersonId {
        PersonId::new(Uuid::from_u128(1))
    }

    fn content(markdown: &str) -> Content {
        Written::markdown(markdown).into_content(&|target| match target {
            Target::Email(email) if email == "ann@example.com" => Some(Mentioned::Person { id: ann(), name: "Ann <3".to_owned() }),
            Target::Id(id) if PersonId::parse(id) == Some(ann()) => Some(Mentioned::Person { id: ann(), name: "Ann <3".to_owned() }),
            Target::Everybody => Some(Mentioned::Everybody),
            _ => None,
        })
    }

    fn html(markdown: &str) -> String {
        content(markdown).html.unwrap_or_default()
    }

    #[test]
    fn emphasis_code_and_links_become_tags() {
        assert_eq!(html("**a** *b* `c`"), "<p><strong>a</strong> <em>b</em> <code>c</code></p>");
        assert_eq!(html("[t](https://a.example)"), r#"<p><a href="https://a.example" rel="nofollow">t</a></p>"#);
        assert_eq!(
            html("see https://a.example/b_c_d."),
            r#"<p>see <a href="https://a.example/b_c_d" rel="nofollow">https://a.example/b_c_d</a>.</p>"#
        );
    }

    #[test]
    fn the_text_is_the_html_without_tags() {
        assert_eq!(content("**Hello** you\n\nsecond").text.as_deref(), Some("Hello you\nsecond"));
        assert_eq!(content("a <b>&amp; c").text.as_deref(), Some("a & c"));
    }

    #[test]
    fn text_given_beside_markdown_is_kept() {
        let written = Written { text: Some("plain".to_owned()), ..Written::markdown("**rich**") };
        assert_eq!(written.into_content(&|_| None).text.as_deref(), Some("plain"));
    }

    #[test]
    fn a_mention_is_a_tag_in_html_and_a_name_in_text() {
        let content = content("Hi <@personEmail:ann@example.com>, <@all>");
        let expected = format!(
            "<p>Hi <spark-mention data-object-type=\"person\" data-object-id=\"{}\">Ann &lt;3</spark-mention>, <spark-mention data-object-type=\"groupMention\" data-group-type=\"all\">All</spark-mention></p>",
            ann().public()
        );
        assert_eq!(content.html.as_deref(), Some(expected.as_str()));
        assert_eq!(content.text.as_deref(), Some("Hi Ann <3, All"));
        assert_eq!(content.mentioned_people, [ann()]);
        assert!(content.mentions_all);
    }

    #[test]
    fn a_mention_may_carry_its_own_name() {
        let content = content(&format!("<@personId:{}|Annie> here", ann().public()));
        assert_eq!(content.text.as_deref(), Some("Annie here"));
    }

    #[test]
    fn strangers_escaped_mentions_and_mentions_in_code_stay_text() {
        assert_eq!(content("<@personEmail:bob@example.com>").text.as_deref(), Some("<@personEmail:bob@example.com>"));
        assert!(!content("\\<@all>").mentions_all);
        assert_eq!(content("\\<@all>").text.as_deref(), Some("<@all>"));
        assert_eq!(content("`<@all>`").html.as_deref(), Some("<p><code>&lt;@all&gt;</code></p>"));
        assert!(!content("`<@all>`").mentions_all);
    }

    #[test]
    fn html_cannot_pose_as_a_mention() {
        assert_eq!(html("<spark-mention data-object-type=\"person\">x</spark-mention>"), "<p>x</p>");
    }
}
