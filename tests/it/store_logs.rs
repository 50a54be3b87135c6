//! Old logs, folded for ever: every file of `tests/data/logs` was written in the shape of its day
//! and must read and fold to the head that its first line names. Files are only added.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use attendant::domain::conversation::Head;
use attendant::domain::event::{Channel, Event, EventBody};
use serde::Deserialize;
use serde_json::Value;

use crate::store_conformance::place::{self, Place};

/// The first line of a file.
#[derive(Deserialize)]
struct Title {
    about: String,
    head: Head,
}

/// Every other line: a row of the log with its payload, when it has one.
#[derive(Deserialize)]
struct Line {
    seq: i64,
    r#type: String,
    version: i64,
    at_ms: i64,
    data: Value,
    private: Option<Value>,
}

fn corpus() -> Vec<(PathBuf, Title, Vec<Line>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/logs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut lines = text.lines();
        let title = serde_json::from_str(lines.next().unwrap()).unwrap();
        let lines = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (file, title, lines)
    };
    files.into_iter().map(read).collect()
}

/// Puts the lines where the store would have put them.
async fn events(place: &Place, lines: &[Line]) -> Vec<Event> {
    let id = place.start("old").await;
    let connection = place.connect();
    connection.execute("DELETE FROM events", ()).unwrap();
    for line in lines {
        let row = (
            line.seq,
            &line.r#type,
            line.version,
            line.at_ms,
            line.data.to_string(),
        );
        let sql = "INSERT INTO events SELECT no, ?1, ?2, ?3, ?4, ?5, NULL FROM conversations";
        connection.execute(sql, row).unwrap();
        if let Some(private) = &line.private {
            let sql = "INSERT INTO payloads SELECT no, ?1, ?2 FROM conversations";
            connection.execute(sql, (line.seq, plain(private))).unwrap();
        }
    }
    place.store.events(&id, 0).await.unwrap()
}

/// A payload row's body without compression.
fn plain(private: &Value) -> Vec<u8> {
    [&[0], private.to_string().as_bytes()].concat()
}

fn fold(events: &[Event]) -> Head {
    let mut head = Head::new(Channel::Eval);
    for event in events {
        head.apply(event);
    }
    head
}

#[tokio::test]
async fn old_logs_read_and_fold_as_they_always_did() {
    let corpus = corpus();
    assert!(corpus.len() >= 2);
    for (file, title, lines) in &corpus {
        let place = place::sqlite().await;
        let events = events(&place, lines).await;
        assert_eq!(events.len(), lines.len(), "{}", file.display());
        assert_eq!(
            fold(&events),
            title.head,
            "{}: {}",
            file.display(),
            title.about
        );
    }
}

/// The corpus must hold what it is there for.
#[test]
fn the_corpus_holds_old_versions_and_missing_payloads() {
    let corpus = corpus();
    let lines: Vec<&Line> = corpus.iter().flat_map(|(_, _, lines)| lines).collect();
    assert!(
        lines
            .iter()
            .any(|line| line.r#type == "replied" && line.version == 1)
    );
    assert!(
        lines
            .iter()
            .any(|line| line.r#type == "shopper_wrote" && line.private.is_none())
    );
}

/// Folds use no words at all.
#[tokio::test]
async fn old_logs_fold_the_same_without_any_payload() {
    for (file, title, mut lines) in corpus() {
        lines.iter_mut().for_each(|line| line.private = None);
        let place = place::sqlite().await;
        assert_eq!(
            fold(&events(&place, &lines).await),
            title.head,
            "{}",
            file.display()
        );
    }
}

/// Version 1 of `replied` answered all that stood before it.
#[tokio::test]
async fn a_lifted_reply_says_what_it_answers() {
    for (file, _, lines) in corpus() {
        let place = place::sqlite().await;
        for (event, line) in events(&place, &lines).await.iter().zip(&lines) {
            if let EventBody::Replied(replied) = &event.body {
                let through = line.data["through"].as_u64().unwrap_or(event.seq - 1);
                assert_eq!(replied.through, through, "{}:{}", file.display(), line.seq);
            }
        }
    }
}

/// A proposal from before there were parts is its single part, and so is what became of it.
#[tokio::test]
async fn an_old_proposal_is_its_single_part() {
    let mut seen = 0;
    for (file, _, lines) in corpus() {
        let place = place::sqlite().await;
        for event in events(&place, &lines).await {
            match &event.body {
                EventBody::ProposalMade(made) if made.private.is_some() => {
                    let parts = made.parts();
                    assert_eq!(parts.len(), 1, "{}:{}", file.display(), event.seq);
                    assert_eq!(parts[0].tool, made.tool);
                    assert_eq!(parts[0].amount, made.amount);
                    seen += 1;
                }
                EventBody::EffectFinished(finished) => {
                    let parts = finished.parts();
                    assert_eq!(parts.len(), 1, "{}:{}", file.display(), event.seq);
                    assert_eq!(parts[0].outcome, Some(finished.outcome));
                    seen += 1;
                }
                _ => {}
            }
        }
    }
    assert!(seen > 1, "the corpus has both");
}
