//! Every state a guest can see, in every size, both themes and two languages, on one page: `./x campaign gallery [FOLDER [STATE]]`.

mod arrive;
mod content;
mod meet;
mod owner;
mod pictures;
mod speech;
mod stage;
mod talk;

use std::path::PathBuf;

use self::{pictures::Pictures, speech::Speech};

/// Takes all pictures; fails if one is missing, or if something is found in one.
pub(crate) async fn show(folder: PathBuf, part: Option<&str>) {
    let pictures = Pictures::into_folder(folder.clone());
    let is_wanted = |name: &str| part.is_none_or(|part| part == name);
    for speech in Speech::all() {
        if is_wanted("arrive") {
            arrive::show(&speech, &pictures).await;
        }
        if is_wanted("talk") {
            talk::show(&speech, &pictures).await;
        }
        if is_wanted("content") {
            content::show(&speech, &pictures).await;
        }
        if is_wanted("owner") {
            owner::show(&speech, &pictures).await;
        }
        if is_wanted("meet") {
            meet::show(&speech, &pictures).await;
        }
    }
    let (count, states, wrong) = pictures.write_page();
    println!("{count} pictures of {states} states in {}/index.html; something was found in {wrong}", folder.display());
    assert!(part.is_some() || states >= 54, "states are missing");
    assert_eq!(wrong, 0, "see above");
}
