//! The claim page, drawn on the server: one small page with one small script, no framework.

use base64::{Engine, prelude::BASE64_STANDARD};
use shared::{Timestamp, VisitState};

use crate::visits::{Claim, ClaimStanding};

const STYLE: &str = include_str!("host_page.css");
const SCRIPT: &str = include_str!("host_page.js");

/// What the page says beside the claim itself.
pub(super) struct Facts {
    /// This browser is signed in as the guest who asked.
    pub(super) is_own_guest: bool,
    /// The Webex behind the portal is the simulator.
    pub(super) is_simulated: bool,
    /// The time.
    pub(super) now: Timestamp,
}

/// A nonce for the page's own style and script.
pub(super) fn nonce(random: [u8; 16]) -> String {
    BASE64_STANDARD.encode(random)
}

/// The page of a claim, or of a link that leads nowhere.
pub(super) fn draw(claim: Option<&Claim>, facts: &Facts, nonce: &str) -> String {
    let body = match claim {
        None => card(
            "This link leads nowhere",
            "It is wrong, or the request was removed long ago. Ask for a new one, or look into your space in Webex.",
            "",
        ),
        Some(claim) => draw_claim(claim, facts),
    };
    let banner = if facts.is_simulated { "<header class=\"banner\">Simulator: nothing here reaches Webex.</header>" } else { "" };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n<title>Meeting request</title>\n\
         <style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n{banner}<main>{body}</main>\n<script nonce=\"{nonce}\" type=\"module\">{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

fn draw_claim(claim: &Claim, facts: &Facts) -> String {
    if facts.is_own_guest && !facts.is_simulated {
        let text = format!(
            "You are signed in to this chat as {} in this browser. This link is for staff; please go back to the chat.",
            escape(&claim.guest_name)
        );
        return card("This link is for staff", &text, "");
    }
    let note = if facts.is_own_guest {
        "<p class=\"note\">This browser is also signed in as the guest. With the real Webex the link would be refused here.</p>"
    } else {
        ""
    };
    let title = format!("{} asks for a meeting", escape(&claim.guest_name));
    let minutes = (facts.now.as_millis() - claim.requested_at.as_millis()).max(0) / 60_000;
    let since = match minutes {
        0 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        minutes if minutes < 120 => format!("{minutes} minutes ago"),
        minutes => format!("{} hours ago", minutes / 60),
    };
    let topic = claim.topic.as_deref().map(|topic| format!("<div><dt>About</dt><dd>{}</dd></div>", escape(topic))).unwrap_or_default();
    let facts_list =
        format!("<dl><div><dt>Site</dt><dd>{}</dd></div>{topic}<div><dt>Asked</dt><dd>{since}</dd></div></dl>", escape(&claim.site_name));
    let actions = match &claim.standing {
        ClaimStanding::Open => {
            "<button id=\"take\" class=\"primary\" type=\"button\">Take this visit</button>\
             <p class=\"hint\">You will be the host. The guest is told that you are there.</p>"
        }
        ClaimStanding::Mine => {
            "<button id=\"take\" class=\"primary\" type=\"button\">Open the meeting again</button>\
             <button id=\"end\" type=\"button\">Visit is over</button>"
        }
        ClaimStanding::Taken(_) | ClaimStanding::Over(_) => "",
    };
    let text = match &claim.standing {
        ClaimStanding::Open => "They are waiting now.".to_owned(),
        standing => escape(&sentence(standing)),
    };
    card(&title, &text, &format!("{facts_list}{actions}<p id=\"problem\" class=\"problem\" role=\"alert\"></p>{note}"))
}

/// How a visit stands, as a sentence for staff.
pub(super) fn sentence(standing: &ClaimStanding) -> String {
    match standing {
        ClaimStanding::Open => "The visit can be taken.".into(),
        ClaimStanding::Mine => "You took this visit. You can open the meeting again until it is over.".into(),
        ClaimStanding::Taken(Some(name)) => format!("{name} took this visit. There is nothing to do for you."),
        ClaimStanding::Taken(None) => "A colleague took this visit. There is nothing to do for you.".into(),
        ClaimStanding::Over(state) => match state {
            VisitState::Missed => "Nobody took this visit in time. Please answer the guest in writing.",
            VisitState::Cancelled => "The guest took the request back. There is nothing to do.",
            VisitState::Expired => "The guest never came. The meeting's links have ended.",
            _ => "This visit is over.",
        }
        .into(),
    }
}

fn card(title: &str, text: &str, rest: &str) -> String {
    format!("<h1>{title}</h1><p class=\"text\">{text}</p>{rest}")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_name_is_text_on_the_page_and_nothing_else() {
        assert_eq!(escape("<b onclick='x'>\"&"), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;");
    }

    #[test]
    fn a_link_that_leads_nowhere_says_so_and_offers_nothing_to_press() {
        let facts = Facts { is_own_guest: false, is_simulated: false, now: Timestamp::default() };
        let page = draw(None, &facts, "n");
        assert!(page.contains("leads nowhere") && !page.contains("<button"), "{page}");
    }
}
