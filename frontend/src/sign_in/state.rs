//! The sign-in form, in plain data.

use shared::outgoing::{self, Refusal};
use shared::{NewSession, ProblemKind};

use crate::api::ApiError;

/// The form and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// What stands in the box.
    pub name: String,
    /// What is wrong with it; told once the guest has pressed the button.
    pub name_error: Option<Refusal>,
    /// The portal was asked and has not answered.
    pub is_asking: bool,
    /// Why it did not work.
    pub error: Option<ApiError>,
    /// Why the guest is here again.
    pub farewell: Option<Farewell>,
}

/// Why a guest who was signed in is not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// They left, here or in another tab.
    Left,
    /// The session was over.
    Expired,
}

impl SignIn {
    /// The guest types.
    pub fn typed(&mut self, name: String) {
        self.name = name;
        // An error told already goes as soon as it is mended; a new one waits for the button.
        if self.name_error.is_some() {
            self.name_error = outgoing::guest_name(&self.name).err();
        }
    }

    /// The guest presses the button. What to ask the portal, if anything.
    pub fn submitted(&mut self) -> Option<NewSession> {
        if self.is_asking {
            return None;
        }
        self.error = None;
        match outgoing::guest_name(&self.name) {
            Ok(display_name) => {
                self.name_error = None;
                self.is_asking = true;
                Some(NewSession { display_name })
            }
            Err(refusal) => {
                self.name_error = Some(refusal);
                None
            }
        }
    }

    /// It did not work.
    pub fn refused(&mut self, error: ApiError) {
        self.is_asking = false;
        self.error = Some(error);
    }

    /// Whether the portal's refusal is about the name.
    pub fn is_about_name(&self) -> bool {
        self.name_error.is_some() || matches!(&self.error, Some(ApiError::Problem(problem)) if problem.kind == ProblemKind::InvalidName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_at_the_button_and_goes_when_it_is_mended() {
        let mut sign_in = SignIn::default();
        sign_in.typed(" ".into());
        assert_eq!(sign_in.name_error, None);
        assert_eq!(sign_in.submitted(), None);
        assert_eq!(sign_in.name_error, Some(Refusal::Empty));
        sign_in.typed("x".repeat(65));
        assert_eq!(sign_in.name_error, Some(Refusal::TooLong { length: 65, limit: 64 }));
        sign_in.typed(" Ada  Lovelace ".into());
        assert_eq!(sign_in.name_error, None);
        assert_eq!(sign_in.submitted(), Some(NewSession { display_name: "Ada Lovelace".into() }));
    }

    #[test]
    fn pressing_twice_asks_once_and_a_refusal_lets_the_guest_ask_again() {
        let mut sign_in = SignIn::default();
        sign_in.typed("Ada".into());
        assert!(sign_in.submitted().is_some());
        assert_eq!(sign_in.submitted(), None);
        sign_in.refused(ApiError::Offline);
        assert_eq!(sign_in.error, Some(ApiError::Offline));
        assert!(sign_in.submitted().is_some());
        assert_eq!(sign_in.error, None);
    }
}
