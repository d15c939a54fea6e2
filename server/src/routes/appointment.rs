//! `/visit/{invitation}`: where a guest comes to whose meeting was agreed on. Their link is all they need: no chat, no
//! cookie. Looking at it changes nothing.

use axum::{
    Json as JsonBody,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use shared::{VisitState, path};

use super::{
    calendar,
    visit_page::{Card, calendar_link, calendar_response, escape, facts, name, respond, time, version_response},
};
use crate::{
    app::App,
    error::AppError,
    visits::{Invitation, VisitEvent},
};

/// When it is, and the way in once somebody is there.
pub(super) async fn show_appointment(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    let Some(invitation) = app.visits.invitation(&token)? else {
        let card = Card::plain("This link leads nowhere", "It is wrong, or the meeting was long ago. Please ask whoever sent it to you.");
        return respond(&app, StatusCode::NOT_FOUND, "Your meeting", &card);
    };
    respond(&app, StatusCode::OK, "Your meeting", &draw(&invitation, &token))
}

/// What the page compares with its own.
pub(super) async fn show_appointment_version(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    let invitation = app.visits.invitation(&token)?.ok_or(AppError::VisitNotFound)?;
    Ok(version_response(version(&invitation)))
}

/// The appointment, for the guest's calendar.
pub(super) async fn show_appointment_calendar(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    let invitation = app.visits.invitation(&token)?.ok_or(AppError::VisitNotFound)?;
    let title = format!("Meeting with {}", invitation.site_name);
    let link = format!("{}{}", app.visits.base_url(), shared::path::appointment(&token));
    let file = calendar::file(&invitation.row, &title, &link, app.visits.remind_minutes(&invitation.row), app.clock.now());
    file.map(calendar_response).ok_or(AppError::VisitNotFound)
}

/// The guest opens the link: answers its address.
pub(super) async fn join_appointment(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    match app.visits.by_invited(&token, VisitEvent::Joined).await?.join_url {
        Some(url) => Ok(JsonBody(json!({ "url": url })).into_response()),
        // New links are on their way; the page looks again.
        None => Err(AppError::LinksNotReady),
    }
}

/// The guest has left the meeting.
pub(super) async fn leave_appointment(State(app): State<App>, Path(token): Path<String>) -> Result<StatusCode, AppError> {
    app.visits.by_invited(&token, VisitEvent::GuestLeft).await.map(|_| StatusCode::NO_CONTENT)
}

/// The guest cannot come.
pub(super) async fn cancel_appointment(State(app): State<App>, Path(token): Path<String>) -> Result<StatusCode, AppError> {
    app.visits.by_invited(&token, VisitEvent::Cancelled).await.map(|_| StatusCode::NO_CONTENT)
}

fn version(invitation: &Invitation) -> String {
    let visit = &invitation.visit;
    format!("{}-{}-{}", crate::visits::as_word(visit.state), visit.state_at.as_millis(), u8::from(visit.join_url.is_some()))
}

fn draw(invitation: &Invitation, token: &str) -> Card {
    let Invitation { visit, guest, site_name, when, .. } = invitation;
    let site_name = name(site_name);
    let mut known = vec![("For", escape(&guest.display_name)), ("When", time(invitation.row.counts_from(), when))];
    known.extend(visit.topic.as_deref().map(|topic| ("About", escape(topic))));
    let staff = visit.staff_name.as_deref().map_or_else(|| "Somebody".to_owned(), escape);
    let cancel = "<button data-step=\"cancel\" data-sure=\"Really call it off?\" type=\"button\">I cannot come</button>";
    let calendar = calendar_link(&path::APPOINTMENT_CALENDAR.replace("{invitation}", token));
    let (text, actions, last) = match visit.state {
        VisitState::Requested | VisitState::Scheduled => (
            "This page is your way in: open it again shortly before the meeting begins. You need no account.".to_owned(),
            &*calendar,
            cancel,
        ),
        VisitState::Ringing => ("We are asking somebody to join you. Please keep this page open.".to_owned(), "", cancel),
        VisitState::Claimed => (
            format!("{staff} is waiting for you."),
            "<button data-step=\"join\" class=\"primary\" type=\"button\">Join now</button>",
            cancel,
        ),
        VisitState::Joined => (
            "You opened the meeting. If you lost it, you can join again.".to_owned(),
            "<button data-step=\"join\" class=\"primary\" type=\"button\">Join again</button>\
             <button data-step=\"leave\" type=\"button\">I have left the meeting</button>",
            "",
        ),
        VisitState::Missed => ("Nobody could join in time. We are sorry; please ask for a new appointment.".to_owned(), "", ""),
        VisitState::Expired => ("The meeting's time is over.".to_owned(), "", ""),
        VisitState::Cancelled => ("This meeting was called off.".to_owned(), "", ""),
        VisitState::Ended | VisitState::Unknown => ("The meeting is over.".to_owned(), "", ""),
    };
    let others: String = visit
        .invite_urls
        .iter()
        .enumerate()
        .map(|(number, url)| {
            format!("<button data-copy=\"{}\" type=\"button\">Copy a link for somebody else ({})</button>", escape(url), number + 1)
        })
        .collect();
    Card {
        title: format!("Your meeting with {site_name}"),
        text,
        rest: format!("{}{actions}{others}{last}", facts(&known)),
        version: if visit.state.is_over() { String::new() } else { version(invitation) },
    }
}
