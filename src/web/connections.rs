//! Connections: so many at once and no more, and none that is open without asking for anything.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tower_service::Service as _;

use super::client::Peer;
use crate::domain::limits;

/// What a listener bears.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From the first moment, or from the answer before, to the end of a request's headers.
    pub header_read: Duration,
    /// Without the other side taking anything of an answer.
    pub write_stall: Duration,
    pub connections: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            header_read: limits::HEADER_READ_TIMEOUT,
            write_stall: limits::WRITE_STALL_TIMEOUT,
            connections: limits::CONNECTIONS_MAX,
        }
    }
}

/// Accepts until `stop` turns true, and ends when every connection has. Who comes while all places
/// are taken waits in the listener's queue.
pub async fn accept<L>(
    mut listener: L,
    router: Router,
    mut stop: watch::Receiver<bool>,
    bounds: Bounds,
) where
    L: Listener<Io = TcpStream>,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(bounds.header_read);
    let places = Arc::new(Semaphore::new(bounds.connections as usize));
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            let (stream, _) = listener.accept().await;
            (place.expect("nothing closes the semaphore"), stream)
        };
        let (place, stream) = tokio::select! {
            biased;
            // An error means that whoever could say stop is gone.
            _ = stop.wait_for(|stopped| *stopped) => break,
            next = next => next,
        };
        let peer = stream.peer_addr().ok().map(|address| Peer(address.ip()));
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(bounds.write_stall));
        tokio::spawn(serve(
            http.clone(),
            Box::pin(stream),
            peer,
            router.clone(),
            stop.clone(),
            place,
        ));
    }
    drop(listener);
    // All places are free when nobody is served any more.
    let _ = places.acquire_many(bounds.connections).await;
}

/// Serves one connection; once `stop` turns true, no more than the request that is on.
async fn serve(
    http: http1::Builder,
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    peer: Option<Peer>,
    router: Router,
    mut stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        router.clone().call(request)
    });
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stop.wait_for(|stopped| *stopped) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::time::Instant;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    /// Nothing here takes so long unless it hangs.
    const DEADLINE: Duration = Duration::from_secs(20);
    const NEVER: Duration = Duration::from_secs(3_600);

    struct Served {
        address: std::net::SocketAddr,
        stop: watch::Sender<bool>,
        serving: JoinHandle<()>,
    }

    impl Served {
        async fn start(router: Router, header_read: Duration, connections: u32) -> Self {
            let bounds = Bounds {
                header_read,
                connections,
                ..Bounds::default()
            };
            Self::start_with(router, bounds).await
        }

        async fn start_with(router: Router, bounds: Bounds) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopped) = watch::channel(false);
            let serving = tokio::spawn(accept(listener, router, stopped, bounds));
            Self {
                address,
                stop,
                serving,
            }
        }

        /// Sends bytes on a connection of their own.
        async fn send(&self, bytes: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(bytes.as_bytes()).await.unwrap();
            stream
        }

        async fn stop(self) {
            self.stop.send_replace(true);
            timeout(DEADLINE, self.serving).await.unwrap().unwrap();
        }
    }

    /// All that comes until the other side closes.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        let read = stream.read_to_string(&mut text);
        timeout(DEADLINE, read).await.expect("it stays open").ok();
        text
    }

    fn ask(path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    }

    #[tokio::test]
    async fn a_header_that_does_not_end_ends_its_connection_and_no_answer() {
        let slow = Arc::new(Notify::new());
        let held = slow.clone();
        let router = Router::new().route(
            "/slow",
            get(move || async move {
                held.notified().await;
                "late"
            }),
        );
        let served = Served::start(router, Duration::from_millis(50), 8).await;
        let start = Instant::now();
        let mut answered = served.send(&ask("/slow")).await;
        for half in ["", "GET /slow HT", "GET /slow HTTP/1.1\r\nhost: x\r\nx-a: "] {
            let mut stream = served.send(half).await;
            assert_eq!(rest(&mut stream).await, "", "{half:?}");
        }
        assert!(start.elapsed() >= Duration::from_millis(3 * 50));
        // The answer that takes longer than a header may is not cut off.
        slow.notify_one();
        assert!(rest(&mut answered).await.ends_with("\r\n\r\nlate"));
        served.stop().await;
    }

    /// A client that asks for much and reads nothing gives its place back.
    #[tokio::test]
    async fn an_answer_that_nobody_takes_ends_its_connection() {
        let much = || async { "x".repeat(64 * 1024 * 1024) };
        let router = Router::new()
            .route("/much", get(much))
            .route("/", get(|| async { "whole" }));
        let bounds = Bounds {
            write_stall: Duration::from_millis(100),
            connections: 1,
            ..Bounds::default()
        };
        let served = Served::start_with(router, bounds).await;
        let _deaf = served.send(&ask("/much")).await;
        let mut next = served.send(&ask("/")).await;
        assert!(rest(&mut next).await.ends_with("whole"));
        served.stop().await;
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_waits_for_one() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let (hold, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let noted = |name: &'static str| {
            let order = order.clone();
            move || order.lock().unwrap().push(name)
        };
        let (first, second) = (noted("first"), noted("second"));
        let (entered, go) = (held.clone(), hold.clone());
        let router = Router::new()
            .route(
                "/first",
                get(|| async move {
                    entered.notify_one();
                    go.notified().await;
                    first();
                }),
            )
            .route("/second", get(|| async move { second() }))
            .route("/other", get(|| async {}));
        let full = Served::start(router.clone(), NEVER, 1).await;
        let free = Served::start(router, NEVER, 8).await;

        let mut one = full.send(&ask("/first")).await;
        timeout(DEADLINE, held.notified()).await.unwrap();
        let mut two = full.send(&ask("/second")).await;
        // Whatever the full listener would do with the second, it has done by now.
        for _ in 0..3 {
            rest(&mut free.send(&ask("/other")).await).await;
        }
        hold.notify_one();
        assert!(rest(&mut one).await.starts_with("HTTP/1.1 200"));
        assert!(rest(&mut two).await.starts_with("HTTP/1.1 200"));
        assert_eq!(*order.lock().unwrap(), ["first", "second"]);
        full.stop().await;
        free.stop().await;
    }

    #[tokio::test]
    async fn a_stop_waits_for_the_request_that_is_on_and_for_nobody_who_asked_nothing() {
        let (hold, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (entered, go) = (held.clone(), hold.clone());
        let router = Router::new().route(
            "/",
            get(|| async move {
                entered.notify_one();
                go.notified().await;
                "whole"
            }),
        );
        let served = Served::start(router, NEVER, 8).await;
        let mut silent = served.send("").await;
        let mut asked = served.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        timeout(DEADLINE, held.notified()).await.unwrap();
        served.stop.send_replace(true);
        assert_eq!(rest(&mut silent).await, "");
        assert!(!served.serving.is_finished());
        hold.notify_one();
        assert!(rest(&mut asked).await.ends_with("whole"));
        served.stop().await;
    }
}
