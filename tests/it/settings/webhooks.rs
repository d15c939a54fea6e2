//! What other programs hear.

use tests::{
    portal::TestPortal,
    processes::program_output,
    receiver::{Receiver, SECRET},
};

use super::{Row, Seen, all_act, changed, for_portal, said};
use crate::visits::{PATIENT, ringing};

const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const FORMER_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Where the receivers are is known once they listen.
const WEBHOOK: &str = r#"
[[site.webhook]]
url = "ONE RECEIVER/hook"
secret_file = "THE SECRET"
"#;

pub(super) const ROWS: &[Row] = &[
    Row { key: "site.webhook.name", changed: r#""crm""#, seen: "demo crm: 204" },
    Row { key: "site.webhook.url", changed: r#""ANOTHER RECEIVER/hook""#, seen: "another receiver is told" },
    Row { key: "site.webhook.secret_file", changed: r#""ANOTHER SECRET""#, seen: "signed with another secret" },
    Row { key: "site.webhook.previous_secret_file", changed: r#""THE FORMER SECRET""#, seen: "signed with the former secret, too" },
    Row { key: "site.webhook.events", changed: r#"["message.from_guest", "visit.claimed"]"#, seen: "message.from_guest visit.claimed" },
    Row { key: "site.webhook.include_links", changed: "true", seen: "the guest's link" },
    Row { key: "site.webhook.include_host_link", changed: "true", seen: "the host's link" },
    Row { key: "site.webhook.include_text", changed: "true", seen: "Hello" },
];

async fn hear(changes: &[Row]) -> Seen {
    let (one, another) = (Receiver::start().await, Receiver::start().await);
    let table = changed(&format!("{PATIENT}{WEBHOOK}"), changes);
    let with_names = |text: String| {
        let text = text.replace("ONE RECEIVER", &one.base_url()).replace("ANOTHER RECEIVER", &another.base_url());
        let text = text.replace("THE SECRET", &one.secret_file("secret", SECRET));
        let text = text.replace("ANOTHER SECRET", &one.secret_file("another", OTHER_SECRET));
        text.replace("THE FORMER SECRET", &one.secret_file("former", FORMER_SECRET))
    };
    let portal = TestPortal::start_with_sites(&with_names(for_portal(table.clone()))).await;
    let (_, _, claim) = ringing(&portal, "Ada").await;
    let host_link = portal.take_it(&claim).await;
    let deliveries = || [one.taken(), another.taken()].concat();
    let claimed = portal.until("the claim", async || deliveries().into_iter().find(|told| told.kind() == "visit.claimed")).await;
    let told = deliveries();
    let kinds: Vec<_> = told.iter().map(tests::receiver::Delivery::kind).collect();
    let guest_link = &portal.minted(false)[0];

    let configuration = portal.data_dir().with_file_name("portal.toml");
    std::fs::write(&configuration, with_names(toml::to_string(&table).unwrap())).unwrap();
    let configuration = configuration.display().to_string();
    let (_, printed) = program_output(&["webhook", "test", "--sandbox", "--config", &configuration], &[]).await;
    Seen::from([
        ("site.webhook.name", printed.split(" in ").next().unwrap().to_owned()),
        ("site.webhook.url", said(!another.taken().is_empty() && one.taken().is_empty(), "another receiver is told")),
        ("site.webhook.secret_file", said(claimed.is_signed_with(OTHER_SECRET), "signed with another secret")),
        ("site.webhook.previous_secret_file", said(claimed.is_signed_with(FORMER_SECRET), "signed with the former secret, too")),
        ("site.webhook.events", kinds.join(" ")),
        ("site.webhook.include_links", said(claimed.data()["guest_link"] == **guest_link, "the guest's link")),
        ("site.webhook.include_host_link", said(claimed.data()["host_link"] == *host_link, "the host's link")),
        ("site.webhook.include_text", told[0].data()["text"].as_str().unwrap_or_default().to_owned()),
    ])
}

#[tokio::test]
async fn what_other_programs_hear_is_as_configured() {
    all_act(ROWS, hear).await;
}
