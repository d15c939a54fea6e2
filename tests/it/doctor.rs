//! What the doctor says: of each row of the table when all is well, and of what can be wrong.

use sandbox::{Activation, Fault, Sandbox, SandboxConfig};
use server::{
    clock::Clock,
    config::{Config, SandboxSource},
    doctor::{self, Level},
    portal::Portal,
    sandbox_credentials::access,
    webex::ConnectionAccess,
};
use tests::{portal::TestPortal, processes::program_output};

/// One connection for each row, and a site on each.
const ROWS: &str = r#"
[webex.service_app]
[webex.bot]

[[connection]]
id = "both"
[connection.guest_issuer]
[connection.service_app]
[connection.bot]

[[connection]]
id = "tutorial"
[connection.guest_issuer]
[connection.bot]

[[connection]]
id = "gov"
cloud = "government"
[connection.bot]

[[site]]
id = "demo"
name = "Demo"
staff = ["grace@sandbox.example"]

[[site]]
id = "both"
name = "Both"
connection = "both"
staff = ["grace@sandbox.example"]

[[site]]
id = "tutorial"
name = "Tutorial"
connection = "tutorial"
conversation = "direct"
staff = ["grace@sandbox.example"]

[[site]]
id = "gov"
name = "City"
connection = "gov"
staff = ["hedy@gov.sandbox.example"]
"#;

struct Examined {
    text: String,
    level: Level,
}

/// What the doctor says where the credentials were changed like this, and the simulator like that.
async fn examine(sites: &str, change: impl FnOnce(&mut Vec<ConnectionAccess>, &Sandbox), trouble: impl FnOnce(&Sandbox)) -> Examined {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Clock::system();
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(SandboxConfig::loopback()).await.unwrap();
    let text = format!("[server]\nlisten = \"127.0.0.1:0\"\ndata_dir = \"{}\"\n{sites}", folder.path().display());
    let config = Config::from_text("tests", &text, Some(SandboxSource::embedded_default()), &|_| None).unwrap();
    let mut connections = access(&sandbox.credentials(), &sandbox.base_url().parse().unwrap(), &config.webex.wanted()).unwrap();
    change(&mut connections, &sandbox);
    trouble(&sandbox);
    let portal = Portal::start(config, connections, clock.clone()).await.unwrap();
    let reports = doctor::examine(&portal.app.connections, &portal.app.config, &portal.app.store, clock.now()).await;
    let examined = Examined {
        text: reports.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        level: reports.iter().map(doctor::Report::level).max().unwrap(),
    };
    // For the record: `cargo test -p guest-portal-tests --test it doctor -- --nocapture` shows what operators read.
    println!("{}", examined.text);
    portal.stop().await;
    sandbox.stop().await;
    examined
}

const ONE: &str = "[[site]]\nid = \"demo\"\nname = \"Demo\"\nstaff = [\"grace@sandbox.example\"]\n";

/// That something is wrong, that it is said so, and what to do about it.
fn tells(examined: &Examined, level: Level, words: &[&str]) {
    assert_eq!(examined.level, level, "{}", examined.text);
    let mark = if level == Level::Wrong { "WRONG" } else { "warning" };
    let lines: Vec<&str> = examined.text.lines().filter(|line| line.contains(mark)).collect();
    for word in words {
        assert!(lines.iter().any(|line| line.contains(word)), "`{word}` in {lines:#?}");
    }
}

#[tokio::test]
async fn each_row_of_the_table_is_named_and_proven() {
    let examined = examine(ROWS, |_, _| {}, |_| {}).await;
    assert_eq!(examined.level, Level::Good, "{}", examined.text);
    for row in [
        "connection webex (commercial cloud): service app + bot (recommended)",
        "connection both (commercial cloud): guest issuer + service app + bot",
        "connection tutorial (commercial cloud): guest issuer + bot",
        "connection gov (government cloud): bot alone",
    ] {
        assert!(examined.text.contains(row), "{row} in\n{}", examined.text);
    }
    assert_eq!(examined.text.matches("Instant Connect: it makes links").count(), 4);
    assert_eq!(examined.text.matches("a guest was logged in").count(), 2);
    assert!(examined.text.contains("next     add a service app"));
}

#[tokio::test]
async fn a_bots_token_that_ended_is_told_with_where_to_get_another() {
    let examined = examine(ONE, |access, _| access[0].bot.as_mut().unwrap().access_token = "ended".to_owned().into(), |_| {}).await;
    tells(
        &examined,
        Level::Wrong,
        &["bot: Webex refuses its token", "copy the bot's token from developer.webex.com into access_token_file"],
    );
}

#[tokio::test]
async fn a_bots_token_of_the_other_cloud_is_recognised() {
    let government = |access: &mut Vec<ConnectionAccess>, sandbox: &Sandbox| {
        access[0].bot.as_mut().unwrap().access_token = sandbox.credentials().government.bot.access_token.into();
    };
    let examined = examine(ONE, government, |_| {}).await;
    tells(&examined, Level::Wrong, &["its token is one of the government cloud", "set `cloud = \"government\"`"]);
}

