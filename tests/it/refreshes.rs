//! The service app's access token while Webex does not renew it: many need it at once, and Webex is asked once.

use std::time::Duration;

use futures_util::future::join_all;
use sandbox::Fault;
use secrecy::{ExposeSecret, SecretString};
use server::webex::{ServiceApp, WebexError};
use tests::portal::TestPortal;

const RENEWAL: &str = "/v1/access_token";

struct Scene {
    portal: TestPortal,
    service_app: ServiceApp,
    token: SecretString,
}

impl Scene {
    /// From here on Webex answers so.
    async fn start(status: u16) -> Self {
        let portal = TestPortal::start().await;
        let service_app = portal.app().connections.all().next().unwrap().service_app.clone().unwrap();
        let token = service_app.token().await.unwrap();
        portal.webex().add_fault(Fault::answer("POST", RENEWAL, status).times(1000)).unwrap();
        Self { portal, service_app, token }
    }

    fn renewals(&self) -> usize {
        self.portal.requests("POST", RENEWAL).len()
    }

    /// Twenty need it at once: what they get, and how often Webex is asked.
    async fn asked_for(&self) -> (Vec<Result<SecretString, WebexError>>, usize) {
        let before = self.renewals();
        let answers = join_all((0..20).map(|_| self.service_app.token())).await;
        (answers, self.renewals() - before)
    }
}

#[tokio::test]
async fn a_token_that_lives_is_used_until_a_renewal_succeeds_and_webex_is_not_asked_by_everybody() {
    let scene = Scene::start(503).await;
    // Fourteen days it lives, and is renewed when four fifths of them are over.
    scene.portal.advance(Duration::from_secs(12 * 24 * 3600));
    for _ in 0..2 {
        let (answers, asked) = scene.asked_for().await;
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().expose_secret() == scene.token.expose_secret()));
        assert!(asked <= 1, "{asked}");
        scene.portal.advance(Duration::from_millis(2_100));
    }
    let asked = scene.renewals();
    scene
        .portal
        .until("another try", async || scene.service_app.token().await.is_ok().then_some(()).filter(|()| scene.renewals() > asked))
        .await;
    scene.portal.webex().clear_faults();
    scene.portal.advance(Duration::from_millis(2_100));
    assert_ne!(scene.service_app.token().await.unwrap().expose_secret(), scene.token.expose_secret());
}

#[tokio::test]
async fn credentials_that_webex_refuses_are_tried_again_after_half_a_minute_or_when_they_are_replaced() {
    let scene = Scene::start(400).await;
    scene.service_app.refuse(&scene.token).await;
    let (answers, asked) = scene.asked_for().await;
    assert!(answers.iter().all(Result::is_err) && asked == 1, "{asked}");
    scene.portal.advance(Duration::from_secs(20));
    let (answers, asked) = scene.asked_for().await;
    assert!(answers.iter().all(Result::is_err) && asked == 0, "{asked}: too early");
    // Somebody else may be the first to need it then.
    let before = scene.renewals();
    scene.portal.advance(Duration::from_secs(11));
    assert!(scene.asked_for().await.0.iter().all(Result::is_err));
    assert_eq!(scene.renewals() - before, 1);
    scene.portal.webex().clear_faults();
    scene.portal.app().reload_secrets().await.unwrap();
    let fresh = scene.service_app.token().await.unwrap();
    assert_ne!(fresh.expose_secret(), scene.token.expose_secret());
}
