//! An append is acknowledged only when it is on disk: proved from the system calls of a child
//! process, not from what the store says of itself.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use attendant::domain::event::{Channel, EventBody, ShopperWords, ShopperWrote};
use attendant::domain::ids::{ConversationId, MessageId};
use attendant::store::Store;
use attendant::store::log::{Append, Writer};

use crate::store_conformance::place::Folder;

/// Set for the child: the data folder.
const CHILD: &str = "ATTENDANT_TEST_FSYNC_CHILD";
const APPENDS: usize = 20;

/// The child's part; without its variable it is a test of nothing and says so by its name.
#[tokio::test]
async fn child_appends_when_asked() {
    let Some(folder) = std::env::var_os(CHILD) else {
        return;
    };
    let store = Store::open(Path::new(&folder)).unwrap();
    let id = ConversationId::new("c1");
    store
        .create_conversation(&id, "hash", Channel::Chat, 1, vec![])
        .await
        .unwrap();
    for n in 0..APPENDS {
        say(&format!("asked {n}"));
        let wrote = EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new(format!("m{n}")),
            client_id: None,
            private: Some(ShopperWords::new("where is my order?")),
        });
        let writer = Writer::Shopper {
            holder: "child".to_owned(),
        };
        store
            .append(&id, Append::new(writer, 2, vec![wrote]))
            .await
            .unwrap();
        say(&format!("acknowledged {n}"));
    }
}

/// One line in one system call.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

#[derive(Debug, PartialEq)]
enum Call {
    Said(String),
    WroteLog,
    /// A sync of the write-ahead log that has returned 0.
    SyncedLog,
}

/// The calls of interest in the order in which they ended. `strace -f` prints a call that another
/// thread interrupts in two parts; only the second says that it is over.
fn calls(trace: &str) -> Vec<Call> {
    let mut begun: HashMap<&str, String> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, text)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let text = text.trim_start();
        if let Some(start) = text.strip_suffix("<unfinished ...>") {
            begun.insert(thread, start.to_owned());
            continue;
        }
        let whole = match text
            .strip_prefix("<... ")
            .and_then(|rest| rest.split_once("resumed>"))
        {
            Some((_, rest)) => begun.remove(thread).unwrap_or_default() + rest,
            None => text.to_owned(),
        };
        calls.extend(call(&whole));
    }
    calls
}

fn call(text: &str) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let log = arguments
        .split([',', ')'])
        .next()?
        .contains("attendant.db-wal>");
    match name {
        "fsync" | "fdatasync" if log && result.trim() == "0" => Some(Call::SyncedLog),
        "write" | "pwrite64" | "writev" | "pwritev" if log => Some(Call::WroteLog),
        "write" => {
            let words = arguments.split('"').nth(1)?;
            let said = words.starts_with("asked ") || words.starts_with("acknowledged ");
            said.then(|| Call::Said(words.trim_end_matches("\\n").to_owned()))
        }
        _ => None,
    }
}

/// Each append between its question and its acknowledgement: written, then synced.
fn check(calls: &[Call]) -> Result<(), String> {
    let place = |line: String| {
        let said = calls
            .iter()
            .position(|call| *call == Call::Said(line.clone()));
        said.ok_or(format!("\"{line}\" is not in the trace"))
    };
    for n in 0..APPENDS {
        let (from, to) = (
            place(format!("asked {n}"))?,
            place(format!("acknowledged {n}"))?,
        );
        let between = calls
            .get(from..to)
            .ok_or(format!("{n} was acknowledged before it was asked"))?;
        let wrote = between.iter().rposition(|call| *call == Call::WroteLog);
        let synced = between.iter().rposition(|call| *call == Call::SyncedLog);
        match (wrote, synced) {
            (Some(wrote), Some(synced)) if synced > wrote => {}
            _ => return Err(format!("{n} was acknowledged without a sync: {between:?}")),
        }
    }
    Ok(())
}

#[test]
fn an_append_is_synced_before_it_is_acknowledged() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let trace_file = folder.0.join("trace");
    let child = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-e",
            "trace=fsync,fdatasync,write,pwrite64,writev,pwritev",
            "-o",
        ])
        .arg(&trace_file)
        .arg(std::env::current_exe().unwrap())
        .args([
            "store_fsync::child_appends_when_asked",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, &folder.0)
        .output();
    let child = match child {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let why = "install strace: that appends are synced was not checked";
            crate::skips::without_program("store_fsync", why);
            return;
        }
        child => child.unwrap(),
    };
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let trace = std::fs::read_to_string(&trace_file).unwrap();
    check(&calls(&trace)).unwrap_or_else(|wrong| panic!("{wrong}\n{trace}"));
}

/// The check itself must be able to fail: each of these traces lacks what it looks for.
#[test]
fn a_trace_without_the_sync_does_not_pass() {
    let wal = "5</data/attendant.db-wal>";
    let trace = |middle: &str| {
        let one = |n| {
            format!(
                "7 write(1<pipe:[1]>, \"asked {n}\\n\", 8) = 8\n{middle}\n\
                     7 write(1<pipe:[1]>, \"acknowledged {n}\\n\", 15) = 15\n"
            )
        };
        (0..APPENDS).map(one).collect::<String>()
    };
    let write = format!("8 pwrite64({wal}, \"...\", 24, 0) = 24");
    let good = [
        format!("{write}\n8 fdatasync({wal}) = 0"),
        format!(
            "{write}\n8 fsync({wal} <unfinished ...>\n7 write(2</x>, \"\", 0) = 0\n8 <... fsync resumed>) = 0"
        ),
    ];
    let bad = [
        String::new(),
        write.clone(),
        format!("8 fdatasync({wal}) = 0"),
        format!("8 fdatasync({wal}) = 0\n{write}"),
        format!("{write}\n8 fdatasync({wal}) = -1 EIO (Input/output error)"),
        format!("{write}\n8 fdatasync({wal} <unfinished ...>"),
        format!("{write}\n8 fdatasync(6</data/attendant.db>) = 0"),
    ];
    for middle in &good {
        check(&calls(&trace(middle))).unwrap();
    }
    for middle in &bad {
        assert!(check(&calls(&trace(middle))).is_err(), "{middle}");
    }
    assert!(check(&[]).is_err());
}
