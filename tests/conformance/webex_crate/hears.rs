//! A bot written with the crate `webex`: it hears what is said to it, stays connected for a minute in which nothing happens,
//! and hears again. The client gives up by itself after twenty seconds without a frame, and takes nothing but exact frames.
//!
//!     hears BOT_TOKEN BOT_EMAIL STAFF_TOKEN

use std::env;
use std::error::Error;
use std::time::Duration;

use tokio::time::timeout;
use webex::types::{ActivityType, Message, MessageActivity, MessageOut};
use webex::{Webex, WebexEventStream};

/// A busy machine may take this long; longer, and nothing was told.
const PATIENCE: Duration = Duration::from_secs(20);
const A_MINUTE: Duration = Duration::from_secs(60);

/// The text of the next message.
async fn heard(bot: &Webex, events: &mut WebexEventStream) -> Result<Option<String>, Box<dyn Error>> {
    loop {
        let event = timeout(PATIENCE, events.next()).await??;
        if event.activity_type() == ActivityType::Message(MessageActivity::Posted) {
            return Ok(bot.get::<Message>(&event.try_global_id()?).await?.text);
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [bot_token, bot_email, staff_token] = &arguments[..] else { return Err("hears BOT_TOKEN BOT_EMAIL STAFF_TOKEN".into()) };
    let (bot, staff) = (Webex::new(bot_token).await, Webex::new(staff_token).await);
    let mut events = bot.event_stream().await?;
    let say = async |text: &str| {
        let message = MessageOut { to_person_email: Some(bot_email.clone()), text: Some(text.to_owned()), ..MessageOut::default() };
        staff.send_message(&message).await
    };
    for (words, quiet) in [("Do you hear me?", A_MINUTE), ("Still?", Duration::ZERO)] {
        say(words).await?;
        let text = heard(&bot, &mut events).await?;
        if text.as_deref() != Some(words) {
            return Err(format!("heard {text:?} instead of {words:?}").into());
        }
        println!("heard: {words}");
        // An event or the end of the stream, where there should be neither.
        if !quiet.is_zero()
            && let Ok(event) = timeout(quiet, events.next()).await
        {
            return Err(format!("in the quiet minute: {event:?}").into());
        }
        if !events.is_open {
            return Err("the stream is not open any more".into());
        }
    }
    Ok(())
}
