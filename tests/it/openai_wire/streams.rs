//! Streams as they come, over both interfaces: cut into pieces, with everything that the format of
//! event streams allows, and with what servers add or leave out.

use super::*;

fn usage_of(events: &[Outcome]) -> Option<Usage> {
    events.iter().find_map(|event| match event {
        Ok(ModelEvent::Usage(usage)) => Some(*usage),
        _ => None,
    })
}

/// A stream cut at every single byte, inside letters, JSON and line ends, reads like a whole one.
/// It has a byte order mark, comments, both line ends, data over several lines and other fields.
#[tokio::test]
async fn reads_a_stream_in_any_pieces() {
    for api in APIS {
        let over_lines = match api {
            Api::Chat => "data: {\"choices\":\ndata:[{\"delta\":\ndata: {\"content\":\".\"}}]}\n\n",
            Api::Responses => {
                "data: {\"type\":\ndata:\"response.output_text.delta\",\ndata: \"output_index\":0,\"delta\":\".\"}\n\n"
            }
        };
        let whole = [
            "\u{feff}: keep-alive\r\n\r\n",
            &said(api, "Grüße ").replace('\n', "\r\n"),
            ":\n\n",
            &said(api, "aus 東京 🧥"),
            "id: 7\nretry: 10\nunknown: x\n",
            over_lines,
            &called(api, 0, "c1", "f", "{\"ü\":1}"),
            ": bye\n",
            &ended(api),
        ]
        .concat();
        let pieces = |size| whole.as_bytes().chunks(size).map(<[u8]>::to_vec);
        let sizes = [1, 2, 3, 7, 64, whole.len()];
        for events in ask_all(api, sizes.map(|size| Reply::stream(pieces(size)))).await {
            assert_eq!(text(&events), "Grüße aus 東京 🧥.", "{api:?}");
            assert_eq!(calls(&events), [("c1", "f", "{\"ü\":1}")]);
            let usage = usage_of(&events).unwrap();
            assert_eq!((usage.input_tokens, usage.output_tokens), (12, 34));
            assert_eq!(stop(&events), StopReason::ToolCalls);
        }
    }
}

/// Every place at which a stream can be cut in two.
#[tokio::test]
async fn reads_a_stream_in_any_two_pieces() {
    for api in APIS {
        let whole = [said(api, "é🧥"), ended(api)].concat().into_bytes();
        let first = whole
            .windows(2)
            .position(|two| two == [0xc3, 0xa9])
            .unwrap();
        let letters = first..first + 7;
        let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
        let places = letters.chain(line..line + 4);
        let replies = places.map(|at| Reply::stream([whole[..at].to_vec(), whole[at..].to_vec()]));
        for events in ask_all(api, replies).await {
            assert_eq!(text(&events), "é🧥");
            assert_eq!(stop(&events), StopReason::Finished);
        }
    }
}

/// The end needs no `[DONE]`, and more than one changes nothing.
#[tokio::test]
async fn needs_no_done_and_takes_two() {
    for api in APIS {
        let end = ended(api).replace(DONE, "");
        for done in ["".to_owned(), DONE.to_owned(), DONE.repeat(3)] {
            let events = ask_over(api, [said(api, "ok"), end.clone() + &done]).await;
            assert_eq!(text(&events), "ok");
            assert_eq!(stop(&events), StopReason::Finished);
            assert_eq!(usage_of(&events).unwrap().output_tokens, 34);
        }
    }
}

/// An endpoint that has said why it stopped and leaves the line open does not hold the answer.
#[tokio::test]
async fn does_not_wait_for_what_follows_the_end() {
    for api in APIS {
        let gone = Arc::new(Semaphore::new(0));
        let end = ended(api).replace(DONE, "");
        let reply = Reply::stream([said(api, "ok"), end]).end(End::Hang(gone.clone()));
        let asked = ask_all(api, [reply]);
        let events = tokio::time::timeout(Duration::from_secs(10), asked).await;
        let events = events.expect("it waited").remove(0);
        assert_eq!(text(&events), "ok");
        assert_eq!(stop(&events), StopReason::Finished);
        assert_eq!(usage_of(&events).unwrap().input_tokens, 12);
    }
}

