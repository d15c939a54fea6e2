//! What is said, on its way in and out: Webex's HTML as a tree, files, and links that are not for guests.

pub mod claim_links;
pub mod files;
pub mod markdown;
pub mod rich_text;
