//! Links by which staff take visits, and tickets. The judge: no token is left behind `/host/`, the rest stays; nobody has a ticket who was
//! given none.

use server::{clock::Clock, content::claim_links::without_claim_links, downloads::Downloads};
use shared::GuestId;

pub(super) fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let clean = without_claim_links(&text);
    let is_of_token = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    for (at, found) in clean.match_indices("/host/") {
        let token = clean[at + found.len()..].chars().take_while(is_of_token).count();
        assert!(token < 32, "a token of {token} in {clean:?}");
    }
    assert_eq!(without_claim_links(&clean), clean);
    if !text.contains("/host/") {
        assert_eq!(clean, text);
    }
    let token = "A-b_".repeat(10) + "xyz";
    let with_link = format!("{text} https://chat.example/host/{token} end");
    let cleaned = without_claim_links(&with_link);
    assert!(cleaned.ends_with("/host/… end") && cleaned.starts_with(&*clean), "{cleaned:?}");

    let downloads = Downloads::new(Clock::system());
    let issued = downloads.issue(GuestId::new("guest"), "content".into()).expect("a ticket");
    assert!(*text == *issued || downloads.take(&text).is_none());
    assert!(downloads.take(&issued).is_some() && downloads.take(&issued).is_none());
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let token = "A-b_".repeat(11);
    super::bytes(&[
        &format!("see https://chat.example/host/{token}, é"),
        "/host//host/",
        &format!("/host/{token}/host/{token}"),
        "/hosts/abc",
        "/host/é",
    ])
}
