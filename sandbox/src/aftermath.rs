//! What is left to do once a change is done: telling webhooks and Mercury's sockets, and answering guests where nobody plays
//! the staff.

use tokio::sync::mpsc::UnboundedReceiver;

use crate::app::App;
use crate::auto_responder;
use crate::cloud::Cloud;
use crate::mercury;
use crate::state::Aftermath;
use crate::webhooks::Postman;

/// Nobody waits for any of it, so a target that does not answer holds up none of the others. Sockets are told in order.
pub(crate) async fn tend(app: App, cloud: Cloud, mut aftermath: UnboundedReceiver<Aftermath>) {
    while let Some(Some(aftermath)) = app.stopping.run_until_cancelled(aftermath.recv()).await {
        let (happened, deliveries) = match aftermath {
            Aftermath::Happened(happened, deliveries) => (happened, deliveries),
            Aftermath::Sign(sign) => {
                mercury::tell_sign(&app, cloud, &sign);
                continue;
            }
        };
        mercury::tell(&app, cloud, &happened);
        for delivery in deliveries {
            let teller = app.clone();
            app.spawn(async move { Postman::deliver(&teller, delivery).await });
        }
        if app.auto_responder.get().is_on {
            let answerer = app.clone();
            app.spawn(async move { auto_responder::answer(&answerer, cloud, &happened).await });
        }
    }
}
