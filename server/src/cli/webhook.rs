//! `guest-portal webhook`: tries a site's webhooks out, shows what became of deliveries, and sends one again.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{ConfigArgs, EXIT_CONFIG, EXIT_FAILED, reach::load};
use crate::{
    clock::Clock,
    config::{Config, SiteConfig, WebhookConfig},
    secrets::random_id,
    store::{Store, WebhookEntry, WebhookFilter},
    webhooks::{Answer, EventKind, PingData, Poster, SigningSecret, TIMEOUT, Verdict, body, rfc3339, verdict},
};

#[derive(Debug, Subcommand)]
pub(super) enum WebhookCommand {
    /// Send a `ping` now and say what came back.
    Test(TestArgs),
    /// Show the last deliveries, also while the portal runs.
    Log(LogArgs),
    /// Send an event again, with the same id; a running portal does so within seconds.
    Resend(ResendArgs),
    /// Print a new secret, for the file that `secret_file` names.
    Secret,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Only this site's webhooks.
    #[arg(long)]
    site: Option<String>,
    /// Only webhooks of this name.
    #[arg(long)]
    name: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct LogArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Only this site's.
    #[arg(long)]
    site: Option<String>,
    /// Only what was tried and is not delivered.
    #[arg(long)]
    failed: bool,
    /// How many, newest first.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ResendArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The event's id, as `webhook log` shows it.
    id: String,
}

pub(super) async fn run(command: &WebhookCommand) -> u8 {
    let done = match command {
        WebhookCommand::Test(args) => test(args).await,
        WebhookCommand::Log(args) => log(args),
        WebhookCommand::Resend(args) => resend(args).await,
        WebhookCommand::Secret => secret(),
    };
    done.unwrap_or_else(|code| code)
}

async fn test(args: &TestArgs) -> Result<u8, u8> {
    let config = load(&args.config)?;
    let chosen = chosen(&config, args);
    if chosen.is_empty() {
        eprintln!("No such webhook is configured; add a [[site.webhook]] to the configuration, or correct --site and --name.");
        return Err(EXIT_CONFIG);
    }
    let clock = Clock::system();
    let poster = Poster::new(TIMEOUT).map_err(|error| told(EXIT_FAILED, &error))?;
    let mut code = 0;
    for (site, webhook) in chosen {
        let id = format!("msg_{}", random_id().map_err(|error| told(EXIT_FAILED, &error))?);
        let body = body(EventKind::Ping, clock.now(), &PingData { site_id: site.id.as_str() });
        let began = clock.elapsed();
        let answer = poster.post(webhook, &id, &body, clock.now()).await;
        let took_ms = clock.elapsed().saturating_sub(began).as_millis();
        let is_good = matches!(answer, Answer::Status(status, _) if verdict(status) == Verdict::Delivered);
        println!("{} {}: {answer} in {took_ms} ms ({id})", site.id, webhook.name);
        if !is_good {
            eprintln!("  The receiver should answer 2xx once it has the event; see docs/automation.md.");
            code = EXIT_FAILED;
        }
    }
    Ok(code)
}

fn chosen<'a>(config: &'a Config, args: &TestArgs) -> Vec<(&'a SiteConfig, &'a WebhookConfig)> {
    let is_wanted = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    let all = config.sites.iter().flat_map(|site| site.webhooks.iter().map(move |webhook| (&**site, webhook)));
    all.filter(|(site, webhook)| is_wanted(&args.site, site.id.as_str()) && is_wanted(&args.name, &webhook.name)).collect()
}

fn log(args: &LogArgs) -> Result<u8, u8> {
    let config = load(&args.config)?;
    let store = Store::open_to_read(&config.server.data_dir).map_err(|error| told(EXIT_CONFIG, &error))?;
    let filter = WebhookFilter { site: args.site.clone(), failed: args.failed };
    let entries = store.webhook_log(&filter, args.limit).map_err(|error| told(EXIT_FAILED, &error))?;
    if args.json {
        println!("{:#}", entries.iter().map(to_json).collect::<serde_json::Value>());
        return Ok(0);
    }
    if entries.is_empty() {
        println!("Nothing yet.");
    }
    for entry in entries {
        let WebhookEntry { created_at, site_id, endpoint, kind, id, state, attempts, last_answer, .. } = entry;
        let answer = last_answer.map(|answer| format!(", last answer: {answer}")).unwrap_or_default();
        println!("{}  {site_id} {endpoint}  {kind}  {id}  {state}, attempts: {attempts}{answer}", rfc3339(created_at));
    }
    Ok(0)
}

fn to_json(entry: &WebhookEntry) -> serde_json::Value {
    json!({
        "created_at": rfc3339(entry.created_at),
        "site": entry.site_id,
        "name": entry.endpoint,
        "type": entry.kind,
        "id": entry.id,
        "state": entry.state,
        "attempts": entry.attempts,
        "last_answer": entry.last_answer,
        "last_at": entry.last_at.map(rfc3339),
    })
}

async fn resend(args: &ResendArgs) -> Result<u8, u8> {
    let config = load(&args.config)?;
    let store = Store::open_beside(&config.server.data_dir).map_err(|error| told(EXIT_CONFIG, &error))?;
    let resent = store.resend_webhook(args.id.clone(), Clock::system().now()).await;
    store.close().await;
    match resent.map_err(|error| told(EXIT_FAILED, &error))? {
        0 => {
            eprintln!("There is no event {}; `guest-portal webhook log` shows those that are kept.", args.id);
            Err(EXIT_FAILED)
        }
        count => {
            println!("It waits for {count} webhook{} again, and goes out while the portal runs.", if count == 1 { "" } else { "s" });
            Ok(0)
        }
    }
}

fn secret() -> Result<u8, u8> {
    let secret = SigningSecret::make().map_err(|error| told(EXIT_FAILED, &error))?;
    println!("{}", secret.expose_secret());
    Ok(0)
}

fn told(code: u8, error: &dyn std::fmt::Display) -> u8 {
    eprintln!("{error}");
    code
}
