//! Who takes part: people of every kind, each with a token, in a sandbox of their own.

use reqwest::Method;
use sandbox::{Sandbox, SandboxConfig, Seed, SeedPerson};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::hear::{Heard, hear};
use super::world::{Kind, Person, World};
use crate::support::{Client, StillClock, guest_jwt, text};

/// What a sequence plays on.
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) still: StillClock,
    /// By the numbers of the people.
    pub(super) callers: Vec<Client>,
    http: reqwest::Client,
    cluster: &'static str,
    data_dir: Option<TempDir>,
}

fn config(still: &StillClock, cluster: &str, data_dir: Option<&TempDir>) -> SandboxConfig {
    let person = |name: &str, email: &str| SeedPerson { name: name.to_owned(), email: email.to_owned() };
    // The first of the staff has written with a guest before; she takes no part.
    let staff = vec![
        person("Zoe Zero", "zoe@sandbox.example"),
        person("Grace Hopper", "grace@sandbox.example"),
        person("Linus Pauling", "linus@sandbox.example"),
        person("Maria Sanchez", "maria@sandbox.example"),
    ];
    SandboxConfig {
        clock: still.clock(),
        seed: Seed { staff, cluster: Some(cluster.to_owned()), ..Seed::default() },
        data_dir: data_dir.map(|data_dir| data_dir.path().to_owned()),
        ..SandboxConfig::loopback()
    }
}

impl Stage {
    /// With the world as it is before anything is asked.
    pub(super) async fn set(http: &reqwest::Client, cluster: &'static str, is_kept: bool) -> Result<(Self, World), String> {
        let still = StillClock::new();
        let data_dir = is_kept.then(|| TempDir::new().unwrap());
        let sandbox = Sandbox::start(config(&still, cluster, data_dir.as_ref())).await.unwrap();
        let credentials = sandbox.credentials();
        let home = credentials.organisation.id.clone();
        let mut world = World { cluster, home: home.clone(), ..World::default() };
        let mut callers = Vec::new();
        let mut add = |kind, id: &str, email: &str, name: &str, subject: &str, token: &str| {
            let [id, email, name, subject] = [id, email, name, subject].map(str::to_owned);
            world.people.push(Person { kind, id, email, name, subject, organisation: home.clone() });
            callers.push(Client::sharing(http, &sandbox, token));
        };
        for staff in credentials.staff.iter().skip(1) {
            add(Kind::Person, &staff.person_id, &staff.email, &staff.display_name, "", &staff.access_token);
        }
        let (bot, service_app) = (&credentials.bot, &credentials.service_app);
        add(Kind::Bot, &bot.person_id, &bot.email, "Guest Portal Bot", "", &bot.access_token);
        add(Kind::ServiceApp, &service_app.person_id, &service_app.email, "Guest Portal", "", &service_app.access_token);
        let app = Client::sharing(http, &sandbox, service_app.access_token.clone());
        for (subject, name) in [("ada-1", "Ada"), ("ben-1", "Ben")] {
            let body = json!({ "subject": subject, "displayName": name });
            let token = answer(hear(&app, Method::POST, "/guests/token", Some(&body)).await?)?;
            let [id, email, token] = ["id", "email", "accessToken"].map(|field| text(&token, field));
            add(Kind::ServiceAppGuest, &id, &email, name, subject, &token);
        }
        let token = text(&log_in(http, &sandbox, "ivy-1", "Ivy").await?, "token");
        let me = answer(hear(&Client::sharing(http, &sandbox, token.clone()), Method::GET, "/people/me", None).await?)?;
        let email = format!("ivy-1@{}", credentials.organisation.uuid);
        add(Kind::IssuerGuest, &text(&me, "id"), &email, "Ivy", "ivy-1", &token);
        Ok((Self { sandbox, still, callers, http: http.clone(), cluster, data_dir }, world))
    }

    /// The answer to a JWT of the issuer.
    pub(super) async fn log_in(&self, subject: &str, name: &str) -> Result<Value, String> {
        log_in(&self.http, &self.sandbox, subject, name).await
    }

    /// Ends the sandbox and starts another on what it left on the disk; `None` where it left nothing.
    pub(super) async fn restart(self) -> Option<Self> {
        let Self { sandbox, still, callers, http, cluster, data_dir } = self;
        sandbox.stop().await;
        let data_dir = data_dir?;
        let sandbox = Sandbox::start(config(&still, cluster, Some(&data_dir))).await.unwrap();
        let callers = callers.iter().map(|caller| Client::sharing(&http, &sandbox, caller.token.clone())).collect();
        Some(Self { sandbox, still, callers, http, cluster, data_dir: Some(data_dir) })
    }
}

async fn log_in(http: &reqwest::Client, sandbox: &Sandbox, subject: &str, name: &str) -> Result<Value, String> {
    let jwt = guest_jwt(sandbox, json!({ "sub": subject, "name": name }));
    answer(hear(&Client::sharing(http, sandbox, jwt), Method::POST, "/jwt/login", None).await?)
}

fn answer(heard: Heard) -> Result<Value, String> {
    if heard.status == 200 { Ok(heard.body) } else { Err(format!("{} {}", heard.status, heard.body)) }
}
