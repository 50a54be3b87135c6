//! What goes wrong at an endpoint, what that means for the caller, and what an answer may cost.

use std::time::Duration;

use attendant::domain::limits::{ANSWER_BYTES_MAX, MODEL_LINE_BYTES_MAX, MODEL_WIRE_BYTES_MAX};
use attendant::model::{Model as _, ModelError, StopReason};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use attendant::model::openai::Api;

use super::{
    APIS, ask, ask_all, ask_each, ask_over, begun, call_delta, calls, ended, error, finished,
    model, request, said, speaking, stop, text,
};
use crate::wire::{DONE, End, Reply, WireServer, chunk, event, named};

/// Every status means what it should, with JSON, plain, huge and empty bodies; `Retry-After` stays.
#[tokio::test]
async fn knows_what_may_be_tried_again() {
    const WORDS: &str = r#"{"error":{"message":"this is\nwhy","type":"t","param":null,"code":17}}"#;
    let huge = "x".repeat(1_000_000);
    let again = [408, 409, 429, 500, 502, 503, 529];
    let never = [301, 400, 401, 403, 404, 413, 422];
    for (api, body) in [
        (Api::Chat, WORDS),
        (Api::Chat, ""),
        (Api::Chat, "<html>this is why</html>"),
        (Api::Chat, &huge),
        (Api::Responses, WORDS),
    ] {
        let reply = |status| {
            Reply::error(status, "application/json", body)
                .header("retry-after", "7")
                .header("location", "/v2")
        };
        let failed = ask_all(api, again.map(reply)).await;
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
        for events in ask_all(api, never.map(reply)).await {
            let failed = error(&events);
            assert!(matches!(failed, ModelError::Permanent { .. }), "{failed:?}");
            assert!(failed.to_string().len() < 500);
        }
    }
}

/// 429 also says that nothing is paid for: no pause helps against that.
#[tokio::test]
async fn does_not_wait_for_an_empty_account() {
    let body = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    for api in APIS {
        let events = &ask_all(api, [Reply::error(429, "application/json", body)]).await[0];
        let failed = error(events);
        assert!(matches!(failed, ModelError::Permanent { .. }), "{failed:?}");
        assert!(failed.to_string().contains("429: You exceeded"), "{failed}");
    }
}

/// `Retry-After` that is a date, absurd or garbage neither breaks nor holds the shop for a day.
#[tokio::test]
async fn bounds_the_pause_asked_for() {
    const NOW: (&str, &str) = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
    let plain = |value| Reply::error(429, "text/plain", "slow down").header("retry-after", value);
    let dated = |value| plain(value).header(NOW.0, NOW.1);
    let cases = [
        (plain("0"), Some(Duration::ZERO)),
        (plain("86400"), Some(Duration::from_secs(3600))),
        (plain("-1"), None),
        (plain("garbage"), None),
        (
            dated("Wed, 21 Oct 2026 07:28:30 GMT"),
            Some(Duration::from_secs(30)),
        ),
        (dated("Wed, 21 Oct 2026 07:00:00 GMT"), Some(Duration::ZERO)),
        (
            plain("7").header("retry-after-ms", "1500"),
            Some(Duration::from_millis(1500)),
        ),
    ];
    for api in APIS {
        let replies = cases.iter().map(|(reply, _)| reply.clone());
        let failed = ask_all(api, replies).await;
        for (at, (events, (_, expected))) in failed.iter().zip(&cases).enumerate() {
            let ModelError::Transient { retry_after, .. } = error(events) else {
                panic!("429 may be tried again");
            };
            assert_eq!(retry_after, *expected, "case {at}");
        }
    }
}

/// A stream that ends early, by a lost connection or politely, is an error after its text; of a
/// call that had only begun nothing is passed on.
#[tokio::test]
async fn notices_a_cut_stream() {
    for api in APIS {
        let half = [said(api, "Your order is")];
        let done = [half[0].clone(), DONE.to_owned()];
        let inside = [half[0].clone(), "data: {\"choices\":[{\"del".to_owned()];
        let call = [begun(api, 0, "a", "cancel_order", "{\"order\":\"10")];
        let cases = [
            Reply::stream(half.clone()).end(End::Cut),
            Reply::stream(half.clone()),
            Reply::stream(done),
            Reply::stream(inside.clone()),
            Reply::stream(inside).end(End::Cut),
            Reply::stream(Vec::<String>::new()),
            Reply::stream(call.clone()).end(End::Cut),
            Reply::stream(call),
        ];
        for (at, events) in ask_all(api, cases).await.iter().enumerate() {
            let failed = error(events);
            assert!(
                matches!(failed, ModelError::Transient { .. }),
                "case {at}: {failed:?}"
            );
            assert_eq!(events.iter().filter(|event| event.is_err()).count(), 1);
            assert_eq!(calls(events), [], "case {at}");
        }
    }
}

