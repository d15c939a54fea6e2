//! Because of whom Webex is asked something: a request of a page, or a message on its way. Webex is told the id, so that
//! its support and the portal's log speak of the same.

use std::sync::Arc;

/// As long as an id of ours gets; what a guest's browser made is a UUID.
const MAX_ID: usize = 64;

tokio::task_local! {
    static CAUSE: Arc<str>;
}

/// Does work because of a request or a message with this id.
pub(crate) async fn because_of<T>(id: &str, work: impl Future<Output = T>) -> T {
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(MAX_ID).collect();
    CAUSE.scope(id.into(), work).await
}

/// What Webex is told in its header `TrackingID`; `None` for what the portal does of itself.
pub(crate) fn tracking_id() -> Option<String> {
    CAUSE.try_with(|id| format!("guest-portal_{id}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_id_goes_with_the_work_and_no_further() {
        assert_eq!(tracking_id(), None);
        let within = because_of("a-1_B\r\nx: y", async { tracking_id() }).await;
        assert_eq!((within.as_deref(), tracking_id()), (Some("guest-portal_a-1_Bxy"), None));
        let long = because_of(&"7".repeat(100), async { tracking_id() }).await;
        assert_eq!(long.map(|id| id.len()), Some("guest-portal_".len() + MAX_ID));
    }
}
