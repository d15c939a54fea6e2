//! Where a list goes on. The judge writes headers and knows what it wrote; and what is found in others stands in them.

use server::webex::next_link;
use url::Url;

pub(super) fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(found) = next_link(&text) {
        let written = text
            .match_indices('<')
            .filter_map(|(at, _)| text[at + 1..].split_once('>'))
            .any(|(address, _)| Url::parse(address).is_ok_and(|address| address == found));
        assert!(written && text.contains("next"), "{found} of {text:?}");
    }
    // Any address in a list of links, with others around it.
    let (path, order) = super::parted(bytes);
    let mut address = Url::parse("https://webexapis.com/v1/messages").expect("an address");
    address.set_query(Some(&String::from_utf8_lossy(path)));
    let link = |relation: &str| format!("<{address}{relation}>; rel=\"{relation}\"");
    let next = format!("<{address}>; rel=\"next\"");
    let links = match order.first().copied().unwrap_or_default() % 4 {
        0 => next,
        1 => format!("{}, {next}", link("first")),
        2 => format!("{next},{}", link("last")),
        _ => format!("{}, {next}; title=\"a, b; c\" , {}", link("prev"), link("first")),
    };
    assert_eq!(next_link(&links).as_ref(), Some(&address), "{links}");
    assert_eq!(next_link(&link("first")), None);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    super::bytes(&[
        "<https://webexapis.com/v1/rooms?max=2&cursor=x>; rel=\"next\"",
        "<https://a.example>; rel=\"first\", <https://b.example>; rel=next",
        "max=2&cursor=a,b;c\0\u{1}",
        "cursor=%3E%3C\0\u{3}",
        "<>; rel=\"next\"",
    ])
}