/// After the endpoint has said why it stopped, a lost connection costs the usage and nothing else,
/// and nothing that comes then can spoil the answer.
#[tokio::test]
async fn keeps_an_answer_that_had_ended() {
    let end = chunk(json!({"content": "Done."}), Some("stop"));
    let cut = Reply::stream([end.clone()]).end(End::Cut);
    let broken = Reply::stream([end.clone(), "data: {broken\n\n".to_owned()]);
    let told = Reply::stream([end, event(&json!({"error": {"message": "late"}}))]);
    for events in ask_each([cut, broken, told]).await {
        assert_eq!(text(&events), "Done.");
        assert_eq!(stop(&events), StopReason::Finished);
    }
}

/// What is not of the format is refused for good, and the error does not quote the answer.
#[tokio::test]
async fn refuses_what_is_not_of_the_format() {
    for api in APIS {
        let cases: [Reply; 8] = [
            Reply::stream(["data: {\"choices\": secret}\n\n"]),
            Reply::stream(["data: {\"choices\": \"secret\", \"type\": 7}\n\n"]),
            Reply::stream(["data: [\"secret\"]\n\n"]),
            Reply::stream(["data: {\"type\": [\"secret\"], \"choices\": 1}\n\n"]),
            Reply::stream([said(api, "well").into_bytes(), b"data: secret\n\n".to_vec()]),
            Reply::stream([b"data: \xff\xfesecret\n\n".to_vec()]),
            Reply::error(
                200,
                "application/json",
                r#"{"choices":[{"message":{"content":"secret"}}]}"#,
            ),
            Reply::error(200, "text/html", "<html>secret</html>"),
        ];
        for (at, events) in ask_all(api, cases).await.iter().enumerate() {
            let failed = error(events);
            assert!(
                matches!(failed, ModelError::Permanent { .. }),
                "case {at}: {failed:?}"
            );
            assert!(
                !failed.to_string().contains("secret"),
                "case {at}: {failed}"
            );
        }
    }
}

/// An endpoint that speaks the other interface is known as such: a setting mends it.
#[tokio::test]
async fn knows_the_other_interface() {
    for (api, other) in [(Api::Chat, Api::Responses), (Api::Responses, Api::Chat)] {
        let failed = error(&ask_over(api, [said(other, "hi"), ended(other)]).await);
        assert!(matches!(failed, ModelError::Permanent { .. }), "{failed:?}");
        assert!(failed.to_string().contains("model_api"), "{failed}");
    }
}

/// A failure told inside the stream counts like the status that it names.
#[tokio::test]
async fn reads_errors_inside_a_stream() {
    let failed = |code: Value| json!({"status": "failed", "error": {"code": code, "message": "m"}});
    let told = |error: Value| event(&json!({"error": error}));
    let cases: [(Api, String, bool); 11] = [
        (
            Api::Chat,
            told(json!({"message": "m", "code": "server_error"})),
            true,
        ),
        (Api::Chat, told(json!({"message": "m", "code": 503})), true),
        (Api::Chat, told(json!("m")), true),
        (Api::Chat, told(json!({"message": "m", "code": 400})), false),
        (
            Api::Chat,
            told(json!({"message": "m", "type": "invalid_request_error"})),
            false,
        ),
        (Api::Chat, chunk(json!({}), Some("error")), true),
        (
            Api::Responses,
            finished("failed", failed(json!("server_error"))),
            true,
        ),
        (
            Api::Responses,
            finished("failed", failed(json!("invalid_prompt"))),
            false,
        ),
        (
            Api::Responses,
            finished("failed", failed(json!("rate_limit_exceeded"))),
            true,
        ),
        (
            Api::Responses,
            named(
                "error",
                json!({"code": "insufficient_quota", "message": "m"}),
            ),
            false,
        ),
        (
            Api::Responses,
            told(json!({"message": "m", "code": "429"})),
            true,
        ),
    ];
    for (api, piece, again) in cases {
        let events = ask_over(api, [said(api, "well"), piece.clone()]).await;
        assert_eq!(text(&events), "well", "{piece}");
        let failed = error(&events);
        let is_transient = matches!(failed, ModelError::Transient { .. });
        assert_eq!(is_transient, again, "{piece}: {failed:?}");
    }
}

/// Nobody listens: a connection error may be tried again.
#[tokio::test]
async fn notices_that_nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    for api in APIS {
        let events: Vec<_> = speaking(api, &url).stream(request()).collect().await;
        assert!(matches!(error(&events), ModelError::Transient { .. }));
    }
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

/// Ten megabytes of text meet the limit of an answer, and the endpoint is left.
#[tokio::test]
async fn leaves_an_answer_of_ten_megabytes() {
    for api in APIS {
        let piece = said(api, &"x".repeat(64 * 1024));
        let pieces = std::iter::repeat_n(piece, 160);
        let server = WireServer::start([Reply::stream(pieces)]).await;
        let events: Vec<_> = speaking(api, &server.url).stream(request()).collect().await;
        assert_eq!(text(&events).len(), ANSWER_BYTES_MAX);
        assert_eq!(stop(&events), StopReason::Length);
        assert!(events.len() < 10, "{} events", events.len());
    }
}
