//! Chat events as server-sent events.

use std::convert::Infallible;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::watch;

use crate::channels::chat::{ChatError, ChatEvent, Follow};
use crate::domain::limits;

/// Tells nginx and its like to pass every event on at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Streams a follower until it is through, its reader is gone, or the server stops.
pub fn events(follow: Follow, stop: watch::Receiver<bool>) -> Response {
    events_that(follow, stop, |_| true)
}

/// The same for a while: whoever reads asks again, and what opened it is looked at again.
pub fn events_for(follow: Follow, stop: watch::Receiver<bool>) -> Response {
    let end = tokio::time::sleep(limits::CUSTOMER_STREAM_MAX);
    respond(told(follow, stop).take_until(Box::pin(end)), |_| true)
}

/// The same of the events that a reader is to see.
pub fn events_that(
    follow: Follow,
    stop: watch::Receiver<bool>,
    shown: fn(&ChatEvent) -> bool,
) -> Response {
    respond(told(follow, stop), shown)
}

fn respond(
    events: impl Stream<Item = ChatEvent> + Send + 'static,
    shown: fn(&ChatEvent) -> bool,
) -> Response {
    let events = events.filter(move |event| std::future::ready(shown(event)));
    let events = events.map(|event| Ok::<_, Infallible>(wire(&event)));
    let heartbeat = KeepAlive::new().interval(limits::STREAM_HEARTBEAT);
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    response
        .headers_mut()
        .insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}

fn told(follow: Follow, stop: watch::Receiver<bool>) -> impl Stream<Item = ChatEvent> {
    stream::unfold(Some((follow, stop)), |state| async move {
        let (mut follow, mut stop) = state?;
        let next = tokio::select! {
            biased;
            _ = stop.wait_for(|stopped| *stopped) => return None,
            next = follow.next() => next,
        };
        match next {
            Ok(event) => Some((event?, Some((follow, stop)))),
            Err(error) => {
                tracing::error!(%error, "a follower's log cannot be read");
                Some((ChatEvent::error(&ChatError::from(error).words()), None))
            }
        }
    })
}

fn wire(event: &ChatEvent) -> Event {
    let wire = Event::default()
        .event(event.name)
        .data(event.data.to_string());
    match event.id {
        Some(id) => wire.id(id.to_string()),
        None => wire,
    }
}
