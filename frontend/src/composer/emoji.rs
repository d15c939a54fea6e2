//! The table of emoji.

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::ui::element::{Drawn, element};
use crate::ui::roving::rove;
use crate::words::words;

const COLUMNS: u32 = 8;

/// What people send most, by kind: faces, hands, hearts and signs, things. Each one's name is the browser's to tell, in the
/// language of its screen reader.
const ALL: &str = "\
    😀 😃 😄 😁 😅 😂 🙂 🙃 😉 😊 😇 🥰 😍 😘 😋 😜 🤗 🤔 🤨 😐 🙄 😏 😌 😴 🤒 🤕 🥳 😎 🤓 😕 😟 😮 😳 🥺 😢 😭 😱 😤 😠 🤯 \
    👍 👎 👌 🤞 👋 🙏 👏 🙌 💪 🤝 👀 🤷 🙋 🤦 ✌️ 👉 \
    ❤️ 💙 💚 💛 💔 ✨ 🎉 🔥 ⭐ 💯 ✅ ❌ ❓ ❗ ⚠️ 💡 \
    📦 📞 📧 📎 📷 💻 📱 🔒 🔑 💳 💰 🛒 🚚 ✈️ 🏠 📅 ⏰ ☕ 🎁 🎂 🌞 🌧️ 🌍 🐛";

/// The table; tells what is chosen.
pub fn emoji_table(choose: impl Fn(String) + 'static) -> Drawn {
    let one = |(place, emoji): (usize, &str)| {
        let button = element("button", "emoji").with("type", "button").with("tabindex", if place == 0 { "0" } else { "-1" });
        button.text(emoji)
    };
    element("div", "composer__panel emojis")
        .with("role", "group")
        .with("aria-label", words().emoji())
        .on("click", move |event| {
            let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(pressed) = pressed.filter(|pressed| pressed.tag_name() == "BUTTON") {
                choose(pressed.text_content().unwrap_or_default());
            }
        })
        .on("keydown", |event| {
            let table = event.current_target().and_then(|table| table.dyn_into::<Element>().ok());
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key).unwrap_or_default();
            if table.is_some_and(|table| rove(&table, &key, COLUMNS)) {
                event.prevent_default();
            }
        })
        .children(ALL.split_whitespace().enumerate().map(one))
}