#[tokio::test]
async fn a_personal_token_in_the_bots_place_is_a_warning() {
    let personal = |access: &mut Vec<ConnectionAccess>, sandbox: &Sandbox| {
        access[0].bot.as_mut().unwrap().access_token = sandbox.credentials().staff[0].access_token.clone().into();
    };
    let examined = examine(ONE, personal, |_| {}).await;
    tells(&examined, Level::Warning, &["this is the personal token of Grace Hopper, which ends 12 hours after it was copied"]);
}

#[tokio::test]
async fn a_service_apps_refresh_token_that_ended_is_told_with_what_to_do_in_control_hub() {
    let ended = |access: &mut Vec<ConnectionAccess>, _: &Sandbox| {
        access[0].service_app.as_mut().unwrap().refresh_token = "ended".to_owned().into();
    };
    let examined = examine(ONE, ended, |_| {}).await;
    tells(&examined, Level::Wrong, &["service app: Webex refuses its credentials", "authorise it again in Control Hub"]);
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let examined = examine(ONE, |_, _| {}, |sandbox| sandbox.add_fault(Fault::answer("POST", "/v1/guests/token", 403)).unwrap()).await;
    tells(&examined, Level::Wrong, &["vouching for guests: Webex refuses it", "lacks guest-issuer:read and guest-issuer:write"]);
    let examined = examine(
        ONE,
        |_, _| {},
        |sandbox| {
            // The portal itself reads its spaces meanwhile.
            (0..9).for_each(|_| sandbox.add_fault(Fault::answer("GET", "/v1/rooms", 403)).unwrap());
        },
    )
    .await;
    tells(&examined, Level::Wrong, &["lacks spark:rooms_read"]);
}

#[tokio::test]
async fn a_guest_issuers_secret_that_was_replaced_is_told() {
    let tutorial = "[webex.guest_issuer]\n[webex.bot]\n[[site]]\nid = \"t\"\nname = \"T\"\nconversation = \"direct\"\nstaff = [\"grace@sandbox.example\"]\n";
    let other = |access: &mut Vec<ConnectionAccess>, _: &Sandbox| {
        access[0].guest_issuer.as_mut().unwrap().secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned().into();
    };
    let examined = examine(tutorial, other, |_| {}).await;
    tells(&examined, Level::Wrong, &["Issuer id and secret must be of the same issuer", "regenerated replaces the old one at once"]);
}

#[tokio::test]
async fn instant_connect_that_was_not_activated_is_told_with_the_way_to_activate_it() {
    for activation in [Activation::NotActivated, Activation::NoGuestToGuestSite] {
        let examined = examine(ONE, |_, _| {}, |sandbox| sandbox.set_instant_connect(activation)).await;
        tells(&examined, Level::Wrong, &["activate it at https://instant.webex.com/integrate/", "Guest-to-Guest meeting site"]);
    }
}

#[tokio::test]
async fn staff_nobody_knows_are_a_warning() {
    let examined = examine(&ONE.replace("grace@", "graec@"), |_, _| {}, |_| {}).await;
    tells(&examined, Level::Warning, &["nobody of the bot's organisation has the address graec@sandbox.example", "check its spelling"]);
}

#[tokio::test]
async fn a_webex_out_of_reach_is_told_as_that() {
    let nowhere = |access: &mut Vec<ConnectionAccess>, _: &Sandbox| access[0].api_base = "http://127.0.0.1:9/v1".parse().unwrap();
    let examined = examine(ONE, nowhere, |_| {}).await;
    tells(&examined, Level::Wrong, &["Webex cannot be reached", "firewall"]);
}

#[tokio::test]
async fn another_program_at_the_portals_address_is_named_even_where_the_secrets_are_away() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in other.incoming().map_while(Result::ok) {
            let _ = std::io::Write::write_all(&mut &stream, b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("guest-portal.toml");
    let checked = async |listen: &str| {
        let text = format!(
            "[server]\nlisten = \"{listen}\"\ndata_dir = \"{}\"\n[webex.bot]\naccess_token_file = \"/nowhere\"\n{ONE}",
            folder.path().display()
        );
        std::fs::write(&configuration, text).unwrap();
        program_output(&["check", &format!("--config={}", configuration.display())], &[]).await
    };
    let (code, printed) = checked(&address.to_string()).await;
    assert!(code == 2 && printed.contains(&format!("WRONG    address: another program listens on {address}")), "{code} {printed}");
    // A portal that runs is none.
    let portal = TestPortal::start().await;
    let (code, printed) = checked(&portal.address().to_string()).await;
    assert!(code == 2 && printed.contains("this machine") && !printed.contains("another program"), "{code} {printed}");
}
