//! What goes wrong at an endpoint, what that means for the caller, and what an answer may cost.

use std::time::Duration;

use attendant::domain::limits::{ANSWER_BYTES_MAX, MODEL_LINE_BYTES_MAX, MODEL_WIRE_BYTES_MAX};
use attendant::model::{Model as _, ModelError, StopReason};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::{ask, ask_each, call_delta, calls, error, model, request, stop, text};
use crate::wire::{DONE, End, Reply, chunk, event};

/// Every status means what it should, with JSON, plain, huge and empty bodies; `Retry-After` stays.
#[tokio::test]
async fn knows_what_may_be_tried_again() {
    const WORDS: &str = r#"{"error":{"message":"this is\nwhy","type":"t","param":null,"code":17}}"#;
    let huge = "x".repeat(1_000_000);
    let again = [408, 409, 429, 500, 502, 503, 529];
    let never = [301, 400, 401, 403, 404, 413, 422];
    for body in [WORDS, "", "<html>this is why</html>", &huge] {
        let reply = |status| {
            Reply::error(status, "application/json", body)
                .header("retry-after", "7")
                .header("location", "/v2")
        };
        let failed = ask_each(again.map(reply)).await;
        for (events, status) in failed.iter().zip(again) {
            let ModelError::Transient {
                detail,
                retry_after,
            } = error(events)
            else {
                panic!("{status} may be tried again");
            };
            assert!(detail.starts_with(&status.to_string()), "{detail}");
            assert_eq!(detail.contains("this is why"), body == WORDS, "{detail}");
            assert_eq!(retry_after, Some(Duration::from_secs(7)));
        }
        for events in ask_each(never.map(reply)).await {
            let failed = error(&events);
            assert!(matches!(failed, ModelError::Permanent { .. }), "{failed:?}");
            assert!(failed.to_string().len() < 500);
        }
    }
}

/// `Retry-After` that is a date, absurd or garbage neither breaks nor holds the shop for a day.
#[tokio::test]
async fn bounds_the_pause_asked_for() {
    let cases = [
        ("0", Some(Duration::ZERO)),
        ("86400", Some(Duration::from_secs(3600))),
        ("-1", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ];
    let reply = |value| Reply::error(429, "text/plain", "slow down").header("retry-after", value);
    let failed = ask_each(cases.map(|(value, _)| reply(value))).await;
    for (events, (value, expected)) in failed.iter().zip(cases) {
        let ModelError::Transient { retry_after, .. } = error(events) else {
            panic!("429 may be tried again");
        };
        assert_eq!(retry_after, expected, "{value}");
    }
}

/// A stream that ends early, by a lost connection or politely, is an error after its text.
#[tokio::test]
async fn notices_a_cut_stream() {
    let half = [chunk(json!({"content": "Your order is"}), None)];
    let done = [half[0].clone(), DONE.to_owned()];
    let inside = [half[0].clone(), "data: {\"choices\":[{\"del".to_owned()];
    let cases = [
        Reply::stream(half.clone()).end(End::Cut),
        Reply::stream(half.clone()),
        Reply::stream(done),
        Reply::stream(inside.clone()),
        Reply::stream(inside).end(End::Cut),
        Reply::stream(Vec::<String>::new()),
    ];
    for (at, events) in ask_each(cases).await.iter().enumerate() {
        let failed = error(events);
        assert!(
            matches!(failed, ModelError::Transient { .. }),
            "case {at}: {failed:?}"
        );
        assert_eq!(events.iter().filter(|event| event.is_err()).count(), 1);
    }
}

/// After the endpoint has said why it stopped, a lost connection costs the usage and nothing else.
#[tokio::test]
async fn keeps_an_answer_that_had_ended() {
    let reply = Reply::stream([chunk(json!({"content": "Done."}), Some("stop"))]).end(End::Cut);
    let events = ask(reply).await;
    assert_eq!(text(&events), "Done.");
    assert_eq!(stop(&events), StopReason::Finished);
}

/// What is not of the format is refused for good, and the error does not quote the answer.
#[tokio::test]
async fn refuses_what_is_not_of_the_format() {
    let cases: [Reply; 5] = [
        Reply::stream(["data: {\"choices\": secret}\n\n"]),
        Reply::stream(["data: {\"choices\": \"secret\"}\n\n"]),
        Reply::stream([b"data: \xff\xfesecret\n\n".to_vec()]),
        Reply::error(
            200,
            "application/json",
            r#"{"choices":[{"message":{"content":"secret"}}]}"#,
        ),
        Reply::error(200, "text/html", "<html>secret</html>"),
    ];
    for (at, events) in ask_each(cases).await.iter().enumerate() {
        let failed = error(events);
        assert!(
            matches!(failed, ModelError::Permanent { .. }),
            "case {at}: {failed:?}"
        );
        assert!(
            at == 1 || !failed.to_string().contains("secret"),
            "case {at}: {failed}"
        );
    }
}

/// A failure told inside the stream counts like the status that it names.
#[tokio::test]
async fn reads_errors_inside_a_stream() {
    let told = async |body: Value| error(&ask(Reply::stream([event(&body)])).await);
    let busy = told(json!({"error": {"message": "overloaded", "code": "server_error"}})).await;
    assert!(matches!(busy, ModelError::Transient { .. }), "{busy:?}");
    let wrong = told(json!({"error": {"message": "no such tool", "code": 400}})).await;
    assert!(matches!(wrong, ModelError::Permanent { .. }), "{wrong:?}");
}

/// Nobody listens: a connection error may be tried again.
#[tokio::test]
async fn notices_that_nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let events: Vec<_> = model(&url, "").stream(request()).collect().await;
    assert!(matches!(error(&events), ModelError::Transient { .. }));
}

