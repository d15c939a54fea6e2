//! What is said: from Webex's HTML to the tree the page draws.

pub mod rich_text;
