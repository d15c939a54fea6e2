//! How staff are told of a visit: one to one, each with a link of their own, and a notice in the guest's space.

use futures_util::future::join_all;
use secrecy::ExposeSecret;
use shared::{ClientMessageId, VisitState};

use super::{
    Visits,
    around::Around,
    texts::{self, Matter, Notice},
};
use crate::{
    config::ConversationKind,
    outbox::bell,
    routes::body_hash,
    secrets::{SecretsError, random_token, token_hash},
    store::{HeardBy, NewClaim, NewOutboxRow, RowKind, StoreError, VisitRow},
};

/// Why staff are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// A guest asks now.
    Asks,
    /// Nobody of those who were asked has come.
    StillAsks,
    /// A meeting was agreed on.
    Booked,
    /// It begins soon.
    Begins,
}

/// What is written down together.
#[derive(Default)]
pub(super) struct Bells {
    pub(super) claims: Vec<NewClaim>,
    pub(super) messages: Vec<NewOutboxRow>,
}

impl Visits {
    /// A claim and a message for each of these members of staff.
    pub(super) async fn bells(
        &self,
        around: &Around<'_>,
        row: &VisitRow,
        emails: &[String],
        reason: Reason,
    ) -> Result<Bells, SecretsError> {
        let names = join_all(emails.iter().map(|email| around.bot.name_of(email))).await;
        let matter = around.matter(row);
        let when = row.starts_at.map(|starts_at| texts::when(starts_at, &around.zone())).unwrap_or_default();
        let mut bells = Bells::default();
        for (email, name) in emails.iter().zip(names) {
            let token = random_token()?;
            let link = format!("{}{}", self.needs().base_url, shared::path::claim(token.expose_secret()));
            let (begin, text) = match reason {
                Reason::Asks => (texts::bells_of(&row.id), matter.asks(&link)),
                Reason::StillAsks => (texts::bells_of(&row.id) + "e", matter.still_asks(&link)),
                Reason::Booked => (texts::bookings_of(&row.id), matter.booked(&when, &link)),
                Reason::Begins => (texts::bells_of(&row.id), matter.begins(&when, &link)),
            };
            let bell_id = format!("{begin}{}", bells.claims.len());
            bells.messages.push(self.to_staff(row, &bell_id, email, &text)?);
            bells.claims.push(NewClaim {
                token_hash: token_hash(token.expose_secret()),
                staff_email: email.clone(),
                staff_name: name.ok().flatten(),
                bell_id,
            });
        }
        if matches!(reason, Reason::Asks | Reason::Begins) {
            bells.messages.extend(self.notice(row, Notice::Asks, texts::asks(&around.guest.display_name)));
        }
        Ok(bells)
    }

    /// What is told when somebody takes a visit: to everybody in the guest's space, and to the others who were asked, whose
    /// messages say so from now on.
    pub(super) fn taken_messages(&self, row: &VisitRow, staff_email: &str, staff_name: &str) -> Result<Vec<NewOutboxRow>, StoreError> {
        let Some(around) = self.around(row)? else { return Ok(Vec::new()) };
        let text = around.matter(row).was_taken(staff_name);
        let mut messages = self.updates(row, &text, |email| !email.eq_ignore_ascii_case(staff_email))?;
        messages.extend(self.notice(row, Notice::Taken, texts::taken(&around.guest.display_name, staff_name)));
        Ok(messages)
    }

    /// What is told when a visit is over. Of those who were told that somebody else took it nobody need hear more.
    pub(super) fn over_messages(&self, before: &VisitRow, state: VisitState) -> Result<Vec<NewOutboxRow>, StoreError> {
        let Some(around) = self.around(before)? else { return Ok(Vec::new()) };
        let was_told = before.state != VisitState::Requested;
        let mut messages = Vec::new();
        if was_told {
            let text = around.matter(before).is_over(state);
            let is_told = |email: &str| before.staff_email.as_deref().is_none_or(|taker| taker.eq_ignore_ascii_case(email));
            messages = self.updates(before, &text, is_told)?;
        }
        if was_told || state == VisitState::Missed {
            let minutes = before.claimed_at.map(|claimed_at| (self.needs().clock.now().as_millis() - claimed_at.as_millis()) / 60_000);
            let text = texts::over(&around.guest.display_name, state, minutes);
            match self.notice(before, Notice::Over, text) {
                Some(notice) => messages.push(notice),
                None if state == VisitState::Missed => messages.extend(self.missed_alone(before, &around)?),
                None => {}
            }
        }
        Ok(messages)
    }

