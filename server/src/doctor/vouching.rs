//! Whether guests can be vouched for.

use secrecy::SecretString;
use shared::Timestamp;

use super::{Finding, good, unreachable, wrong};
use crate::{
    guest_identity::{GuestIssuer, JWT_LIFE_SECS},
    webex::{Connection, ServiceApp, WebexError},
};

/// The doctor's own guest: always the same, so that an organisation gets one of it.
const SUBJECT: &str = "guest-portal-check";
const NAME: &str = "Guest Portal check";

pub(super) async fn examine_service_app(connection: &Connection, service_app: &ServiceApp) -> Vec<Finding> {
    let webex = &connection.webex;
    let me = match service_app.with_token(|token| webex.me(token)).await {
        Ok(me) => me,
        Err(error) => return vec![refused_service_app(&error)],
    };
    let mut findings = vec![good(format!("service app: it is {}", me.display_name.unwrap_or_else(|| "nameless".into())))];
    let vouched = service_app.with_token(|token| webex.guest_token(token, SUBJECT, NAME)).await;
    findings.push(scope("vouching for guests", "guest-issuer:read and guest-issuer:write", vouched.map(|_| ())));
    let rooms = service_app.with_token(|token| webex.rooms_by_activity(token)).await;
    findings.push(scope("reading spaces", "spark:rooms_read", rooms.map(|_| ())));
    let memberships = service_app.with_token(|token| webex.own_memberships(token)).await;
    findings.push(scope("reading members", "spark:memberships_read", memberships.map(|_| ())));
    findings
}

fn refused_service_app(error: &WebexError) -> Finding {
    unreachable("service app", error).unwrap_or_else(|| {
        wrong(format!(
            "service app: Webex refuses its credentials ({error}). Compare client_id and client secret with the service app's page; \
             if they are right, the refresh token has ended (after 90 days unused) or an administrator withdrew the authorisation: authorise \
             it again in Control Hub under Apps, Service Apps, and put the new refresh token into refresh_token_file"
        ))
    })
}

fn scope(what: &str, scopes: &str, asked: Result<(), WebexError>) -> Finding {
    match asked {
        Ok(()) => good(format!("{what}: {scopes}")),
        Err(error) => unreachable(what, &error).unwrap_or_else(|| match error.status() {
            Some(403) => wrong(format!(
                "{what}: Webex refuses it ({error}). The service app lacks {scopes}: add the scope on its page, then have an administrator authorise it again in Control Hub"
            )),
            _ => wrong(format!("{what}: Webex refuses it ({error})")),
        }),
    }
}

pub(super) async fn examine_issuer(connection: &Connection, issuer: &GuestIssuer, now: Timestamp) -> Finding {
    let signed = match issuer.sign(SUBJECT, NAME, now.as_millis() / 1000 + JWT_LIFE_SECS) {
        Ok(signed) => signed,
        Err(problem) => return wrong(format!("guest issuer: {problem}")),
    };
    match connection.webex.jwt_login(&signed.jwt).await {
        Ok(login) => {
            let token: SecretString = login.token.into();
            match connection.webex.me(token).await {
                Ok(_) => good(format!("guest issuer: a guest was logged in; guests' tokens live {} s", login.expires_in)),
                Err(error) => unreachable("guest issuer", &error)
                    .unwrap_or_else(|| wrong(format!("guest issuer: Webex refuses the token it has just given ({error})"))),
            }
        }
        Err(error) => unreachable("guest issuer", &error).unwrap_or_else(|| {
            wrong(format!(
                "guest issuer: Webex refuses the guests it signs ({error}). Issuer id and secret must be of the same issuer, and a secret that was \
                 regenerated replaces the old one at once; this machine's clock must be right, too"
            ))
        }),
    }
}
