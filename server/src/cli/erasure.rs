//! `guest-portal guest list`, `export` and `erase`: what is kept of a guest, handed to them or taken away, also while the portal runs.

use clap::Args;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::{GuestId, SiteId};

use super::{
    ConfigArgs, EXIT_CONFIG, EXIT_FAILED,
    reach::{Data, Reached, load},
};
use crate::{
    backup::ASIDE,
    clock::Clock,
    store::{Conversation, GuestRow, Store},
    webex::{Connection, WebexError},
    webhooks::rfc3339,
};

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The guest's name, e-mail address or id.
    words: String,
    /// Only of this site.
    #[arg(long)]
    site: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct OneArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The guest's id, as `guest list` shows it.
    id: String,
    /// Leave what lies in Webex alone.
    #[arg(long)]
    not_in_webex: bool,
}

pub(super) fn list(args: &ListArgs) -> Result<u8, u8> {
    let config = load(&args.config)?;
    let store = open(&config.server.data_dir)?;
    let site = args.site.as_deref().map(SiteId::new);
    let guests = store.guests_like(site.as_ref(), &args.words).map_err(|error| told(&error))?;
    if guests.is_empty() {
        println!("Nobody is remembered by that name, e-mail address or id.");
    }
    for (guest, since) in guests {
        let email = guest.email.as_deref().unwrap_or("no e-mail address");
        println!("{}  {}  {} ({email}), since {}", guest.id, guest.site_id, guest.display_name, rfc3339(since));
    }
    Ok(0)
}

pub(super) async fn export(args: &OneArgs) -> Result<u8, u8> {
    let (store, guest) = found(args)?;
    let mut all = store.everything_of(&guest.id).map_err(|error| told(&error))?;
    if !args.not_in_webex {
        let reached = Reached::reach(&args.config, Data::Tokens).await?;
        let said = messages_of(&reached, &store, &guest).await;
        reached.leave().await;
        all["messages_in_webex"] = said?;
    }
    store.note_exported(guest.id, guest.site_id, Clock::system().now()).await.map_err(|error| told(&error))?;
    store.close().await;
    println!("{all:#}");
    Ok(0)
}

pub(super) async fn erase(args: &OneArgs) -> Result<u8, u8> {
    let (store, guest) = found(args)?;
    if !args.not_in_webex {
        // First: once the store has forgotten them, nobody knows any more what is theirs in Webex.
        let reached = Reached::reach(&args.config, Data::Tokens).await?;
        let erased = erase_spaces(&reached, &store, &guest).await;
        reached.leave().await;
        println!("{} space(s) were deleted in Webex.", erased?);
    }
    let data = load(&args.config)?.server.data_dir;
    let erased = store.erase_guest(guest.id, guest.site_id, Clock::system().now()).await.map_err(|error| told(&error))?;
    for file in erased.spooled {
        let _ = std::fs::remove_file(data.join("spool").join(file.spool_name));
    }
    store.close().await;
    Store::fold(&data).map_err(|error| told(&error))?;
    println!("Everything the portal kept of the guest is erased; the audit log has the id, and that it was done.");
    let copies = old_copies(&data);
    if !copies.is_empty() {
        println!(
            "Copies from before an update or a restore may still hold it: {}. Delete them when you can, and old backups.",
            copies.join(", ")
        );
    }
    Ok(0)
}

/// The store beside the portal, and the guest.
fn found(args: &OneArgs) -> Result<(Store, GuestRow), u8> {
    let config = load(&args.config)?;
    let store = open(&config.server.data_dir)?;
    match store.guest(&GuestId::new(&args.id)).map_err(|error| told(&error))? {
        Some(guest) => Ok((store, guest)),
        None => {
            eprintln!("There is no guest `{}`; `guest-portal guest list NAME` shows the ids.", args.id);
            Err(EXIT_FAILED)
        }
    }
}

fn open(data: &std::path::Path) -> Result<Store, u8> {
    Store::open_beside(data).map_err(|error| {
        eprintln!("{error}");
        EXIT_CONFIG
    })
}

/// What is in the spaces that were made for the guest, the oldest first.
async fn messages_of(reached: &Reached, store: &Store, guest: &GuestRow) -> Result<Value, u8> {
    let mut all = Vec::new();
    for (conversation, connection) in spaces(reached, store, guest)? {
        let Some((service_app, room)) = connection.service_app.as_ref().zip(conversation.webex_room_id.as_deref()) else { continue };
        let mut said = Vec::new();
        let mut before: Option<String> = None;
        loop {
            let page = service_app.with_token(|token: SecretString| connection.webex.messages(token, room, before.as_deref())).await;
            let page = page.map_err(|error| refused(&error))?;
            before = page.items.last().map(|message| message.id.clone());
            let is_last = page.next.is_none() || page.items.is_empty();
            said.extend(page.items.into_iter().map(|message| {
                json!({ "id": message.id, "by": message.person_id, "at": message.created, "text": message.text, "files": message.files })
            }));
            if is_last {
                break;
            }
        }
        said.reverse();
        all.push(json!({ "space": room, "messages": said }));
    }
    Ok(Value::Array(all))
}

async fn erase_spaces(reached: &Reached, store: &Store, guest: &GuestRow) -> Result<usize, u8> {
    let mut count = 0;
    for (conversation, connection) in spaces(reached, store, guest)? {
        let Some((service_app, room)) = connection.service_app.as_ref().zip(conversation.webex_room_id.as_deref()) else { continue };
        match service_app.with_token(|token: SecretString| connection.webex.delete_room(token, room)).await {
            Ok(()) => count += 1,
            // Somebody has deleted it already.
            Err(error) if error.status() == Some(404) => {}
            Err(error) => return Err(refused(&error)),
        }
    }
    Ok(count)
}

fn spaces<'a>(reached: &'a Reached, store: &Store, guest: &GuestRow) -> Result<Vec<(Conversation, &'a Connection)>, u8> {
    let connection = reached.connections.of_site(&guest.site_id).map_err(|error| refused(&error))?;
    let spaces = store.own_spaces_of(&guest.id).map_err(|error| told(&error))?;
    Ok(spaces.into_iter().map(|conversation| (conversation, connection)).collect())
}

/// Copies of the database that updates made.
fn old_copies(data: &std::path::Path) -> Vec<String> {
    let names = std::fs::read_dir(data).into_iter().flatten().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("guest-portal.schema-") || name.starts_with(ASIDE)).collect()
}

fn refused(error: &WebexError) -> u8 {
    eprintln!(
        "{error}\nNothing was erased from the portal yet. Run `guest-portal check` to find out what is wrong, or use --not-in-webex."
    );
    EXIT_FAILED
}

fn told(error: &dyn std::fmt::Display) -> u8 {
    eprintln!("{error}");
    EXIT_FAILED
}
