//! Pictures of a state in every size and both themes, each with what a program can see in it, on one page.

use std::{fmt::Write, path::PathBuf, sync::Mutex};

use serde_json::json;
use tests::{
    axe,
    browser::{Screen, TestBrowser},
};

/// What reaches out of its place, or is cut off without three dots to say so.
const MISFITS: &str = "const misfits = []; \
    if (document.documentElement.scrollWidth > innerWidth) misfits.push('the page is wider than its window'); \
    const scrolls = e => e && (['auto', 'scroll'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement)); \
    for (const e of document.querySelectorAll('#app *')) { \
        const box = e.getBoundingClientRect(), style = getComputedStyle(e); \
        const says = [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim()); \
        if (!says || box.width < 2 || box.height < 2 || style.visibility === 'hidden' || e.closest('.hidden') || !e.checkVisibility()) continue; \
        const name = e.tagName.toLowerCase() + '.' + e.className + ': ' + e.textContent.slice(0, 40); \
        if (style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis' && e.scrollWidth > e.clientWidth + 1) misfits.push('cut off sideways: ' + name); \
        if (style.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 1) misfits.push('cut off below: ' + name); \
        if ((box.left < -1 || box.right > innerWidth + 1) && !scrolls(e)) misfits.push('beside the window: ' + name); \
    } \
    return misfits";

/// One picture, and what a program found in it.
struct Picture {
    state: String,
    lang: &'static str,
    screen: &'static str,
    theme: &'static str,
    found: Vec<String>,
}

/// All pictures of a gallery.
pub(crate) struct Pictures {
    folder: PathBuf,
    taken: Mutex<Vec<Picture>>,
}

impl Pictures {
    pub(crate) fn into_folder(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("the folder");
        Self { folder, taken: Mutex::default() }
    }

    /// Takes the pictures of a state.
    pub(crate) async fn take(&self, browser: &TestBrowser, state: &str, lang: &'static str) {
        for screen in [Screen::WIDGET, Screen::PHONE, Screen::PAGE] {
            browser.set_screen(screen).await;
            // What is pointed at looks otherwise.
            browser.devtools("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": 1, "y": 1 })).await;
            for (theme, is_dark) in [("light", false), ("dark", true)] {
                browser.set_dark(is_dark).await;
                browser.settle().await;
                let picture = Picture { state: state.to_owned(), lang, screen: screen.name, theme, found: Vec::new() };
                browser.screenshot(&self.folder.join(picture.file())).await;
                let mut found = axe::violations(browser).await;
                let misfits: Vec<String> = serde_json::from_value(browser.script(MISFITS).await).expect("a list of what does not fit");
                found.extend(misfits);
                found.iter().for_each(|what| println!("{}: {what}", picture.file()));
                self.taken.lock().expect("nobody panics with it").push(Picture { found, ..picture });
            }
        }
        browser.set_dark(false).await;
        browser.set_screen(Screen::WIDGET).await;
        browser.settle().await;
    }

    /// Writes the page with all pictures; tells how many there are of how many states, and in how many something was found.
    pub(crate) fn write_page(&self) -> (usize, usize, usize) {
        let taken = self.taken.lock().expect("nobody panics with it");
        let mut states: Vec<&str> = Vec::new();
        taken.iter().for_each(|picture| {
            if !states.contains(&picture.state.as_str()) {
                states.push(&picture.state)
            }
        });
        let mut page = String::from(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Guest Portal: every state</title><style>\
             body{font:15px system-ui;margin:2rem}div{display:flex;flex-wrap:wrap;gap:1rem;align-items:start}\
             img{border:1px solid #888;max-width:100%}figure{margin:0}.wrong{color:#b00}</style><h1>Every state a guest can see</h1>",
        );
        for state in &states {
            let _ = write!(page, "<h2 id=\"{state}\">{}</h2><div>", state.replace('-', " "));
            for picture in taken.iter().filter(|picture| picture.state == *state) {
                let (file, class) = (picture.file(), if picture.found.is_empty() { "" } else { "wrong" });
                let said =
                    if picture.found.is_empty() { "nothing found by axe, nothing cut off".to_owned() } else { picture.found.join("; ") };
                let caption = format!("{}, {}, {}: {said}", picture.lang, picture.screen, picture.theme);
                let caption = caption.replace('&', "&amp;").replace('<', "&lt;");
                let _ = write!(
                    page,
                    "<figure><img src=\"{file}\" alt=\"\" loading=\"lazy\"><figcaption class=\"{class}\">{caption}</figcaption></figure>"
                );
            }
            page.push_str("</div>");
        }
        page.push_str("</html>\n");
        std::fs::write(self.folder.join("index.html"), page).expect("the page is written");
        (taken.len(), states.len(), taken.iter().filter(|picture| !picture.found.is_empty()).count())
    }
}

impl Picture {
    fn file(&self) -> String {
        format!("{}-{}-{}-{}.png", self.state, self.lang, self.screen, self.theme)
    }
}
