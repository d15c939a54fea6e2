//! `guest-portal key`: makes, lists and revokes the keys of other programs, also while the portal runs.

use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret;
use serde_json::json;
use shared::SiteId;

use super::{ConfigArgs, EXIT_CONFIG, EXIT_FAILED, reach::load};
use crate::{
    automation::{self, Scope},
    clock::Clock,
    config::Config,
    store::{ApiKeyRow, Store},
    webhooks::rfc3339,
};

const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key and print it, once: only its hash is kept.
    Make(MakeArgs),
    /// List the keys there are.
    List(ListArgs),
    /// Take a key away; a running portal refuses it at once.
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
pub(super) struct MakeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The site it is for.
    #[arg(long)]
    site: String,
    /// What it is called: letters, digits, hyphens, dots and underscores.
    #[arg(long)]
    name: String,
    /// What it is good for; may be given several times.
    #[arg(long = "scope", alias = "scopes", value_enum, value_delimiter = ',', required = true)]
    scopes: Vec<ScopeArg>,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Only this site's.
    #[arg(long)]
    site: Option<String>,
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// What it is called.
    name: String,
    /// The site it is for.
    #[arg(long)]
    site: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum ScopeArg {
    /// Meeting links.
    Meetings,
    /// Arranging, following and cancelling visits.
    Visits,
}

pub(super) async fn run(command: &KeyCommand) -> u8 {
    let done = match command {
        KeyCommand::Make(args) => make(args).await,
        KeyCommand::List(args) => list(args),
        KeyCommand::Revoke(args) => revoke(args).await,
    };
    done.unwrap_or_else(|code| code)
}

async fn make(args: &MakeArgs) -> Result<u8, u8> {
    let config = load(&args.config)?;
    let site_id = site(&config, &args.site)?;
    let is_plain = args.name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
    if !is_plain || args.name.is_empty() || args.name.len() > MAX_NAME_CHARS {
        eprintln!("--name must be 1 to {MAX_NAME_CHARS} letters, digits, hyphens, dots or underscores, such as `crm`.");
        return Err(EXIT_CONFIG);
    }
    let store = open(&config)?;
    let (key, key_hash) = automation::make_key().map_err(|error| told(EXIT_FAILED, &error))?;
    let mut scopes = args.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let scopes: Vec<&str> = scopes.into_iter().map(ScopeArg::as_word).collect();
    let row =
        ApiKeyRow { site_id, name: args.name.clone(), scopes: scopes.join(" "), created_at: Clock::system().now(), last_used_at: None };
    let added = store.add_api_key(row, key_hash).await;
    store.close().await;
    if !added.map_err(|error| told(EXIT_FAILED, &error))? {
        eprintln!("Site `{}` has a key called `{}`; choose another name, or revoke that one first.", args.site, args.name);
        return Err(EXIT_FAILED);
    }
    println!("{}", key.expose_secret());
    eprintln!("Keep it where the other program finds it: it is not shown again.");
    Ok(0)
}

fn list(args: &ListArgs) -> Result<u8, u8> {
    let config = load(&args.config)?;
    let keys = open(&config)?.api_keys().map_err(|error| told(EXIT_FAILED, &error))?;
    let keys: Vec<ApiKeyRow> =
        keys.into_iter().filter(|key| args.site.as_deref().is_none_or(|site| site == key.site_id.as_str())).collect();
    if args.json {
        let list: serde_json::Value = keys
            .iter()
            .map(|key| {
                json!({
                    "site": key.site_id,
                    "name": key.name,
                    "scopes": key.scopes.split(' ').collect::<Vec<_>>(),
                    "created_at": rfc3339(key.created_at),
                    "last_used_at": key.last_used_at.map(rfc3339),
                })
            })
            .collect();
        println!("{list:#}");
        return Ok(0);
    }
    if keys.is_empty() {
        println!("No keys yet; `guest-portal key make` makes one.");
    }
    for key in keys {
        let used = key.last_used_at.map_or_else(|| "never used".into(), |at| format!("last used {}", rfc3339(at)));
        println!("{}  {}  {}  made {}, {used}", key.site_id, key.name, key.scopes, rfc3339(key.created_at));
    }
    Ok(0)
}

async fn revoke(args: &RevokeArgs) -> Result<u8, u8> {
    let config = load(&args.config)?;
    let store = open(&config)?;
    // Of a site that is no longer configured, too.
    let revoked = store.revoke_api_key(SiteId::new(&args.site), args.name.clone(), Clock::system().now()).await;
    store.close().await;
    if !revoked.map_err(|error| told(EXIT_FAILED, &error))? {
        eprintln!("Site `{}` has no key called `{}`; `guest-portal key list` shows those there are.", args.site, args.name);
        return Err(EXIT_FAILED);
    }
    println!("Revoked. Requests with it are refused from now on.");
    Ok(0)
}

fn site(config: &Config, id: &str) -> Result<SiteId, u8> {
    config.site(&SiteId::new(id)).map(|site| site.id.clone()).ok_or_else(|| {
        let sites: Vec<_> = config.sites.iter().map(|site| format!("`{}`", site.id)).collect();
        eprintln!("There is no site `{id}` in the configuration; there is {}.", sites.join(", "));
        EXIT_CONFIG
    })
}

fn open(config: &Config) -> Result<Store, u8> {
    Store::open_beside(&config.server.data_dir).map_err(|error| told(EXIT_CONFIG, &error))
}

fn told(code: u8, error: &dyn std::fmt::Display) -> u8 {
    eprintln!("{error}");
    code
}

impl ScopeArg {
    fn as_word(self) -> &'static str {
        match self {
            Self::Meetings => Scope::Meetings.as_word(),
            Self::Visits => Scope::Visits.as_word(),
        }
    }
}
