//! The claim page: what staff read of a visit, and what they can do.

use shared::{Timestamp, VisitState};

use super::visit_page::{Card, calendar_link, escape, facts, name, time};
use crate::visits::{Claim, ClaimStanding};

/// What the page says beside the claim itself.
pub(super) struct Facts {
    /// This browser is signed in as the guest who asked.
    pub(super) is_own_guest: bool,
    /// The Webex behind the portal is the simulator.
    pub(super) is_simulated: bool,
    /// The time.
    pub(super) now: Timestamp,
    /// Where the calendar file is.
    pub(super) calendar_path: String,
}

/// A link that leads nowhere.
pub(super) fn draw_nothing() -> Card {
    Card::plain(
        "This link leads nowhere",
        "It is wrong, or the request was removed long ago. Ask for a new one, or look into your space in Webex.",
    )
}

/// What a claim shows.
pub(super) fn draw_claim(claim: &Claim, about: &Facts) -> Card {
    if about.is_own_guest && !about.is_simulated {
        let text = format!(
            "You are signed in to this chat as {} in this browser. This link is for staff; please go back to the chat.",
            name(&claim.guest_name)
        );
        return Card::plain("This link is for staff", &text);
    }
    let note = if about.is_own_guest {
        "<p class=\"note\">This browser is also signed in as the guest. With the real Webex the link would be refused here.</p>"
    } else {
        ""
    };
    let guest_name = name(&claim.guest_name);
    let title = match claim.when {
        Some(_) => format!("A meeting with {guest_name}"),
        None => format!("{guest_name} asks for a meeting"),
    };
    let mut known = vec![("Site", escape(&claim.site_name))];
    known.extend(claim.topic.as_deref().map(|topic| ("About", escape(topic))));
    match (&claim.when, claim.visit.starts_at) {
        (Some(when), Some(starts_at)) => {
            known.push(("Begins", time(starts_at, when)));
            known.extend(claim.guest.email.as_deref().map(|email| ("E-mail", escape(email))));
        }
        _ => known.push(("Asked", since(about.now, claim.requested_at))),
    }
    let text = match &claim.standing {
        ClaimStanding::Open => "They are waiting now.".to_owned(),
        standing => escape(&sentence(standing)),
    };
    Card {
        title,
        text,
        rest: format!("{}{}{note}", facts(&known), actions(&claim.standing, &about.calendar_path)),
        version: if matches!(claim.standing, ClaimStanding::Over(_)) { String::new() } else { version(claim) },
    }
}

/// Changes whenever the page would.
pub(super) fn version(claim: &Claim) -> String {
    let standing = match &claim.standing {
        ClaimStanding::Later => "later",
        ClaimStanding::Open => "open",
        ClaimStanding::Mine => "mine",
        ClaimStanding::CanJoin(_) => "join",
        ClaimStanding::Taken(_) => "taken",
        ClaimStanding::CalledOff | ClaimStanding::Over(_) => "over",
    };
    format!("{standing}-{}", claim.visit.state_at.as_millis())
}

fn actions(standing: &ClaimStanding, calendar_path: &str) -> String {
    match standing {
        ClaimStanding::Later => return calendar_link(calendar_path),
        ClaimStanding::Open => {
            "<button data-step=\"\" class=\"primary\" type=\"button\">Take this visit</button>\
             <p class=\"hint\">You will be the host. The guest is told that you are there.</p>"
        }
        ClaimStanding::Mine => {
            "<button data-step=\"\" class=\"primary\" type=\"button\">Open the meeting again</button>\
             <button data-step=\"end\" type=\"button\">Visit is over</button>"
        }
        ClaimStanding::CanJoin(_) => "<button data-step=\"\" class=\"primary\" type=\"button\">Join as a further host</button>",
        ClaimStanding::Taken(_) | ClaimStanding::CalledOff | ClaimStanding::Over(_) => "",
    }
    .to_owned()
}

fn since(now: Timestamp, then: Timestamp) -> String {
    let minutes = (now.as_millis() - then.as_millis()).max(0) / 60_000;
    let words = match minutes {
        0 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        2..120 => format!("{minutes} minutes ago"),
        _ => format!("{} hours ago", minutes / 60),
    };
    // The page goes on counting.
    format!("<span data-minutes=\"{minutes}\">{words}</span>")
}

/// How a visit stands, as a sentence for staff.
pub(super) fn sentence(standing: &ClaimStanding) -> String {
    match standing {
        ClaimStanding::Later => "It is not time yet. You are asked again shortly before it begins.".into(),
        ClaimStanding::Open => "The visit can be taken.".into(),
        ClaimStanding::Mine => "You took this visit. You can open the meeting again until it is over.".into(),
        ClaimStanding::CanJoin(name) => format!("{name} took this visit. You can join them."),
        ClaimStanding::Taken(name) => format!("{name} took this visit. There is nothing to do for you."),
        ClaimStanding::CalledOff => "This meeting was called off. There is nothing to do.".into(),
        ClaimStanding::Over(state) => match state {
            VisitState::Missed => "Nobody took this visit in time. Please answer the guest in writing.",
            VisitState::Cancelled => "The guest took the request back. There is nothing to do.",
            VisitState::Expired => "The guest never came. The meeting's links have ended.",
            _ => "This visit is over.",
        }
        .into(),
    }
}
