//! One way of hearing after the other, while staff write twenty messages a second: nothing is lost, told twice or out of order,
//! whatever becomes of sockets and of what webhooks are told.

use std::time::Duration;

use sandbox::{Fault, FaultEffect, MercuryRules, RateLimits, WebhookRules};
use shared::{Message, PortalEvent};
use tests::{
    guest::{TestGuest, plain_text},
    portal::{GRACE, TWO_SITES, TestPortal},
};

const BETWEEN: Duration = Duration::from_millis(50);

/// A portal that Webex can reach, heard in whatever way works best, with a guest in a conversation.
struct Play {
    portal: TestPortal,
    ada: TestGuest,
    room: String,
    written: Vec<String>,
}

impl Play {
    async fn begin() -> Self {
        let portal = TestPortal::start_in_public(&format!("[webex]\nfeed = \"auto\"\n{TWO_SITES}")).await;
        portal.webex().set_limits(RateLimits { per_token: None, per_room: None }).unwrap();
        let ada = portal.guest_in_conversation("Ada", "Hello").await;
        let room = portal.webex().room_titled("Ada").unwrap().id;
        let play = Self { portal, ada, room, written: vec!["Hello".into()] };
        play.is_heard_by("webhook").await;
        play
    }

    async fn is_heard_by(&self, way: &str) {
        let current = async || self.portal.app().store.feed("webex").unwrap().filter(|feed| feed.way == way);
        self.portal.until(way, current).await;
    }

    /// Staff write so many messages, twenty a second; meanwhile the clock goes on by itself. A moment passes before: what is
    /// written within two seconds of the last telling may have been meant by it.
    async fn write(&mut self, what: &str, count: usize) {
        self.portal.advance(Duration::from_secs(3));
        for number in 0..count {
            let text = format!("{what} {number}");
            self.portal.webex().reply_as_staff(GRACE, &self.room, &text).unwrap();
            self.written.push(text);
            tokio::time::sleep(BETWEEN).await;
        }
    }

    /// Every message is on the page once, in order, and was told once.
    async fn assert_told(&mut self) {
        let last = self.written.last().unwrap().clone();
        if self.ada.times_told(&last) == 0 {
            self.ada.hear_message(&last).await;
        }
        // A moment more, for what would come twice.
        self.portal.advance(Duration::from_secs(30));
        self.portal.webex().reply_as_staff(GRACE, &self.room, "the end").unwrap();
        self.ada.hear_message("the end").await;
        self.written.push("the end".into());
        let seen = page(&self.ada.heard());
        let seen: Vec<&String> = seen.iter().filter(|text| **text != "Hello, and thank you for writing.").collect();
        assert_eq!(seen, self.written.iter().collect::<Vec<_>>());
        for text in &self.written {
            assert_eq!(self.ada.times_told(text), 1, "{text}");
        }
    }
}

/// The texts on a page that was told this, from top to bottom: a page puts what is posted where its time says.
fn page(heard: &[PortalEvent]) -> Vec<String> {
    let mut messages: Vec<&Message> = Vec::new();
    for event in heard {
        if let PortalEvent::MessagePosted { message, .. } = event {
            let place = messages.iter().rposition(|before| before.created_at <= message.created_at).map_or(0, |place| place + 1);
            messages.insert(place, message);
        }
    }
    messages.into_iter().map(|message| plain_text(&message.content)).collect()
}

#[tokio::test]
async fn from_webhook_to_mercury_to_polling_and_back_nothing_is_lost() {
    let mut play = Play::begin().await;
    play.write("by webhook", 20).await;
    // The webhook falls silent.
    play.portal.webex().add_fault(Fault { count: 1_000_000, ..Fault::webhook("/messages", FaultEffect::DropBefore) }).unwrap();
    play.write("by nobody", 20).await;
    play.is_heard_by("mercury").await;
    play.write("by mercury", 20).await;
    // So does Mercury.
    play.portal.webex().set_mercury_rules(MercuryRules { is_silent: true, ..MercuryRules::default() }).unwrap();
    play.write("by nobody again", 20).await;
    play.is_heard_by("polling").await;
    play.write("by polling", 20).await;
    // Both are mended; the better one is trusted again first.
    play.portal.webex().set_mercury_rules(MercuryRules::default()).unwrap();
    play.portal.webex().clear_faults();
    play.portal.advance(Duration::from_secs(5 * 60));
    play.is_heard_by("webhook").await;
    play.write("by webhook again", 20).await;
    play.assert_told().await;
}

#[tokio::test]
async fn under_sockets_closed_by_every_code_nothing_is_lost() {
    let mut play = Play::begin().await;
    play.portal.webex().add_fault(Fault { count: 1_000_000, ..Fault::webhook("/messages", FaultEffect::DropBefore) }).unwrap();
    play.write("before", 5).await;
    play.is_heard_by("mercury").await;
    for code in [1000, 1001, 1003, 1006, 1008, 1011, 3050, 4000, 4001, 4400, 4401, 4403] {
        play.write(&format!("before {code}"), 5).await;
        play.portal.webex().close_mercury_sockets(code, "test");
        play.write(&format!("after {code}"), 5).await;
        // Time enough to come back, or not.
        play.portal.advance(Duration::from_secs(40));
    }
    play.assert_told().await;
}

#[tokio::test]
async fn under_webhooks_told_twice_late_wrongly_and_never_nothing_is_lost() {
    let mut play = Play::begin().await;
    let kinds = [FaultEffect::Twice, FaultEffect::Slow { ms: 3000 }, FaultEffect::Forged, FaultEffect::DropBefore];
    for (number, effect) in kinds.into_iter().enumerate() {
        let fault = Fault { count: 1_000_000, probability: 0.25, seed: Some(number as u64), ..Fault::webhook("/messages", effect) };
        play.portal.webex().add_fault(fault).unwrap();
    }
    play.portal.webex().set_webhook_rules(WebhookRules { failures: 10, ..WebhookRules::default() }).unwrap();
    for round in 0..5 {
        play.write(&format!("round {round}"), 40).await;
        play.portal.advance(Duration::from_secs(20));
    }
    play.assert_told().await;
}

#[tokio::test]
async fn under_a_mercury_that_loses_doubles_and_delays_nothing_is_lost() {
    let mut play = Play::begin().await;
    play.portal.webex().add_fault(Fault { count: 1_000_000, ..Fault::webhook("/messages", FaultEffect::DropBefore) }).unwrap();
    play.write("before", 5).await;
    play.is_heard_by("mercury").await;
    let rules = MercuryRules { loses_percent: 30, duplicates_percent: 30, delay_ms: 1500, ..MercuryRules::default() };
    play.portal.webex().set_mercury_rules(rules).unwrap();
    for round in 0..5 {
        play.write(&format!("round {round}"), 40).await;
        play.portal.advance(Duration::from_secs(20));
    }
    play.assert_told().await;
}
