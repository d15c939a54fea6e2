//! Whom a site's own back end says its visitors are.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use shared::{SiteProfile, path};
use tests::{answer::Answer, identity::BackEnd, portal::TestPortal};

use super::{Row, Seen, all_act, changed, for_portal, said};

const SITE: &str = r#"
[[site]]
id = "demo"
name = "Acme support"
staff = ["grace@sandbox.example"]
[site.identity]
mode = "optional"
algorithm = "EdDSA"
[[site.identity.key]]
id = "last year"
public_key_file = "THE KEY"
"#;

pub(super) const ROWS: &[Row] = &[
    Row { key: "site.identity.mode", changed: r#""required""#, seen: "nobody else gets in" },
    Row { key: "site.identity.algorithm", changed: r#""ES256""#, seen: "ES256 is known" },
    Row { key: "site.identity.key.id", changed: r#""2026-11""#, seen: "the key 2026-11 is known" },
    Row { key: "site.identity.key.public_key_file", changed: r#""ANOTHER KEY""#, seen: "the other key's signature is taken" },
];

async fn present(changes: &[Row]) -> Seen {
    let (one, another) = (BackEnd::new(Algorithm::EdDSA), BackEnd::new(Algorithm::ES256));
    let text = for_portal(changed(SITE, changes));
    let text = text.replace("THE KEY", &one.public_key_file()).replace("ANOTHER KEY", &another.public_key_file());
    let portal = TestPortal::start_with_sites(&text).await;
    let guest = portal.visitor();
    let signed_by = async |back_end: &BackEnd, key_id: &str| -> Answer {
        let mut header = back_end.header();
        header["kid"] = Value::from(key_id);
        let token = back_end.sign(&header, &back_end.claims(&portal, "42", "Ada"));
        guest.post(path::IDENTITY, json!({ "token": token })).await
    };
    let complains_of = |answer: &Answer, what: &str| answer.status == 403 && answer.problem().detail.contains(what);
    let nobodys = signed_by(&another, "nobody's").await;
    let mut is_key_known = false;
    for back_end in [&one, &another] {
        let answer = signed_by(back_end, "2026-11").await;
        is_key_known |= !complains_of(&answer, "`alg`") && !complains_of(&answer, "`kid`");
    }
    let mut is_taken = false;
    for key_id in ["last year", "2026-11"] {
        is_taken |= signed_by(&another, key_id).await.status == 201;
    }
    Seen::from([
        ("site.identity.mode", said(guest.get(path::SITE).await.json::<SiteProfile>().needs_identity, "nobody else gets in")),
        ("site.identity.algorithm", said(!complains_of(&nobodys, "`alg`"), "ES256 is known")),
        ("site.identity.key.id", said(is_key_known, "the key 2026-11 is known")),
        ("site.identity.key.public_key_file", said(is_taken, "the other key's signature is taken")),
    ])
}

#[tokio::test]
async fn identities_are_taken_as_configured() {
    all_act(ROWS, present).await;
}
