//! Small pictures in the colour of the text beside them. Never the only name of anything.

use leptos::prelude::*;

use crate::view;

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Up: send.
    Send,
    /// Down: to the end.
    Down,
    /// Towards the start of the line: back.
    Back,
    /// A door: leave.
    Leave,
    /// Done.
    Check,
    /// Careful.
    Alert,
    /// Under way.
    Clock,
    /// No network.
    CloudOff,
    /// A conversation.
    Chat,
}

impl Icon {
    /// Strokes on a grid of 24 by 24.
    pub fn path(self) -> &'static str {
        match self {
            Self::Send => "M12 19V5M5.5 11.5 12 5l6.5 6.5",
            Self::Down => "M12 5v14M5.5 12.5 12 19l6.5-6.5",
            Self::Back => "M15 5l-7 7 7 7",
            Self::Leave => "M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10 12h10M16.5 8.5 20 12l-3.5 3.5",
            Self::Check => "M5 12.5 10 17.5 19 7.5",
            Self::Alert => "M12 8v5M12 16.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0z",
            Self::Clock => "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
            Self::CloudOff => "M4 4l16 16M9.5 5.6A6 6 0 0 1 17.7 10 4.5 4.5 0 0 1 20.6 17M17 19H7a5 5 0 0 1-.9-9.9",
            Self::Chat => "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z",
        }
    }
}

/// Draws a picture.
pub fn icon(icon: Icon) -> AnyView {
    let turns = matches!(icon, Icon::Back | Icon::Leave);
    view! {
        <svg class="icon" class:icon--turns=turns viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=icon.path() />
        </svg>
    }
    .into_any()
}
