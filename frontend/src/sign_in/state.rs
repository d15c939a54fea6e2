//! The sign-in form, in plain data.

use shared::outgoing::{self, Refusal};
use shared::{NewSession, PreChat, ProblemKind};

use crate::api::ApiError;

/// The ids of what is filled in, to give it the focus.
pub const NAME_ID: &str = "your-name";
/// See [`NAME_ID`].
pub const EMAIL_ID: &str = "your-email";
/// See [`NAME_ID`].
pub const TOPIC_ID: &str = "topic";
/// See [`NAME_ID`].
pub const CONSENT_ID: &str = "consent";

/// The form and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// What stands in the box.
    pub name: String,
    /// What is wrong with it; told once the guest has pressed the button.
    pub name_error: Option<Refusal>,
    /// Where the guest can be reached, where the site asks. What is none only the portal says.
    pub email: String,
    /// What the chat is about, as far as chosen.
    pub topic: String,
    /// None was chosen where the site asks; told once the guest has pressed the button.
    pub lacks_topic: bool,
    /// The guest agrees to the site's terms.
    pub has_consented: bool,
    /// They do not, and have to; told once they have pressed the button.
    pub lacks_consent: bool,
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
    /// The site's web page could not say who they are, in a way that is believed.
    Unrecognised,
    /// The browser kept no cookie: nothing was ever answered to the guest who had signed in.
    Forgotten,
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

    /// The guest chooses what the chat is about.
    pub fn chose(&mut self, topic: String) {
        self.lacks_topic &= topic.is_empty();
        self.topic = topic;
    }

    /// The guest agrees, or does not any more.
    pub fn consented(&mut self, has_consented: bool) {
        self.has_consented = has_consented;
        self.lacks_consent &= !has_consented;
    }

    /// The guest presses the button. What to ask the portal, if nothing is missing of what the site wants to know.
    pub fn submitted(&mut self, pre_chat: &PreChat) -> Option<NewSession> {
        if self.is_asking {
            return None;
        }
        self.error = None;
        let name = outgoing::guest_name(&self.name);
        self.name_error = name.as_ref().err().copied();
        self.lacks_topic = !pre_chat.topics.is_empty() && self.topic.is_empty();
        self.lacks_consent = pre_chat.consent.is_some() && !self.has_consented;
        let display_name = name.ok().filter(|_| !self.lacks_topic && !self.lacks_consent)?;
        self.is_asking = true;
        let topic = Some(self.topic.clone()).filter(|topic| pre_chat.topics.contains(topic));
        let email = Some(self.email.clone()).filter(|_| !pre_chat.email.is_no());
        Some(NewSession { display_name, email, topic, consent: pre_chat.consent.as_ref().map(|consent| consent.version.clone()) })
    }

    /// The id of the first thing to be mended.
    pub fn mistake(&self) -> Option<&'static str> {
        let mistakes = [
            (self.is_about_name(), NAME_ID),
            (self.is_about_email(), EMAIL_ID),
            (self.lacks_topic, TOPIC_ID),
            (self.lacks_consent, CONSENT_ID),
        ];
        mistakes.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, id)| id)
    }

    /// It did not work.
    pub fn refused(&mut self, error: ApiError) {
        self.is_asking = false;
        self.error = Some(error);
    }

    /// Whether the portal's refusal is about the name.
    pub fn is_about_name(&self) -> bool {
        self.name_error.is_some() || self.is_refused_for(ProblemKind::InvalidName)
    }

    /// Whether the portal's refusal is about the e-mail address.
    pub fn is_about_email(&self) -> bool {
        self.is_refused_for(ProblemKind::InvalidEmail)
    }

    fn is_refused_for(&self, kind: ProblemKind) -> bool {
        matches!(&self.error, Some(ApiError::Problem(problem)) if problem.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use shared::Asked;

    use super::*;

    #[test]
    fn an_error_is_told_at_the_button_and_goes_when_it_is_mended() {
        let mut sign_in = SignIn::default();
        sign_in.typed(" ".into());
        assert_eq!(sign_in.name_error, None);
        assert_eq!(sign_in.submitted(&PreChat::default()), None);
        assert_eq!(sign_in.name_error, Some(Refusal::Empty));
        sign_in.typed("x".repeat(65));
        assert_eq!(sign_in.name_error, Some(Refusal::TooLong { length: 65, limit: 64 }));
        sign_in.typed(" Ada  Lovelace ".into());
        assert_eq!(sign_in.name_error, None);
        assert_eq!(
            sign_in.submitted(&PreChat::default()),
            Some(NewSession { display_name: "Ada Lovelace".into(), email: None, topic: None, consent: None })
        );
    }

    #[test]
    fn what_the_site_asks_must_be_answered() {
        let consent = shared::Consent { version: "2".into(), text: "I agree".into(), url: None };
        let pre_chat = PreChat { email: Asked::Optional, topics: vec!["Orders".into(), "Returns".into()], consent: Some(consent) };
        let mut sign_in = SignIn::default();
        assert_eq!(sign_in.submitted(&pre_chat), None);
        assert_eq!((sign_in.mistake(), sign_in.lacks_topic, sign_in.lacks_consent), (Some(NAME_ID), true, true));
        sign_in.typed("Ada".into());
        assert_eq!(sign_in.mistake(), Some(TOPIC_ID));
        sign_in.chose("Returns".into());
        assert_eq!(sign_in.mistake(), Some(CONSENT_ID));
        sign_in.consented(true);
        assert_eq!(sign_in.mistake(), None);
        sign_in.email = "ada@example.com".into();
        let asked = NewSession {
            display_name: "Ada".into(),
            email: Some("ada@example.com".into()),
            topic: Some("Returns".into()),
            consent: Some("2".into()),
        };
        assert_eq!(sign_in.submitted(&pre_chat), Some(asked));
    }

    #[test]
    fn pressing_twice_asks_once_and_a_refusal_lets_the_guest_ask_again() {
        let mut sign_in = SignIn::default();
        sign_in.typed("Ada".into());
        assert!(sign_in.submitted(&PreChat::default()).is_some());
        assert_eq!(sign_in.submitted(&PreChat::default()), None);
        sign_in.refused(ApiError::Offline);
        assert_eq!(sign_in.error, Some(ApiError::Offline));
        assert!(sign_in.submitted(&PreChat::default()).is_some());
        assert_eq!(sign_in.error, None);
    }
}
