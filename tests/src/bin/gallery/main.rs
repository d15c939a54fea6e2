//! Pictures of what guests and staff see, in every size and both themes: `./x gallery FOLDER [PART]`; of every state of a
//! guest, checked: `./x campaign gallery [FOLDER [PART]]`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod comforts;
mod conversation;
mod files;
mod meetings;
mod shots;
mod states;
mod visits;

use std::path::PathBuf;

use shots::Shots;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "target/gallery".into()));
    let part = arguments.next();
    // Else a wish for help becomes a folder full of pictures.
    if folder.to_string_lossy().starts_with('-') {
        eprintln!("gallery [FOLDER [PART]], or gallery states [FOLDER [PART]]; a folder's name does not begin with a hyphen");
        std::process::exit(2);
    }
    let is_wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    if folder.as_os_str() == "states" {
        let folder = part.clone().unwrap_or_else(|| "target/gallery".into());
        return states::show(folder.into(), arguments.next().as_deref()).await;
    }
    let shots = Shots::into_folder(folder.clone());
    if is_wanted("conversation") {
        conversation::show(&shots).await;
    }
    if is_wanted("comforts") {
        comforts::show(&shots).await;
    }
    if is_wanted("files") {
        files::show(&shots).await;
    }
    if is_wanted("meetings") {
        meetings::show(&shots).await;
    }
    if is_wanted("visits") {
        visits::show(&shots).await;
    }
    println!("{}", folder.display());
}
