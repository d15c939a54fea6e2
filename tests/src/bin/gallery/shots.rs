//! One picture in every size and both themes.

use std::path::PathBuf;

use tests::browser::{Screen, TestBrowser};

/// Where pictures go.
pub(crate) struct Shots {
    folder: PathBuf,
}

impl Shots {
    pub(crate) fn into_folder(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("the folder");
        Self { folder }
    }

    /// Takes the pictures of a state.
    pub(crate) async fn take(&self, browser: &TestBrowser, state: &str) {
        for screen in [Screen::WIDGET, Screen::PHONE, Screen::PAGE] {
            browser.set_screen(screen).await;
            for (theme, is_dark) in [("light", false), ("dark", true)] {
                browser.set_dark(is_dark).await;
                browser.settle().await;
                browser.screenshot(&self.folder.join(format!("{state}-{}-{theme}.png", screen.name))).await;
            }
        }
    }
}
