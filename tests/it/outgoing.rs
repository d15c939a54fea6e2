//! What guests format and whom they mention, as staff get it; and cards, as guests get them.

use sandbox::{Fault, MessageView};
use serde_json::json;
use shared::{Block, Inline};
use tests::{
    guest::plain_text,
    portal::{GRACE, TestPortal},
};

async fn in_webex(portal: &TestPortal, letters: &str) -> MessageView {
    portal
        .until(letters, async || {
            let said = portal.webex().messages_titled("Ada");
            said.into_iter().find(|message| message.text.contains(letters))
        })
        .await
}

#[tokio::test]
async fn formatting_and_mentions_arrive_and_nobody_else_can_be_called() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    ada.say("Hello **you** & <b>all</b>").await;
    let html = |message: &MessageView| message.html.clone().unwrap_or_default();
    let first = in_webex(&portal, "all").await;
    assert_eq!(html(&first), "<p>Hello <strong>you</strong> &amp; &lt;b&gt;all&lt;/b&gt;</p>");

    ada.say("@Grace Hopper, this is `x < y`. @Nobody <@all>").await;
    let sent = in_webex(&portal, "this is").await;
    assert!(html(&sent).contains("<spark-mention") && html(&sent).contains("Grace Hopper</spark-mention>"), "{}", html(&sent));
    assert_eq!(html(&sent).matches("<spark-mention").count(), 1, "{}", html(&sent));
    assert!(html(&sent).contains("<code>x &lt; y</code>"), "{}", html(&sent));
    ada.reads(4).await;

    ada.say("plain_text with 2 * 3 * 4").await;
    assert_eq!(html(&in_webex(&portal, "plain").await), "", "what has no markup is sent as it is");
}

#[tokio::test]
async fn a_formatted_message_in_doubt_is_found_again_and_never_doubled() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    portal.webex().add_fault(Fault::drop_after("POST", "/v1/messages")).unwrap();
    let text = "1. **one**\n2. two\n\n```rust\nlet x = 1;\n```\n> said @Grace Hopper";
    ada.say(text).await;
    ada.reads(3).await;
    let said = portal.webex().messages_titled("Ada");
    assert_eq!(said.iter().filter(|message| message.text.contains("let x")).count(), 1, "{said:?}");
    let kept = ada.messages().await.items.pop().expect("the message");
    assert!(matches!(kept.content[0], Block::List { start: Some(1), .. }), "{:?}", kept.content);
    assert!(kept.client_message_id.is_some(), "it is known as the guest's own");
}

#[tokio::test]
async fn a_card_is_told_by_what_it_says() {
    let portal = TestPortal::start().await;
    let ada = portal.guest_in_conversation("Ada", "Hello").await;
    let room = portal.webex().room_titled("Ada").unwrap().id;
    let grace = portal.credentials.staff.iter().find(|staff| staff.email == GRACE).unwrap();
    let card = json!({
        "type": "AdaptiveCard", "version": "1.3",
        "body": [{ "type": "TextBlock", "text": "Your order is ready" }],
        "actions": [{ "type": "Action.OpenUrl", "title": "Open", "url": "https://shop.example.com/1" }]
    });
    let body = json!({
        "roomId": room, "text": "fallback",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }]
    });
    let address = format!("{}/v1/messages", portal.webex().base_url());
    let posted = reqwest::Client::new().post(address).bearer_auth(&grace.access_token).json(&body).send().await.unwrap();
    assert!(posted.status().is_success());
    ada.reads(3).await;
    let content = ada.messages().await.items.pop().unwrap().content;
    let link = Inline::Link { href: "https://shop.example.com/1".into(), inlines: vec![Inline::text("Open")] };
    let words = Block::Paragraph { inlines: vec![Inline::text("Your order is ready")] };
    assert_eq!(content, [Block::Quote { blocks: vec![words, Block::Paragraph { inlines: vec![link] }] }]);
    assert!(!plain_text(&content).contains("fallback"));
}
