//! English.

use super::Words;

/// English.
pub static WORDS: Words = Words {
    lang: "en",
    dir: "ltr",
    chat: "Chat",

    welcome: "Tell us your name and write to us. Somebody from our team will answer you here.",
    your_name: "Your name",
    name_hint: "This is how our team will see you.",
    name_missing: "Please enter your name.",
    name_too_long: |length, limit| format!("This name has {length} characters; at most {limit} are possible."),
    start_chat: "Start chat",
    starting: "Starting…",
    you_left: "You left the chat.",
    session_over: "Your session is over. Start the chat again to go on; what was not sent yet is kept.",

    spaces: "Spaces",
    no_spaces: "There are no spaces for you yet.",
    back_to_spaces: "Back to spaces",
    unread: |count| if count == 1 { "1 new message".into() } else { format!("{count} new messages") },
    signed_in_as: |name| format!("You are here as {name}"),

    messages: "Messages",
    nothing_yet: "How can we help?",
    nothing_yet_hint: "Write your first message below. Our team answers here.",
    loading: "Loading messages…",
    beginning: "This is the beginning of the conversation.",
    cannot_load: "The messages could not be loaded.",
    today: "Today",
    yesterday: "Yesterday",
    you: "You",
    edited: "edited",
    waiting: "Waiting to send",
    sending: "Sending…",
    sent: "Sent",
    not_confirmed: "Not confirmed:",
    not_confirmed_hint: " we could not tell whether Webex has this message. It will not be sent again by itself.",
    failed: "Not sent",
    failed_hint: "This message could not be sent.",
    try_again: "Try again",
    discard: "Discard",
    jump_to_latest: "Jump to latest",
    new_messages: |count| if count == 1 { "1 new message".into() } else { format!("{count} new messages") },
    opens_new_tab: "(opens in a new tab)",
    said: |name, text| format!("{name}: {text}"),

    message: "Message",
    write_a_message: "Write a message…",
    send: "Send",
    bytes_left: |count| format!("{count} bytes left"),
    too_long: |count| format!("{count} bytes too long: shorten the message or send it in parts."),
    enter_sends: "Enter sends, Shift + Enter starts a new line.",
    space_closed: "This conversation is closed. Nothing more can be written here.",

    offline: "You are offline. Messages are kept and sent when you are back.",
    reconnecting: "Connecting again… Messages are kept and sent when we are back.",
    stale: "Webex cannot be reached just now. You may not see the newest messages yet.",
    simulator: "Simulator: nothing here reaches Webex",
    new_version: "There is a newer version of this chat.",
    reload: "Reload",
    not_kept: "This browser keeps nothing for this page: leave it open until everything is sent.",

    leave_chat: "Leave chat",
    leave_question: "Leave this chat?",
    leave_hint: "This browser forgets you, and you cannot come back to this conversation.",
    leave_unsent: |count| {
        if count == 1 {
            "One message has not been sent and will be lost.".into()
        } else {
            format!("{count} messages have not been sent and will be lost.")
        }
    },
    leave: "Leave",
    stay: "Stay",

    unreachable: "We cannot be reached just now. Check your connection and try again.",
    unreadable: "We did not understand the answer of the server. Reload the page, or try again later.",
};
