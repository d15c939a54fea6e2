//! Why something did not go out, as the guest is told.

use shared::{Problem, ProblemKind};

use crate::{
    store::{OutboxRow, RowKind},
    webex::WebexError,
};

/// Webex does not answer.
pub(super) fn waiting() -> Problem {
    Problem {
        kind: ProblemKind::WebexUnreachable,
        status: 503,
        detail: "Webex does not answer at the moment. Your message is kept and will be sent.".into(),
        request_id: None,
        retry_after_secs: None,
    }
}

/// What a row is called in a sentence.
fn row_words(row: &OutboxRow) -> &'static str {
    match (row.kind, &row.file) {
        (RowKind::Message, Some(_)) => "file",
        (RowKind::Edit, _) => "change",
        (RowKind::Delete, _) => "deletion",
        _ => "message",
    }
}

/// Webex refused a row for good.
pub(super) fn of_row(row: &OutboxRow, error: &WebexError) -> Problem {
    of(row_words(row), error)
}

/// Webex refused for good what is called so.
pub(super) fn of(what: &str, error: &WebexError) -> Problem {
    let (kind, detail) = match (error.status(), what) {
        (Some(413), "file") => (ProblemKind::FileTooLarge, "Webex finds this file too large. Send a smaller one."),
        (Some(415), "file") => (ProblemKind::FileTypeRefused, "Webex does not take files of this kind."),
        (Some(413), _) => (ProblemKind::MessageTooLong, "Webex finds this message too long. Shorten it and send it again."),
        (Some(400), "change") => (ProblemKind::NotEditable, "This message cannot be changed any more. Write a new one."),
        (Some(403 | 404), "change" | "deletion") => (ProblemKind::NotEditable, "This message cannot be changed any more."),
        (Some(403), _) => (ProblemKind::WebexRefused, "You may not write in this chat any more."),
        (Some(404), _) => (ProblemKind::RoomNotFound, "This chat no longer exists in Webex. Leave it and start a new one."),
        (_, "deletion") => (ProblemKind::WebexRefused, "Webex does not delete this message."),
        _ => (ProblemKind::MessageRefused, "This message cannot be sent as it is. Change it and send it again."),
    };
    Problem { kind, status: error.status().unwrap_or(502), detail: detail.into(), request_id: None, retry_after_secs: None }
}

pub(super) fn lost() -> Problem {
    let detail = "This file got lost on its way. Please send it again.";
    Problem { kind: ProblemKind::FileIncomplete, status: 500, detail: detail.into(), request_id: None, retry_after_secs: None }
}

/// Something the portal needs is not there.
pub(super) fn internal() -> Problem {
    Problem { kind: ProblemKind::Internal, status: 500, detail: String::new(), request_id: None, retry_after_secs: None }
}

#[cfg(test)]
mod tests {
    use shared::{ClientMessageId, GuestId, RoomId, Timestamp};

    use super::*;
    use crate::{outbox::RowState, store::SpooledFile};

    fn row(kind: RowKind, has_file: bool) -> OutboxRow {
        let file = SpooledFile { spool_name: "s".into(), name: "n".into(), media_type: "text/plain".into(), size: 1 };
        OutboxRow {
            seq: 1,
            guest_id: GuestId::new("g"),
            room_id: RoomId::new("r"),
            client_message_id: ClientMessageId::new("c"),
            kind,
            body: String::new(),
            target: None,
            file: has_file.then_some(file),
            state: RowState::Accepted,
            attempt: 0,
            queued_at: Timestamp::from_millis(0),
            in_flight_at: None,
            unclear_since: None,
            upstream_id: None,
            problem: None,
        }
    }

    #[test]
    fn each_refusal_is_told_in_words_of_what_was_refused() {
        let told = |kind, has_file, status| {
            let error = WebexError::Status { status, message: String::new(), tracking_id: String::new(), retry_after: None };
            let problem = of_row(&row(kind, has_file), &error);
            assert_eq!(problem.status, status);
            (problem.kind, problem.detail)
        };
        for (kind, has_file, status, expected, word) in [
            (RowKind::Message, true, 413, ProblemKind::FileTooLarge, "file too large"),
            (RowKind::Message, true, 415, ProblemKind::FileTypeRefused, "files of this kind"),
            (RowKind::Message, false, 413, ProblemKind::MessageTooLong, "message too long"),
            (RowKind::Edit, false, 413, ProblemKind::MessageTooLong, "message too long"),
            (RowKind::Edit, false, 400, ProblemKind::NotEditable, "Write a new one"),
            (RowKind::Edit, false, 403, ProblemKind::NotEditable, "cannot be changed any more"),
            (RowKind::Delete, false, 404, ProblemKind::NotEditable, "cannot be changed any more"),
            (RowKind::Delete, false, 400, ProblemKind::WebexRefused, "does not delete"),
            (RowKind::Message, false, 403, ProblemKind::WebexRefused, "may not write"),
            (RowKind::Message, true, 404, ProblemKind::RoomNotFound, "no longer exists"),
            (RowKind::Message, false, 400, ProblemKind::MessageRefused, "cannot be sent as it is"),
        ] {
            let (kind, detail) = told(kind, has_file, status);
            assert!(kind == expected && detail.contains(word), "{kind:?} {status}: {detail}");
        }
    }
}
