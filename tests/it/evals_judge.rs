//! `attendant eval run --judge` over the real wire: opinions stand beside the report and decide nothing.

use std::process::Command;

use serde_json::{Value, json};

use crate::running::Folder;
use crate::wire::{DONE, Reply, WireServer, chunk, usage};

fn says(text: &str) -> Reply {
    let first = chunk(json!({ "role": "assistant", "content": text }), None);
    let last = chunk(json!({}), Some("stop"));
    Reply::stream([first, last, usage(100, 10), DONE.to_owned()])
}

#[tokio::test(flavor = "multi_thread")]
async fn opinions_are_told_beside_the_report_and_what_is_none_is_counted() {
    let fine = json!({ "helpful": 1, "clear": false, "reason": "It was slow." }).to_string();
    let server = WireServer::start([says(&fine), says("I would give it a 4."), says(&fine)]).await;
    let folder = Folder::new("judge");
    let settings = format!("model_url = \"{}\"\n", server.url);
    std::fs::write(folder.path().join("attendant.toml"), settings).unwrap();
    let path = folder.path().to_owned();
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attendant"));
        command.args([
            "eval", "run", "people", "--judge", "strict", "--json", "--data",
        ]);
        command.arg(path).output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The built-in model's cases pass, whatever is thought of them.
    assert_eq!(output.status.code(), Some(0), "{report}");
    let judge = &report["judge"];
    let cases = judge["cases"].as_array().unwrap().len();
    assert_eq!(report["passed"], cases);
    assert_eq!(
        (&judge["judge"], &judge["judged"]),
        (&json!("strict"), &json!(2))
    );
    assert_eq!(
        (&judge["unreadable"], &judge["failed"]),
        (&json!(1), &json!(cases - 3))
    );
    assert_eq!(
        (&judge["mean_helpful"], &judge["clear"]),
        (&json!(1.0), &json!(0))
    );
    assert_eq!(judge["usage"]["input_tokens"], 300);
    let asked = server.asked();
    assert_eq!(asked.len(), cases);
    assert_eq!(asked[0].body["model"], "strict");
    let messages = asked[0].body["messages"].to_string();
    assert!(messages.contains("<transcript>") && messages.contains("You judge"));
}

#[test]
fn the_builtin_model_has_no_opinion() {
    let folder = Folder::new("judge");
    let mut command = Command::new(env!("CARGO_BIN_EXE_attendant"));
    command
        .args(["eval", "run", "people", "--judge", "builtin", "--data"])
        .arg(folder.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no opinion"));
}