/// An unknown tool and arguments of the wrong type are passed on as they are: whoever runs tools
/// says what is wrong with them.
#[tokio::test]
async fn judges_no_call() {
    for api in APIS {
        let events = ask_over(
            api,
            [
                called(api, 0, "a", "drop_database", "{}"),
                called(api, 1, "b", "lookup_order", r#"{"order_number":[7]}"#),
                called(api, 2, "c", "lookup_order", "not json"),
                called(api, 3, "d", "lookup_order", "[1]"),
                ended(api),
            ],
        )
        .await;
        let expected = [
            ("a", "drop_database", "{}"),
            ("b", "lookup_order", r#"{"order_number":[7]}"#),
            ("c", "lookup_order", "not json"),
            ("d", "lookup_order", "[1]"),
        ];
        assert_eq!(calls(&events), expected, "{api:?}");
        assert_eq!(stop(&events), StopReason::ToolCalls);
    }
}

/// Arguments may come as the object itself.
#[tokio::test]
async fn takes_arguments_as_an_object() {
    let chat = [
        call_delta(
            json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": {"x": [1, null]}}}),
        ),
        ended(Api::Chat),
    ];
    let item = |arguments: Value| json!({"output_index": 0, "item": {"type": "function_call", "call_id": "a", "name": "one", "arguments": arguments}});
    let responses = [
        named("response.output_item.added", item(json!({}))),
        named("response.output_item.done", item(json!({"x": [1, null]}))),
        ended(Api::Responses),
    ];
    for (api, pieces) in [
        (Api::Chat, chat.to_vec()),
        (Api::Responses, responses.to_vec()),
    ] {
        let events = ask_over(api, pieces).await;
        assert_eq!(calls(&events), [("a", "one", r#"{"x":[1,null]}"#)]);
    }
}

/// Many calls at once keep their order, and ids that are missing, there twice or too long for a
/// history become their own.
#[tokio::test]
async fn takes_many_calls_and_any_ids() {
    for api in APIS {
        let all =
            (0..200).map(|at| called(api, at, &format!("c{at}"), "f", &format!("{{\"n\":{at}}}")));
        let events = ask_over(api, all.chain([ended(api)])).await;
        let calls_made = calls(&events);
        assert_eq!(calls_made.len(), 200);
        for (at, call) in calls_made.iter().enumerate() {
            assert_eq!(call.0, format!("c{at}"));
            assert_eq!(call.2, format!("{{\"n\":{at}}}"));
        }
        let long = "x".repeat(200);
        let odd = [
            called(api, 0, "a", "f", "{}"),
            called(api, 1, "a", "g", "{}"),
            called(api, 2, "", "h", "{}"),
            called(api, 3, &long, "i", "{}"),
            ended(api),
        ];
        let events = ask_over(api, odd).await;
        let calls = calls(&events);
        let names: Vec<_> = calls.iter().map(|call| call.1).collect();
        assert_eq!(names, ["f", "g", "h", "i"], "{api:?}");
        let ids: std::collections::BTreeSet<_> = calls.iter().map(|call| call.0).collect();
        assert_eq!(ids.len(), 4, "{ids:?}");
        assert!(
            ids.iter().all(|id| !id.is_empty() && id.len() <= 40),
            "{ids:?}"
        );
    }
}

/// Why an answer ended: nothing in it, refused, cut at its limit, withheld. Half a call never runs.
#[tokio::test]
async fn tells_why_it_ended_over_both() {
    let chat_end = |word| chunk(json!({}), Some(word));
    let incomplete = |reason| {
        finished(
            "incomplete",
            json!({"status": "incomplete", "incomplete_details": {"reason": reason}, "usage": {"input_tokens": 1, "output_tokens": 2}}),
        )
    };
    for api in APIS {
        let (length, filtered, refusal) = match api {
            Api::Chat => (
                chat_end("length"),
                chat_end("content_filter"),
                chunk(json!({"refusal": "I cannot"}), None),
            ),
            Api::Responses => (
                incomplete("max_output_tokens"),
                incomplete("content_filter"),
                named(
                    "response.refusal.delta",
                    json!({"output_index": 0, "content_index": 0, "delta": "I cannot"}),
                ),
            ),
        };
        let empty = ask_over(api, [ended(api)]).await;
        assert_eq!(
            (text(&empty), stop(&empty)),
            (String::new(), StopReason::Finished)
        );

        let refused = ask_over(api, [refusal, called(api, 0, "a", "f", "{}"), ended(api)]).await;
        assert_eq!(text(&refused), "", "a refusal is no answer");
        assert_eq!(
            (calls(&refused).len(), stop(&refused)),
            (0, StopReason::Filtered)
        );

        let half = begun(api, 1, "b", "f", "{\"quantity\":1");
        let cut = [
            said(api, "hi"),
            called(api, 0, "a", "f", "{}"),
            half,
            length,
        ];
        let cut = ask_over(api, cut).await;
        assert_eq!(calls(&cut), [("a", "f", "{}")], "{api:?}");
        assert_eq!(stop(&cut), StopReason::Length);

        let withheld = [said(api, "hi"), called(api, 0, "a", "f", "{}"), filtered];
        let withheld = ask_over(api, withheld).await;
        assert_eq!(
            (calls(&withheld).len(), stop(&withheld)),
            (0, StopReason::Filtered)
        );
    }
}

/// The count of tokens may come with any chunk, before the end or after it, and with what the
/// endpoint had in its cache.
#[tokio::test]
async fn counts_tokens_wherever_they_stand() {
    let counted = event(
        &json!({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 64}}}),
    );
    let said = || said(Api::Chat, "ok");
    let end = || chunk(json!({}), Some("stop"));
    let all = Usage {
        input_tokens: 100,
        cached_tokens: 64,
        output_tokens: 7,
    };
    for pieces in [
        [counted.clone(), said(), end()],
        [said(), counted.clone(), end()],
        [said(), end(), counted.clone()],
    ] {
        let events = ask_over(Api::Chat, pieces).await;
        assert_eq!(usage_of(&events), Some(all));
        assert_eq!(stop(&events), StopReason::Finished);
    }
    let events = ask_over(Api::Responses, [ended(Api::Responses)]).await;
    assert_eq!(usage_of(&events).unwrap().cached_tokens, 8);
    // What failed after it was counted is paid for all the same.
    for (api, failed) in [
        (Api::Chat, event(&json!({"error": {"message": "gone"}}))),
        (
            Api::Responses,
            finished(
                "failed",
                json!({"status": "failed", "error": {"code": "server_error", "message": "gone"}, "usage": {"input_tokens": 100, "output_tokens": 7, "input_tokens_details": {"cached_tokens": 64}}}),
            ),
        ),
    ] {
        let events = ask_over(
            api,
            [counted.clone(), failed]
                .into_iter()
                .skip(usize::from(api == Api::Responses)),
        )
        .await;
        assert_eq!(events[0], Ok(ModelEvent::Usage(all)));
        assert!(matches!(error(&events), ModelError::Transient { .. }));
    }
}

/// The Responses API whole, as OpenAI sends it: events that say nothing new are passed over.
#[tokio::test]
async fn reads_responses_whole() {
    let created = json!({"response": {"id": "resp_1", "object": "response", "status": "in_progress", "error": null, "incomplete_details": null, "instructions": "You serve a shop.", "output": [], "usage": null, "unknown": {"x": 1}}});
    let message = |text: &str| json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "phase": "commentary", "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]});
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "lookup_order", "arguments": "{\"n\":1}", "status": "completed"});
    let delta = |index: u32, text: &str| {
        named(
            "response.output_text.delta",
            json!({"item_id": "m", "output_index": index, "content_index": 0, "delta": text, "obfuscation": "xx"}),
        )
    };
    let events = ask_over(
        Api::Responses,
        [
            named("response.created", created.clone()),
            named("response.in_progress", created),
            named("response.output_item.added", json!({"output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "summary": []}})),
            named("response.reasoning_summary_text.delta", json!({"output_index": 0, "delta": "hm"})),
            named("response.output_item.done", json!({"output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}})),
            named("response.output_item.added", json!({"output_index": 1, "item": message("")})),
            named("response.content_part.added", json!({"output_index": 1, "content_index": 0, "part": {"type": "output_text", "text": ""}})),
            delta(1, "Let me "),
            delta(1, "look."),
            named("response.output_text.done", json!({"output_index": 1, "content_index": 0, "text": "Let me look."})),
            named("response.output_item.done", json!({"output_index": 1, "item": message("Let me look.")})),
            delta(2, "One moment."),
            named("response.output_item.added", json!({"output_index": 3, "item": {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "lookup_order", "arguments": ""}})),
            named("response.function_call_arguments.delta", json!({"item_id": "fc_1", "output_index": 3, "delta": "{\"n\""})),
            named("response.function_call_arguments.delta", json!({"item_id": "fc_1", "output_index": 3, "delta": ":1}"})),
            named("response.function_call_arguments.done", json!({"item_id": "fc_1", "output_index": 3, "arguments": "{\"n\":1}"})),
            // Some servers give the item another id when it is done.
            named("response.output_item.done", json!({"output_index": 3, "item": call})),
            named("response.some_new_thing", json!({"output_index": 9, "delta": {"a": 1}})),
            finished("completed", json!({"status": "completed", "output": [message("Let me look."), call], "usage": {"input_tokens": 5, "output_tokens": 6}})),
        ],
    )
    .await;
    assert_eq!(text(&events), "Let me look.\n\nOne moment.");
    assert_eq!(calls(&events), [("call_1", "lookup_order", "{\"n\":1}")]);
    assert_eq!(stop(&events), StopReason::ToolCalls);
    assert_eq!(usage_of(&events).unwrap().output_tokens, 6);
}

/// Text and calls that came in no event of their own are taken from where they stand whole.
#[tokio::test]
async fn reads_responses_that_leave_events_out() {
    let message =
        |text: &str| json!({"type": "message", "content": [{"type": "output_text", "text": text}]});
    let call =
        json!({"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{\"n\":1}"});
    let at_the_end = [finished(
        "completed",
        json!({"output": [message("Hello."), call, message("Bye.")]}),
    )];
    let when_done = [
        named(
            "response.output_item.done",
            json!({"item": message("Hello.")}),
        ),
        named("response.output_item.done", json!({"item": call})),
        finished(
            "done",
            json!({"status": "completed", "output": [message("Hello."), call]}),
        ),
    ];
    let by_the_call = [
        named(
            "response.output_item.added",
            json!({"output_index": 0, "item": {"type": "function_call", "call_id": "c1", "name": "f"}}),
        ),
        named(
            "response.function_call_arguments.delta",
            json!({"call_id": "c1", "output_index": 0, "delta": "{\"n\":1}"}),
        ),
        finished("completed", json!({"output": []})),
    ];
    for (at, (pieces, expected)) in [
        (at_the_end.to_vec(), "Hello.\n\nBye."),
        (when_done.to_vec(), "Hello."),
        (by_the_call.to_vec(), ""),
    ]
    .into_iter()
    .enumerate()
    {
        let events = ask_over(Api::Responses, pieces).await;
        assert_eq!(text(&events), expected, "case {at}");
        assert_eq!(calls(&events), [("c1", "f", "{\"n\":1}")], "case {at}");
        assert_eq!(stop(&events), StopReason::ToolCalls);
    }
    let refusal =
        json!({"type": "message", "content": [{"type": "refusal", "refusal": "I cannot"}]});
    let events = ask_over(
        Api::Responses,
        [finished("completed", json!({"output": [refusal]}))],
    )
    .await;
    assert_eq!(
        (text(&events), stop(&events)),
        (String::new(), StopReason::Filtered)
    );
}
