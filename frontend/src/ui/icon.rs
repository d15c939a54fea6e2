//! Small pictures in the colour of the text beside them. Never the only name of anything.

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
    /// Done, and seen.
    Checks,
    /// Careful.
    Alert,
    /// Under way.
    Clock,
    /// No network.
    CloudOff,
    /// A conversation.
    Chat,
    /// A meeting.
    Camera,
    /// A file goes with it.
    Attach,
    /// A file.
    File,
    /// To be kept.
    Download,
    /// To be changed.
    Edit,
    /// To be taken away.
    Delete,
    /// An answer to something.
    Reply,
    /// Up: to what was before.
    Up,
    /// A glass: look for something.
    Search,
    /// More that can be done.
    More,
    /// A face.
    Smile,
    /// A sheet.
    Sheet,
    /// A printer.
    Print,
    /// A bell.
    Bell,
    /// Messages that answer one.
    Thread,
    /// Away with it.
    Close,
}

impl Icon {
    /// Strokes on a grid of 24 by 24.
    pub fn path(self) -> &'static str {
        match self {
            Self::Down => "M12 5v14M5.5 12.5 12 19l6.5-6.5",
            Self::Back => "M15 5l-7 7 7 7",
            Self::Leave => "M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10 12h10M16.5 8.5 20 12l-3.5 3.5",
            Self::Check => "M5 12.5 10 17.5 19 7.5",
            Self::Checks => "M2 12.5 7 17.5 16 7.5M12 16.5l1 1L22 7.5",
            Self::Alert => "M12 8v5M12 16.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0z",
            Self::Clock => "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
            Self::CloudOff => "M4 4l16 16M9.5 5.6A6 6 0 0 1 17.7 10 4.5 4.5 0 0 1 20.6 17M17 19H7a5 5 0 0 1-.9-9.9",
            Self::Chat => "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z",
            Self::Camera => "M4 6h10a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2zM16 11l6-4v10l-6-4",
            Self::Attach => "M20 11.5 12 19.5a5 5 0 0 1-7-7L13 4.5a3.3 3.3 0 0 1 4.7 4.7L9.6 17.2a1.7 1.7 0 0 1-2.4-2.4L14.5 7.5",
            Self::File => "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5",
            Self::Download => "M12 4v11M6.5 10 12 15.5 17.5 10M5 20h14",
            Self::Edit => "M4 20h4L19.5 8.5a2.8 2.8 0 0 0-4-4L4 16zM13.5 6.5l4 4",
            Self::Delete => "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5",
            Self::Reply => "M9 6 4 11l5 5M4 11h10a6 6 0 0 1 6 6v1",
            Self::Send | Self::Up => "M12 19V5M5.5 11.5 12 5l6.5 6.5",
            Self::Search => "M16.5 16.5 21 21M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0z",
            Self::More => "M5.5 12h.01M12 12h.01M18.5 12h.01",
            Self::Smile => "M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.01M15 9.5v.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
            Self::Sheet => "M6 3h12v18H6zM9.5 8h5M9.5 12h5M9.5 16h3",
            Self::Print => "M7 9V4h10v5M7 17H4v-6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v6h-3M7 14h10v6H7z",
            Self::Bell => "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10.5 21h3",
            Self::Thread => "M5 4v8a4 4 0 0 0 4 4h10M14.5 11.5 19 16l-4.5 4.5",
            Self::Close => "M6 6l12 12M18 6 6 18",
        }
    }

    /// Whether it follows the direction of writing.
    pub fn turns(self) -> bool {
        matches!(self, Self::Back | Self::Leave | Self::Reply | Self::Thread)
    }
}
