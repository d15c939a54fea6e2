//! What goes on the wire: server-sent events, read by the page's own parser.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, stream};
use shared::PortalEvent;
use tokio_util::sync::CancellationToken;

use super::hub::Listener;
use crate::clock::Clock;

/// A comment, with the listener's place, this often keeps proxies from closing a silent stream.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// Streams end by themselves after this long, give or take a tenth, so that a restart of many is no storm.
const ROTATION: Duration = Duration::from_secs(600);

/// The bytes of one stream: hello, what was missed, then what happens, until the listener is too slow,
/// the stream has lived long enough, `over` says that the session is over, or the portal stops.
pub fn stream(
    mut listener: Listener,
    clock: Clock,
    over: CancellationToken,
    build: &str,
) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
    let hello = PortalEvent::Hello { build: build.to_owned(), is_resumed: listener.is_resumed() };
    let mut first = format!("retry: {}\n", fastrand::u32(1000..3040));
    if !listener.is_resumed() {
        // One who resumes keeps its own place until it has read what it missed.
        first.push_str(&format!("id: {}\n", listener.position));
    }
    first.push_str(&frame(&hello));
    let opening: Vec<_> = std::iter::once(Bytes::from(first)).chain(std::mem::take(&mut listener.missed)).map(Ok).collect();
    let ends_at = clock.elapsed() + ROTATION.mul_f64(0.9 + fastrand::f64() / 5.0);
    let beat_at = clock.elapsed() + HEARTBEAT;
    let live = Live { listener, clock, over, ends_at, beat_at, is_done: false };
    let following = stream::unfold(live, async |mut live| {
        let bytes = live.next().await?;
        Some((Ok(bytes), live))
    });
    futures_util::StreamExt::chain(stream::iter(opening), following)
}

struct Live {
    listener: Listener,
    clock: Clock,
    over: CancellationToken,
    ends_at: Duration,
    beat_at: Duration,
    is_done: bool,
}

impl Live {
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_done {
            return None;
        }
        let bytes = tokio::select! {
            // What is waiting goes out before the stream ends.
            biased;
            event = self.listener.next() => event,
            () = self.over.cancelled() => Some(self.bye()),
            () = self.clock.sleep_until(self.ends_at) => Some(self.bye()),
            () = self.clock.sleep_until(self.beat_at) => Some(self.heartbeat()),
        };
        self.beat_at = self.clock.elapsed() + HEARTBEAT;
        bytes
    }

    /// Says where the listener is as well: in a quiet room, that place would be forgotten otherwise.
    fn heartbeat(&self) -> Bytes {
        match self.listener.place() {
            Some(place) => Bytes::from(format!(": still here\nid: {place}\n\n")),
            None => Bytes::from_static(b": still here\n\n"),
        }
    }

    fn bye(&mut self) -> Bytes {
        self.is_done = true;
        Bytes::from(frame(&PortalEvent::Bye))
    }
}

fn frame(event: &PortalEvent) -> String {
    format!("data: {}\n\n", serde_json::to_string(event).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use shared::RoomId;

    use super::*;
    use crate::fanout::{Audience, Hub};

    #[tokio::test]
    async fn a_stream_greets_tells_what_happens_and_takes_its_leave() {
        let clock = Clock::system();
        let hub = Hub::new(clock.clone()).unwrap();
        let over = CancellationToken::new();
        let audience = Audience::Room(RoomId::new("a"));
        let mut stream = Box::pin(stream(hub.listen(vec![audience.clone()], None), clock.clone(), over.clone(), "b1"));
        let mut next = async || String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
        let hello = next().await;
        assert!(hello.starts_with("retry: ") && hello.contains("\nid: ") && hello.contains("\"build\":\"b1\""), "{hello}");
        hub.publish(audience, &PortalEvent::SignedOut);
        assert!(next().await.contains("signed_out"));
        clock.advance(HEARTBEAT);
        let heartbeat = next().await;
        assert!(heartbeat.starts_with(": ") && heartbeat.contains("-1\n\n"), "{heartbeat}");
        over.cancel();
        assert!(next().await.contains("bye"));
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn a_stream_ends_by_itself_after_a_while() {
        let clock = Clock::system();
        let hub = Hub::new(clock.clone()).unwrap();
        let mut stream = Box::pin(stream(hub.listen(vec![], None), clock.clone(), CancellationToken::new(), "b1"));
        stream.next().await;
        clock.advance(ROTATION.mul_f64(1.2));
        assert!(stream.next().await.unwrap().unwrap().ends_with(b"{\"type\":\"bye\"}\n\n"));
    }
}
