//! Meetings: what guests do to get one, and what staff do with the links the bot sends them.

use reqwest::Method;
use serde_json::json;
use shared::{PortalEvent, RoomId, Visit, VisitId, VisitState, path};

use crate::{answer::Answer, guest::TestGuest, portal::TestPortal};

impl TestGuest {
    /// Asks for a meeting in the guest's room.
    pub async fn ask_for_meeting(&self) -> Visit {
        self.try_to_ask(&self.room_id().await, None).await.json()
    }

    /// Asks for a meeting about something.
    pub async fn ask_about(&self, topic: &str) -> Visit {
        self.try_to_ask(&self.room_id().await, Some(topic)).await.json()
    }

    /// Asks for a meeting.
    pub async fn try_to_ask(&self, room_id: &RoomId, topic: Option<&str>) -> Answer {
        self.post(path::VISITS, json!({ "room_id": room_id, "topic": topic })).await
    }

    /// How a visit stands.
    pub async fn visit(&self, id: &VisitId) -> Answer {
        self.get(&path::visit(id)).await
    }

    /// Takes a request back.
    pub async fn cancel(&self, id: &VisitId) -> Answer {
        self.send(self.request(Method::DELETE, &path::visit(id))).await
    }

    /// Says that the link was opened.
    pub async fn join(&self, id: &VisitId) -> Answer {
        self.send(self.request(Method::POST, &path::visit_join(id))).await
    }

    /// Says that the meeting was left.
    pub async fn leave_meeting(&self, id: &VisitId) -> Answer {
        self.send(self.request(Method::POST, &path::visit_leave(id))).await
    }

    /// Listens until the visit is told to be in this state.
    pub async fn hear_visit(&mut self, id: &VisitId, state: VisitState) -> Visit {
        self.hear_until(&format!("the visit {state:?}"), |event| match event {
            PortalEvent::VisitChanged { visit } if visit.id == *id && visit.state == state => Some(visit.clone()),
            _ => None,
        })
        .await
    }

    /// Looks at the visit until it is in this state.
    pub async fn sees_visit(&self, id: &VisitId, state: VisitState) -> Visit {
        self.sees_visit_that(&format!("{state:?}"), id, |visit| visit.state == state).await
    }

    /// Looks at the visit until it is as expected.
    pub async fn sees_visit_that(&self, what: &str, id: &VisitId, is_it: impl Fn(&Visit) -> bool) -> Visit {
        self.until(&format!("the visit to be {what}"), async || Some(self.visit(id).await.json::<Visit>()).filter(&is_it)).await
    }
}

impl TestPortal {
    /// What the bot wrote to a member of staff, one to one, oldest first.
    pub fn bot_messages(&self, staff: &str) -> Vec<sandbox::MessageView> {
        self.bot_rooms(staff).iter().flat_map(|room_id| self.webex().messages(room_id)).collect()
    }

    /// Where a bot of the portal writes to a member of staff.
    pub fn bot_rooms(&self, staff: &str) -> Vec<String> {
        let bots = [&self.credentials.bot.email, &self.credentials.government.bot.email];
        let is_theirs = |room: &sandbox::RoomView| {
            let has = |email: &str| room.members.iter().any(|member| member.email == email);
            room.is_direct && has(staff) && bots.iter().any(|bot| has(bot))
        };
        self.webex().rooms().into_iter().filter(is_theirs).map(|room| room.id).collect()
    }

    /// The token in each claim link that a member of staff has at the moment, oldest first.
    pub fn claims(&self, staff: &str) -> Vec<String> {
        self.bot_messages(staff).iter().filter_map(claim_in).collect()
    }

    /// The claim in the newest of so many messages to a member of staff. Those before say meanwhile how their visits went.
    pub async fn claim(&self, staff: &str, count: usize) -> String {
        let claim = self
            .until(&format!("{count} messages to {staff}"), async || {
                (self.bot_messages(staff).len() >= count).then(|| self.claims(staff).pop()).flatten()
            })
            .await;
        self.seen_claims.lock().expect("no test panics with it").push(claim.clone());
        claim
    }

    /// Every claim that was asked for here, whatever became of it.
    pub fn seen_claims(&self) -> Vec<String> {
        self.seen_claims.lock().expect("no test panics with it").clone()
    }

    /// Opens a claim's page, as staff or a program that shows what is behind a link.
    pub async fn look_at(&self, claim: &str) -> Answer {
        let staff = self.visitor();
        staff.send(staff.bare_request(Method::GET, &path::claim(claim)).header("sec-fetch-site", "cross-site")).await
    }

    /// Presses *Take this visit* on a claim's page.
    pub async fn take(&self, claim: &str) -> Answer {
        let staff = self.visitor();
        staff.send(staff.request(Method::POST, &path::claim(claim))).await
    }

    /// Presses *Visit is over* on a claim's page.
    pub async fn end(&self, claim: &str) -> Answer {
        let staff = self.visitor();
        staff.send(staff.request(Method::POST, &path::CLAIM_END.replace("{claim}", claim))).await
    }

    /// Takes a visit that can be taken; answers the host link.
    pub async fn take_it(&self, claim: &str) -> String {
        let taken: serde_json::Value = self.take(claim).await.json();
        taken["url"].as_str().expect("an address").to_owned()
    }

    /// What the meetings of the simulated Webex are called, each once.
    pub fn subjects(&self) -> Vec<String> {
        self.webex().meetings().into_iter().map(|meeting| meeting.subject).collect()
    }

    /// The short URLs of a meeting's hosts or guests, oldest first.
    pub fn minted(&self, is_host: bool) -> Vec<String> {
        let links = self.webex().minted_links().into_iter();
        links.filter(|link| link.is_host == is_host).map(|link| link.url.expect("a short URL was asked for")).collect()
    }
}

/// The token of the claim in a message to staff, as long as it offers one.
pub fn claim_in(message: &sandbox::MessageView) -> Option<String> {
    let (_, from_token) = message.html.as_ref()?.split_once("/host/")?;
    Some(from_token.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect())
}
