//! Proof of work, where a site asks for it.

use reqwest::Method;
use serde_json::json;
use shared::{ProblemKind, path};
use tests::{
    answer::Answer,
    guest::TestGuest,
    portal::{TWO_SITES, TestPortal},
};

async fn start() -> TestPortal {
    TestPortal::start_with_sites(&TWO_SITES.replacen("name = \"Acme support\"", "name = \"Acme support\"\nproof_of_work = true", 1)).await
}

async fn sign_in_with(guest: &TestGuest, proof: &str) -> Answer {
    let request = guest.request(Method::POST, path::SESSION).header(path::PROOF_HEADER, proof);
    guest.send(request.json(&json!({ "display_name": "Ada" }))).await
}

#[tokio::test]
async fn a_browser_that_has_worked_gets_in_once_for_each_time() {
    let portal = start().await;
    let ada = portal.visitor();
    let refused = ada.try_sign_in("Ada").await;
    assert_eq!((refused.status, refused.problem().kind), (403, ProblemKind::ProofMissing), "{refused}");
    let proof = ada.work().await;
    assert!(ada.session().await.status == 401, "work alone opens nothing");
    assert_eq!(sign_in_with(&ada, &proof).await.status, 201);
    assert_eq!(sign_in_with(&portal.visitor(), &proof).await.problem().kind, ProblemKind::ProofMissing);
    // Who is in may take another name without.
    assert_eq!(ada.try_sign_in("Ada Lovelace").await.status, 201);
    ada.say("Hello").await;
}

#[tokio::test]
async fn what_was_worked_for_one_site_or_too_long_ago_opens_no_other() {
    let portal = start().await;
    let (ada, shop) = (portal.visitor(), portal.visitor().tab_at("shop"));
    assert_eq!(shop.get(path::PROOF).await.status, 204, "there it is not asked for");
    assert_eq!(shop.try_sign_in("Ada").await.status, 201);
    let proof = ada.work().await;
    portal.advance(std::time::Duration::from_secs(601));
    assert_eq!(sign_in_with(&ada, &proof).await.problem().kind, ProblemKind::ProofMissing);
    for nonsense in ["", "x", "a.b.c.d", &"9".repeat(5000)] {
        assert_eq!(sign_in_with(&ada, nonsense).await.problem().kind, ProblemKind::ProofMissing);
    }
}
