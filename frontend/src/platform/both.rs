//! Two things at once.

use std::pin::pin;
use std::task::Poll;

/// Waits for two things at once.
pub async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_is, mut b_is) = (None, None);
    std::future::poll_fn(move |context| {
        if a_is.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(context)
        {
            a_is = Some(value);
        }
        if b_is.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(context)
        {
            b_is = Some(value);
        }
        match (a_is.take(), b_is.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (a_is, b_is) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}
