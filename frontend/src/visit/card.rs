//! The card of a visit.

use shared::{Visit, VisitState};

use super::state::{headline, is_web_address, join_url, outlook};
use crate::api::error::sentence;
use crate::timeline::entry::{Act, act, time};
use crate::ui::Icon;
use crate::ui::button;
use crate::ui::element::{Drawn, element, picture};
use crate::words::words;

/// Draws a visit; `test_url` leads to where a guest can try camera and microphone.
pub fn draw(visit: &Visit, test_url: Option<&str>) -> Drawn {
    let id = visit.id.as_str();
    let is_waiting = matches!(visit.state, VisitState::Requested | VisitState::Scheduled | VisitState::Ringing);
    let is_open = matches!(visit.state, VisitState::Claimed | VisitState::Joined);
    let line = |class, text: &str| (!text.is_empty()).then(|| element("p", class).text(text));
    let icon = match visit.state {
        VisitState::Ended => Icon::Check,
        VisitState::Missed | VisitState::Expired => Icon::Clock,
        _ => Icon::Camera,
    };
    let about = element("p", "visit__about").maybe(visit.topic.as_ref().map(|topic| element("bdi", "visit__topic").text(topic)));
    let about = about.child(time(visit.requested_at));
    let words_of_card = element("div", "visit__words")
        .maybe(line("visit__headline", &headline(visit)))
        .maybe(line("visit__outlook", &outlook(visit)))
        .maybe(visit.problem.as_ref().and_then(|problem| line("visit__problem", &sentence(problem))))
        .child(about);
    let mark = element("span", "visit__mark").child(picture(icon));
    let mut card = element("div", "visit__card").child(element("div", "visit__top").child(mark).child(words_of_card));
    let mut buttons = element("div", "visit__buttons");
    if let Some(url) = join_url(visit) {
        let link = element("a", "button button--primary visit__join")
            .with("href", url)
            .with("target", "_blank")
            .with("rel", "noopener noreferrer")
            .child(picture(Icon::Camera))
            .text(if visit.state == VisitState::Joined { words().join_again() } else { words().join_now() });
        buttons = buttons.child(act(link, Act::Join, id));
    } else if visit.state == VisitState::Joined {
        buttons = buttons.child(act(button("button button--primary", words().new_link(), Some(Icon::Camera)), Act::Join, id));
    }
    if visit.state == VisitState::Joined {
        buttons = buttons.child(act(button("button", words().leave_meeting(), None), Act::Leave, id));
    } else if is_waiting || is_open {
        buttons = buttons.child(act(button("button", words().cancel_request(), None), Act::CancelVisit, id));
    }
    if is_waiting || is_open {
        card = card.child(buttons);
    }
    if is_open && visit.invite_urls.iter().any(|url| is_web_address(url)) {
        let link = |(number, url): (usize, &String)| {
            let link = element("a", "").with("href", url).with("target", "_blank").with("rel", "noopener noreferrer");
            link.text(&words().invite_link(number + 1))
        };
        let links = visit.invite_urls.iter().filter(|url| is_web_address(url)).enumerate().map(link);
        card = card.child(element("p", "visit__help visit__invites").text(words().invite_others()).children(links));
    }
    if let Some(url) = test_url.filter(|url| !visit.state.is_over() && is_web_address(url)) {
        let link = element("a", "").with("href", url).with("target", "_blank").with("rel", "noopener noreferrer");
        card = card.child(element("p", "visit__help").child(link.text(words().try_media())));
    }
    element("li", "visit")
        .with("tabindex", "-1")
        .class_if("visit--waiting", is_waiting)
        .class_if("visit--open", is_open)
        .class_if("visit--over", visit.state.is_over())
        .child(card)
}
