//! `guest-portal guest`: how a guest issuer vouches for a guest, step by step (`jwt`, `token`), and guests who are kept (`erasure`).

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    ConfigArgs, EXIT_FAILED, erasure,
    reach::{Data, Reached},
};
use crate::{guest_identity::JWT_LIFE_SECS, webex::WebexError};

#[derive(Debug, Subcommand)]
pub(super) enum GuestCommand {
    /// Sign a guest's JWT and show what is in it.
    Jwt(GuestArgs),
    /// The same, then exchange it for an access token and list the guest's rooms.
    Token(GuestArgs),
    /// Find guests by name, e-mail address or id.
    List(erasure::ListArgs),
    /// Print everything that is kept of a guest, with what was said in their space, as JSON.
    Export(erasure::OneArgs),
    /// Erase everything that is kept of a guest, and delete their space in Webex.
    Erase(erasure::OneArgs),
}

#[derive(Debug, Args)]
pub(super) struct GuestArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The guest's lasting identifier: letters, digits and hyphens.
    #[arg(long)]
    subject: String,
    /// The name others see.
    #[arg(long)]
    name: String,
    /// The site whose connection is used [default: the first that has a guest issuer].
    #[arg(long)]
    site: Option<String>,
    /// How long the JWT is good, in seconds.
    #[arg(long, default_value_t = JWT_LIFE_SECS)]
    lives_secs: i64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: &GuestCommand) -> u8 {
    let (args, logs_in) = match command {
        GuestCommand::Jwt(args) => (args, false),
        GuestCommand::Token(args) => (args, true),
        GuestCommand::List(args) => return erasure::list(args).unwrap_or_else(|code| code),
        GuestCommand::Export(args) => return erasure::export(args).await.unwrap_or_else(|code| code),
        GuestCommand::Erase(args) => return erasure::erase(args).await.unwrap_or_else(|code| code),
    };
    let reached = match Reached::reach(&args.config, Data::None).await {
        Ok(reached) => reached,
        Err(code) => return code,
    };
    let code = show(args, logs_in, &reached).await.unwrap_or_else(|code| code);
    reached.leave().await;
    code
}

async fn show(args: &GuestArgs, logs_in: bool, reached: &Reached) -> Result<u8, u8> {
    let connection = reached.connection(args.site.as_deref(), |connection| connection.guest_issuer.is_some(), "a guest issuer")?;
    let Some(issuer) = &connection.guest_issuer else { return Err(EXIT_FAILED) };
    let expires_at_secs = reached.clock.now().as_millis() / 1000 + args.lives_secs;
    let signed = issuer.sign(&args.subject, &args.name, expires_at_secs).map_err(|problem| {
        eprintln!("{problem}");
        EXIT_FAILED
    })?;
    let mut shown = json!({ "header": parsed(&signed.header), "claims": parsed(&signed.claims), "jwt": signed.jwt.expose_secret() });
    if !args.json {
        println!("header  {}\nclaims  {}\njwt     {}", signed.header, signed.claims, signed.jwt.expose_secret());
    }
    if logs_in {
        let refused = |error: WebexError| {
            eprintln!("{error}\nRun `guest-portal check` to find out what is wrong.");
            EXIT_FAILED
        };
        let login = connection.webex.jwt_login(&signed.jwt).await.map_err(refused)?;
        let token: SecretString = login.token.into();
        let me = connection.webex.me(token.clone()).await.map_err(refused)?;
        let rooms = connection.webex.rooms_by_activity(token.clone()).await.map_err(refused)?.items;
        if args.json {
            shown["login"] = json!({ "token": token.expose_secret(), "expiresIn": login.expires_in });
            shown["person"] = json!({ "id": me.id, "name": me.display_name });
            shown["rooms"] = rooms.iter().map(|room| json!({ "id": room.id, "title": room.title, "type": room.kind })).collect();
        } else {
            let answer = json!({ "token": token.expose_secret(), "expiresIn": login.expires_in });
            println!("login   {answer}\nperson  {} ({})", me.display_name.unwrap_or_default(), me.id);
            if rooms.is_empty() {
                println!("rooms   none yet");
            }
            for room in rooms {
                println!("room    {} ({}, {})", room.title, room.kind, room.id);
            }
        }
    }
    if args.json {
        println!("{shown:#}");
    }
    Ok(0)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