    /// Where there is no space to answer in, each is told of a missed visit one to one.
    fn missed_alone(&self, row: &VisitRow, around: &Around<'_>) -> Result<Vec<NewOutboxRow>, StoreError> {
        let text = around.matter(row).missed_alone();
        let mut asked: Vec<String> = self.needs().store.sent_bells(&row.id)?.into_iter().map(|bell| bell.staff_email).collect();
        asked.dedup();
        if asked.is_empty() {
            // The broker gave no links in time, so nobody was asked yet.
            asked = around.asked(row);
        }
        let rows = asked.iter().enumerate().map(|(number, email)| self.to_staff(row, &format!("missed-{}-{number}", row.id), email, &text));
        // Only sealing can fail, and what cannot be told must not keep the visit from ending.
        Ok(rows.filter_map(Result::ok).collect())
    }

    /// The messages that some of staff were sent say something else from now on.
    fn updates(&self, row: &VisitRow, text: &str, is_told: impl Fn(&str) -> bool) -> Result<Vec<NewOutboxRow>, StoreError> {
        let bells = self.needs().store.sent_bells(&row.id)?;
        let told = bells.into_iter().filter(|bell| is_told(&bell.staff_email));
        let rows = told.map(|bell| {
            let body = bell::seal(&self.needs().keys, &text.to_owned().into())?;
            let id = format!("update-{}-{}", row.state_at.as_millis(), bell.bell_id);
            Ok(self.outbox_row(row, &id, RowKind::StaffUpdate, body, Some(bell.bell_id)))
        });
        Ok(rows.filter_map(Result::<_, SecretsError>::ok).collect())
    }

    pub(super) fn to_staff(&self, row: &VisitRow, id: &str, email: &str, text: &str) -> Result<NewOutboxRow, SecretsError> {
        let body = bell::seal(&self.needs().keys, &text.to_owned().into())?;
        Ok(self.outbox_row(row, id, RowKind::ToStaff, body, Some(email.to_owned())))
    }

    /// A notice in the guest's space; `None` where the portal is in none.
    fn notice(&self, row: &VisitRow, notice: Notice, text: String) -> Option<NewOutboxRow> {
        let conversation = self.needs().store.conversation(&row.room_id).ok().flatten()?;
        let is_in_it = conversation.heard_by == HeardBy::Service && conversation.kind == ConversationKind::Space;
        is_in_it.then(|| self.outbox_row(row, &texts::notice_id(notice, &row.id), RowKind::Notice, text, None))
    }

    fn outbox_row(&self, row: &VisitRow, id: &str, kind: RowKind, body: String, target: Option<String>) -> NewOutboxRow {
        NewOutboxRow {
            site_id: row.site_id.clone(),
            guest_id: row.guest_id.clone(),
            room_id: row.room_id.clone(),
            client_message_id: ClientMessageId::new(id),
            kind,
            body_hash: body_hash(&row.room_id, &[body.as_bytes()]),
            body,
            target,
            file: None,
            queued_at: self.needs().clock.now(),
        }
    }
}

impl Around<'_> {
    pub(super) fn matter<'a>(&'a self, row: &'a VisitRow) -> Matter<'a> {
        Matter { guest_name: &self.guest.display_name, site_name: &self.site.name, topic: row.topic.as_deref() }
    }

    /// Who is asked first.
    pub(super) fn asked(&self, row: &VisitRow) -> Vec<String> {
        row.asked.clone().unwrap_or_else(|| self.policy.staff.clone())
    }

    /// Who is asked as well when nobody came: nobody twice.
    pub(super) fn asked_later(&self, row: &VisitRow) -> Vec<String> {
        let asked = self.asked(row);
        let is_new = |email: &&String| !asked.iter().any(|other| other.eq_ignore_ascii_case(email));
        self.policy.staff.iter().filter(|_| row.asked.is_some()).chain(&self.policy.escalate_to).filter(is_new).cloned().collect()
    }
}