/// TLS is there and starts a handshake, whichever other providers of it are in the program; an
/// endpoint that does not speak it is a failed connection and not a panic.
#[tokio::test]
async fn speaks_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    let greeted = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut first = [0; 1];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut first)
            .await
            .unwrap();
        first[0]
    });
    let events: Vec<_> = model(&url, "").stream(request()).collect().await;
    assert!(matches!(error(&events), ModelError::Transient { .. }));
    assert_eq!(greeted.await.unwrap(), 0x16, "a TLS handshake record");
}

/// Text, arguments, calls and bytes without end all meet a limit.
#[tokio::test]
async fn bounds_an_answer() {
    let long = "é".repeat(ANSWER_BYTES_MAX / 4);
    let texts: Vec<_> = (0..5)
        .map(|_| chunk(json!({"content": long}), None))
        .collect();
    let events = ask(Reply::stream(texts)).await;
    assert_eq!(text(&events).len(), ANSWER_BYTES_MAX);
    assert_eq!(stop(&events), StopReason::Length);

    let argument = |text: &str| {
        call_delta(json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": text}}))
    };
    let fragments = std::iter::once(argument("{\"x\":\"")).chain((0..5).map(|_| argument(&long)));
    let events = ask(Reply::stream(fragments)).await;
    assert_eq!(calls(&events), []);
    assert_eq!(stop(&events), StopReason::Length);

    let many: Vec<_> = (0..5_000)
        .map(|index| json!({"index": index, "id": "", "function": {}}))
        .collect();
    let events = ask(Reply::stream([chunk(json!({"tool_calls": many}), None)])).await;
    assert!(calls(&events).len() < 2_000);
    assert_eq!(stop(&events), StopReason::Length);

    let comment = format!(": {}\n", "x".repeat(100_000));
    let comments = std::iter::repeat_n(comment, MODEL_WIRE_BYTES_MAX / 100_000 + 1);
    let noise = vec![b'x'; 100_000];
    let line = std::iter::repeat_n(noise, MODEL_LINE_BYTES_MAX / 100_000 + 1);
    for events in ask_each([Reply::stream(comments), Reply::stream(line)]).await {
        let failed = error(&events);
        assert!(matches!(failed, ModelError::Permanent { .. }), "{failed:?}");
    }
}
