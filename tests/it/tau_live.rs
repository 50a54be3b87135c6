//! Tasks of tau-bench as conversations: what a trial comes to, how trials become pass^k, that an
//! endpoint's error counts neither way, and the same over the real wire.

use std::process::Command;
use std::sync::Arc;

use attendant::evals::tau::live::{self, Ended, Play, Report, Verdict};
use attendant::model::builtin::Builtin;
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, Model, ModelError, ModelRequest};
use serde_json::{Value, json};

use crate::tau::Small;
use crate::wire::{DONE, Reply, WireServer, chunk, usage};

/// What a task wants, in three kinds: the set's call, ours, and the words for it.
struct Errand {
    said: &'static str,
    theirs: (&'static str, Value),
    ours: (&'static str, Value),
}

fn errands() -> [Errand; 3] {
    [
        Errand {
            said: "Please cancel order W1, I no longer need it.",
            theirs: (
                "cancel_pending_order",
                json!({ "order_id": "#W1", "reason": "no longer needed" }),
            ),
            ours: (
                "cancel_order",
                json!({ "order_number": "W1", "reason": "no_longer_needed" }),
            ),
        },
        Errand {
            said: "I would like the shirt of order W1 in blue, paid with my gift card.",
            theirs: (
                "modify_pending_order_items",
                json!({
                    "order_id": "#W1", "item_ids": ["11"], "new_item_ids": ["12"],
                    "payment_method_id": "gift_card_1"
                }),
            ),
            ours: (
                "change_items",
                json!({
                    "order_number": "W1", "payment_method": "gift_card_1",
                    "items": [{ "line": 1, "quantity": 1, "sku": "12" }]
                }),
            ),
        },
        Errand {
            said: "I want to send the blue shirt of order W2 back, money to my card.",
            theirs: (
                "return_delivered_order_items",
                json!({
                    "order_id": "#W2", "item_ids": ["12"], "payment_method_id": "credit_card_1"
                }),
            ),
            ours: (
                "start_return",
                json!({
                    "order_number": "W2", "payment_method": "credit_card_1",
                    "items": [{ "line": 2, "quantity": 1, "reason": "unwanted" }]
                }),
            ),
        },
    ]
}

fn task(id: &str, errand: &Errand, outputs: &[&str]) -> Value {
    let (name, arguments) = &errand.theirs;
    json!({
        "id": id, "user_id": "ann_test_1", "outputs": outputs,
        "instruction": format!("You are Ann Test. {}", errand.said),
        "actions": [{ "name": name, "arguments": arguments }],
    })
}

/// The newest message that is not data about now.
fn newest(request: &ModelRequest) -> &Message {
    let said = |message: &&Message| !matches!(message, Message::Context(_) | Message::System(_));
    request.messages.iter().rev().find(said).unwrap()
}

fn all_text(request: &ModelRequest) -> String {
    let texts = request.messages.iter().map(|message| match message {
        Message::User(text) => text.to_string(),
        _ => String::new(),
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// An assistant that proves who writes, and then makes the call that belongs to what was said.
fn assistant(errands: &'static [Errand]) -> Scripted {
    Scripted::by(move |request| {
        let said = all_text(request);
        let errand = errands.iter().find(|one| said.contains(one.said)).unwrap();
        let id = format!("call_{}", request.messages.len());
        let answer = Answer::new().usage(100, 10);
        match newest(request) {
            Message::ToolResult { tool, content, .. } if tool == "verify_identity" => {
                let result: Value = serde_json::from_str(content).unwrap();
                match result["words"].as_str() {
                    Some(words) => answer.text(words),
                    None => answer.call(&id, errand.ours.0, &errand.ours.1),
                }
            }
            Message::ToolResult { .. } => answer.text("Shall I do that?"),
            Message::User(text) if text.contains('@') => answer.call(
                &id,
                "verify_identity",
                json!({ "email": "ann@shop.example" }),
            ),
            Message::User(text) => {
                answer.call(&id, "verify_identity", json!({ "code": text.trim() }))
            }
            _ => answer.text("How can I help?"),
        }
    })
}

/// A shopper who says what the notes want, types the code and answers the proposal; `agrees` looks
/// at the conversation's name.
fn shopper(agrees: impl Fn(&str) -> bool + Send + Sync + 'static) -> Scripted {
    Scripted::by(move |request| {
        let Some(Message::System(part)) = request.messages.first() else {
            panic!("a part comes first");
        };
        let notes = part.split("<notes>").nth(1).unwrap();
        let notes = notes.split("</notes>").next().unwrap().trim();
        let wish = notes.strip_prefix("You are Ann Test. ").unwrap();
        let Message::User(heard) = newest(request) else {
            panic!("the shop speaks last");
        };
        let answer = Answer::new().usage(50, 5);
        let code = heard.split("your code is ").nth(1);
        if request.messages.len() == 2 {
            answer.text(format!("{wish} My e-mail is ann@shop.example"))
        } else if let Some(code) = code {
            answer.text(&code[..6])
        } else if heard.contains("two buttons") {
            answer.text(if agrees(&request.cache_key) {
                "yes"
            } else {
                "no"
            })
        } else {
            answer.text("###STOP###")
        }
    })
}

async fn play(
    tasks: &[Value],
    trials: usize,
    model: impl Model + 'static,
    shopper: impl Model + 'static,
) -> Report {
    let small = Small::new();
    let lines: Vec<String> = tasks.iter().map(Value::to_string).collect();
    let file = small.write("tasks.jsonl", &lines.join("\n"));
    let play = Play {
        model: Arc::new(model),
        shopper: Arc::new(shopper),
        names: ("m".to_owned(), "u".to_owned()),
        trials,
        limit: None,
        at_once: 2,
        prices: Default::default(),
    };
    live::live(small.path("").as_path(), &[file], &play)
        .await
        .unwrap()
}

fn leaked() -> &'static [Errand] {
    Box::leak(Box::new(errands()))
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_three_kinds_pass_when_the_right_calls_are_made() {
    let errands = leaked();
    let outputs: [&[&str]; 3] = [&["20.10"], &["4.90"], &[]];
    let tasks: Vec<Value> = errands
        .iter()
        .zip(outputs)
        .enumerate()
        .map(|(no, (errand, outputs))| task(&format!("t{no}"), errand, outputs))
        .collect();
    let report = play(&tasks, 1, assistant(errands), shopper(|_| true)).await;
    assert_eq!(
        (report.passed, report.failed, report.broken),
        (3, 0, 0),
        "{}",
        report.lines(true)
    );
    assert_eq!(report.pass[0].value, Some(1.0));
    let ids: Vec<&str> = report.results.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["t0", "t1", "t2"]);
    for trial in report.results.iter().flat_map(|task| &task.trials) {
        assert_eq!((trial.ended, trial.turns), (Ended::Stopped, 3));
        assert_eq!((trial.shopper.calls, trial.shopper.output_tokens), (4, 20));
        assert!(trial.assistant.input_tokens >= 300, "{:?}", trial.assistant);
    }
    let lines = report.lines(false);
    assert!(
        lines.contains("model m, shopper played by u: 3 tasks, 1 trials each"),
        "{lines}"
    );
}

/// Another reason than the task's own, an amount that is never said, a shop left as it was.
#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_thing_fails_and_the_report_says_what_differs() {
    let mut wrong = errands();
    wrong[0].ours.1["reason"] = json!("ordered_by_mistake");
    let wrong: &'static [Errand] = Box::leak(Box::new(wrong));
    let tasks = [
        task("reason", &wrong[0], &[]),
        task("unsaid", &wrong[1], &["99.99"]),
    ];
    let report = play(&tasks, 1, assistant(wrong), shopper(|_| true)).await;
    assert_eq!(
        (report.passed, report.failed),
        (0, 2),
        "{}",
        report.lines(true)
    );
    let reasons = |at: usize| report.results[at].trials[0].reasons.join("\n");
    assert!(reasons(0).contains("/cancel_reason") && reasons(0).contains("ordered by mistake"));
    assert_eq!(reasons(1), "it has not said \"99.99\"");
    let report = play(&tasks[..1], 1, assistant(wrong), shopper(|_| false)).await;
    let reasons = report.results[0].trials[0].reasons.join("\n");
    assert!(reasons.contains("/orders/#W1/status"), "{reasons}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_four_is_a_half_and_two_in_a_row_a_sixth() {
    let errands = leaked();
    let tasks = [task("t", &errands[0], &[])];
    let even = |name: &str| name.ends_with('2') || name.ends_with('4');
    let report = play(&tasks, 4, assistant(errands), shopper(even)).await;
    assert_eq!(
        (report.passed, report.failed),
        (2, 2),
        "{}",
        report.lines(true)
    );
    let values: Vec<f64> = report.pass.iter().map(|pass| pass.value.unwrap()).collect();
    let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
    assert!(
        near(values[0], 0.5) && near(values[1], 1.0 / 6.0),
        "{values:?}"
    );
    assert!(near(values[2], 0.0) && near(values[3], 0.0), "{values:?}");
    let verdicts: Vec<Verdict> = report.results[0]
        .trials
        .iter()
        .map(|one| one.verdict)
        .collect();
    assert_eq!(verdicts[0], Verdict::Failed);
    assert_eq!(verdicts[3], Verdict::Passed);
}

/// Neither side's endpoint may make the assistant look worse, or better.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_s_error_counts_neither_way() {
    let errands = leaked();
    let tasks = [task("t", &errands[0], &[])];
    let well = shopper(|_| true);
    let gone = Scripted::by(|_| {
        Answer::new().error(ModelError::Permanent {
            detail: "401".into(),
        })
    });
    let report = play(&tasks, 2, assistant(errands), gone.clone()).await;
    assert_eq!((report.passed, report.failed, report.broken), (0, 0, 2));
    assert_eq!((report.pass[0].value, report.pass[0].tasks), (None, 0));
    let trial = &report.results[0].trials[0];
    assert!(
        trial.reasons[0].contains("the shopper's endpoint") && trial.reasons[0].contains("401")
    );
    let report = play(&tasks, 1, gone, well).await;
    assert_eq!(
        (report.failed, report.broken),
        (0, 1),
        "{}",
        report.lines(true)
    );
    let trial = &report.results[0].trials[0];
    assert!(
        trial.reasons[0].contains("the assistant's endpoint"),
        "{:?}",
        trial.reasons
    );
    assert!(report.assistant.failed_calls >= 1);
    assert!(
        report.lines(false).contains("unknown"),
        "{}",
        report.lines(false)
    );
}

/// The set knows no amount above which a person decides; ours goes to one, who says yes.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_must_settle_is_settled_and_the_shopper_is_told() {
    let small = Small::new();
    let mut orders: Value =
        serde_json::from_str(&std::fs::read_to_string(small.path("db/orders.json")).unwrap())
            .unwrap();
    orders["#W2"] = crate::tau::order("#W2", "delivered", &["12"; 8], 200.0);
    small.write("db/orders.json", &orders.to_string());
    let mut errands = errands();
    let line = |line: u32| json!({ "line": line, "quantity": 1, "reason": "unwanted" });
    errands[2].ours.1["items"] = (1..=8).map(line).collect();
    errands[2].theirs.1["item_ids"] = json!(vec!["12"; 8]);
    let errands: &'static [Errand] = Box::leak(Box::new(errands));
    let file = small.write(
        "tasks.jsonl",
        &task("t", &errands[2], &["200.00"]).to_string(),
    );
    let play = Play {
        model: Arc::new(assistant(errands)),
        shopper: Arc::new(shopper(|_| true)),
        names: ("m".to_owned(), "u".to_owned()),
        trials: 1,
        limit: Some(1),
        at_once: 1,
        prices: Default::default(),
    };
    let report = live::live(small.path("").as_path(), &[file], &play)
        .await
        .unwrap();
    assert_eq!(
        (report.passed, report.approved),
        (1, 1),
        "{}",
        report.lines(true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_builtin_model_is_measured_the_same_way() {
    let errands = leaked();
    let tasks = [task("t", &errands[0], &[])];
    let report = play(&tasks, 2, Builtin, shopper(|_| true)).await;
    assert_eq!(
        (report.passed, report.broken),
        (2, 0),
        "{}",
        report.lines(true)
    );
}

fn says(text: &str) -> Reply {
    let first = chunk(json!({ "role": "assistant", "content": text }), None);
    let last = chunk(json!({}), Some("stop"));
    Reply::stream([first, last, usage(1_000, 100), DONE.to_owned()])
}

/// Both sides at one endpoint, by the command: what is asked, in which order, and what it cost.
#[tokio::test(flavor = "multi_thread")]
async fn both_sides_over_the_wire() {
    let replies = [
        says("Hello, I am only looking around."),
        says("You are welcome to."),
        says("###STOP###"),
    ];
    let server = WireServer::start(replies).await;
    let small = Small::new();
    let mut one = task("t", &errands()[0], &[]);
    one["actions"] = json!([]);
    let file = small.write("tasks.jsonl", &one.to_string());
    small.write(
        "attendant.toml",
        &format!(
            "model_url = \"{}\"\n[price.\"big\"]\ninput = \"2\"\noutput = \"10\"\n",
            server.url
        ),
    );
    let folder = small.path("");
    let output = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attendant"));
        command.args([
            "eval",
            "tau",
            "--model",
            "big",
            "--user-model",
            "small",
            "--json",
        ]);
        command
            .args(["--trials", "1", "--set"])
            .arg(&folder)
            .arg("--tasks")
            .arg(&file);
        command.arg("--data").arg(&folder).output().unwrap()
    })
    .await
    .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let report: Value = serde_json::from_str(&said)
        .unwrap_or_else(|_| panic!("{said} {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(
        (&report["model"], &report["simulator"]),
        (&json!("big"), &json!("small"))
    );
    assert_eq!(report["passed"], 1, "{said}");
    assert_eq!(report["pass"][0]["value"], 1.0);
    // 1,000 at 2 and 100 at 10, each a million.
    assert_eq!(report["assistant_micros"], 3_000);
    assert_eq!(report["shopper_micros"], Value::Null);
    let asked = server.asked();
    let models: Vec<&str> = asked
        .iter()
        .map(|one| one.body["model"].as_str().unwrap())
        .collect();
    assert_eq!(models, ["small", "big", "small"]);
    // The shopper has no tools, and hears what the assistant has said.
    assert!(asked[0].body.get("tools").is_none());
    assert!(
        asked[2].body["messages"]
            .to_string()
            .contains("You are welcome to.")
    );
}

#[test]
fn the_builtin_model_cannot_play_a_shopper() {
    let small = Small::new();
    let file = small.write("tasks.jsonl", "");
    let mut command = Command::new(env!("CARGO_BIN_EXE_attendant"));
    command
        .args(["eval", "tau", "--user-model", "builtin", "--set"])
        .arg(small.path(""));
    command
        .arg("--tasks")
        .arg(file)
        .arg("--data")
        .arg(small.path(""));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot play a shopper"));
}
