//! Asks the portal who is signed in, and signs in.

use super::state::Farewell;
use crate::api::ApiError;
use crate::chat;
use crate::composer::early;
use crate::platform::both::both;
use crate::platform::task::spawn;
use crate::platform::{host, window};
use crate::portal::Portal;

/// Asks what the site is called, who is signed in and, if somebody may be, which rooms they have, before anything is drawn.
pub async fn look_around(portal: Portal) {
    let client = portal.client();
    let is_recognised = host::prepared().await;
    portal.sign_in.update(|sign_in| {
        sign_in.typed(host::given("name"));
        sign_in.email = host::given("email");
        sign_in.topic = host::given("topic");
        sign_in.farewell = (!is_recognised).then_some(Farewell::Unrecognised);
    });
    let rooms = async { if early::is_expected() { client.rooms().await.ok() } else { None } };
    let session = async { if early::is_expected() { Some(client.session().await) } else { None } };
    let ((profile, session), rooms) = both(both(client.site(), session), rooms).await;
    let session = match (&profile, session) {
        // Whoever was here before is somebody else.
        _ if !is_recognised => None,
        (Ok(profile), None) if !profile.may_be_signed_in => None,
        // They came by a link of another site: the server saw no cookie when the page was asked for.
        (_, None) => Some(client.session().await),
        (_, asked) => asked,
    };
    match profile {
        Ok(profile) => portal.profile.set(Some(profile)),
        Err(error) => portal.sign_in.update(|sign_in| sign_in.error = Some(error)),
    }
    match session {
        Some(Ok(session)) => chat::effects::begin(portal, session, rooms),
        Some(Err(error)) if !error.is_signed_out() => portal.sign_in.update(|sign_in| sign_in.error = Some(error)),
        Some(Err(_)) | None => {}
    }
}

/// The guest presses *Start chat*.
pub fn submit(portal: Portal) {
    let pre_chat = portal.profile.with_untracked(|profile| profile.as_ref().map(|profile| profile.pre_chat.clone())).unwrap_or_default();
    let Some(new) = portal.sign_in.update(|sign_in| sign_in.submitted(&pre_chat)) else { return show_mistake(portal) };
    spawn(async move {
        let client = portal.client();
        // A portal that could not be reached when the page was opened may be there now.
        if portal.profile.with_untracked(Option::is_none)
            && let Ok(profile) = client.site().await
        {
            portal.profile.set(Some(profile));
        }
        match client.sign_in(&new).await {
            Ok(session) => {
                // The stream goes on where these were read: nothing is asked for twice.
                let rooms = client.rooms().await.ok();
                portal.sign_in.set(super::SignIn::default());
                chat::effects::begin(portal, session, rooms);
            }
            Err(error) => {
                portal.sign_in.update(|sign_in| sign_in.refused(error));
                show_mistake(portal);
            }
        }
    });
}

/// Leads the guest back to what has to be mended.
fn show_mistake(portal: Portal) {
    if let Some(id) = portal.sign_in.with_untracked(super::SignIn::mistake) {
        window::focus_soon(id);
    }
}

/// The guest leaves for good. What the browser kept for them is forgotten.
pub async fn leave(portal: Portal) -> Result<(), ApiError> {
    let drawer = portal.drawer();
    match portal.client().leave().await {
        Err(error) if !error.is_signed_out() => return Err(error),
        _ => {}
    }
    portal.end(Farewell::Left);
    if let Some(drawer) = drawer {
        drawer.empty();
    }
    Ok(())
}
