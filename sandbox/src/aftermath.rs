//! What is left to do once a change is done: telling webhooks and Mercury's sockets, and answering guests where nobody plays
//! the staff.

use tokio::sync::mpsc::UnboundedReceiver;

use crate::app::App;
use crate::auto_responder;
use crate::cloud::Cloud;
use crate::mercury;
use crate::state::{Aftermath, What};
use crate::webhooks::Postman;

/// Nobody waits for any of it, so a target that does not answer holds up none of the others. Sockets are told in order.
pub(crate) async fn tend(app: App, cloud: Cloud, mut aftermath: UnboundedReceiver<Aftermath>) {
    while let Some(Some(Aftermath { number, what })) = app.stopping.run_until_cancelled(aftermath.recv()).await {
        let (happened, deliveries) = match what {
            What::Happened(happened, deliveries) => (happened, deliveries),
            What::Sign(sign) => {
                mercury::tell_sign(&app, cloud, number, &sign);
                continue;
            }
        };
        mercury::tell(&app, cloud, number, &happened);
        for delivery in deliveries {
            let (teller, due_at) = (app.clone(), app.postman.due_at(app.clock.now()));
            app.spawn(async move { Postman::deliver(&teller, delivery, due_at).await });
        }
        if app.auto_responder.get().is_on {
            let answerer = app.clone();
            app.spawn(async move { auto_responder::answer(&answerer, cloud, &happened).await });
        }
    }
}
