//! What guests type, as Webex is given it. The judge is a reader of markdown: formatting, lists and quotes, and nothing else;
//! nobody is mentioned but people of the space; every letter and digit stays, in its order.

use pulldown_cmark::{Event, Options, Parser, Tag};
use server::{content::outgoing::Outgoing, webex::wire::mention};
use shared::{Author, AuthorKind, PersonId, outgoing::MAX_MESSAGE_BYTES};

const PEOPLE: [(&str, &str); 3] = [("G1", "Grace"), ("G2", "Grace Hopper"), ("O3", "Conan O'Brien_x")];

pub(super) fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let person = |(id, name): (&str, &str)| Author { person_id: PersonId::new(id), display_name: name.into(), kind: AuthorKind::Staff };
    let markdown = match Outgoing::new(&text, &PEOPLE.map(person)) {
        Outgoing::Text(same) => return assert_eq!(same, text),
        Outgoing::Markdown(markdown) => markdown,
    };
    assert!(markdown.len() <= MAX_MESSAGE_BYTES);
    let mut rest = markdown.as_str();
    let mut words = String::new();
    while let Some((before, mentioned)) = rest.split_once("<@") {
        words.push_str(before);
        let (id, name) = PEOPLE
            .into_iter()
            .find(|(id, name)| format!("<@{mentioned}").starts_with(&mention(id, name)))
            .unwrap_or_else(|| panic!("somebody else is mentioned: {markdown:?}"));
        words.push_str(name);
        rest = &mentioned[mention(id, name).len() - 2..];
    }
    words.push_str(rest);
    for event in Parser::new_ext(&words, Options::empty()) {
        let is_formatting = !matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Rule
                | Event::Start(Tag::HtmlBlock | Tag::Heading { .. } | Tag::Link { .. } | Tag::Image { .. } | Tag::Table(_))
        );
        assert!(is_formatting, "{event:?} of {markdown:?}");
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "**bold** *it* _it_ `co*de`",
        "**a** <b>\nnext_line & [x](y) 1.",
        "> said\n> twice\n\n**no**",
        "- one\n- two **x**\n  - deep",
        "3. three\n4. four",
        "**see** https://a.example/b_c*",
        "```rust\nlet a = *b;\n```\nok",
        "**a**\n\n# no heading\n\n***",
        "Hi @Grace Hopper! and @Grace, **@Conan O'Brien_x**",
        "**x** <@all> \\<@all> `<@all>`",
        "- one\ne\n- two \n* * -  \n*  o",
        "- *x**\n  - \\\n\\\\",
        "- one\n- _x**\n  ```r\n- *\n  *\n  ```-\n  x` *\n  ___\n_`",
        "- onone!](b*\n  - *\n  deep4",
        "**x** ![a](b) <https://a.example> [r]: /x\n\n[r]",
    ])
}
