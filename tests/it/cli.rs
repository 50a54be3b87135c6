//! The program from outside: its commands, exit codes and what it prints.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::running::Folder;

/// The program on a folder with the small demo shop.
pub fn attendant(folder: &Folder, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attendant"));
    command
        .args(args)
        .arg("--data")
        .arg(folder.path())
        .env("ATTENDANT_DEMO", "small");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn done(folder: &Folder, args: &[&str]) -> Output {
    attendant(folder, args).output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A server that is ended with the test.
pub struct Server {
    pub child: Child,
    pub url: String,
}

impl Server {
    /// Starts it on a free port; when this returns, it answers.
    pub fn start(folder: &Folder) -> Self {
        let mut command = attendant(folder, &["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim()
            .strip_prefix("Attendant runs on ")
            .unwrap_or_else(|| {
                panic!("the server does not say where it runs: {line:?}");
            });
        Self {
            url: url.to_owned(),
            child,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The demo shopper in a situation.
pub fn shopper(folder: &Folder, situation: &str) -> (String, String) {
    let output = done(folder, &["demo", "--json"]);
    let demo: Value = serde_json::from_str(out(&output)).unwrap();
    let shoppers = demo["shoppers"].as_array().unwrap();
    let found = shoppers
        .iter()
        .find(|shopper| shopper["situation"] == situation)
        .unwrap();
    let order = found["orders"][0].as_str().unwrap_or_default();
    (
        found["email"].as_str().unwrap().to_owned(),
        order.to_owned(),
    )
}

fn piped(folder: &Folder, email: &str, input: &[u8]) -> Output {
    let mut child = attendant(folder, &["chat", "--as", email])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_pipe_asks_returns_and_gets_its_slip_without_a_server() {
    let folder = Folder::new("pipe");
    let (email, order) = shopper(&folder, "delivered_two_items");
    let input = b"hi, where is my order?\nI want to return the second item, too small\nyes\n";
    let output = piped(&folder, &email, input);
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    for word in [order.as_str(), "Return slip RT-", "/slips/", "size=a6"] {
        assert!(said.contains(word), "{word} is missing in:\n{said}");
    }
    // Nobody serves this folder, and the letter is out all the same.
    let mails: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&email), "{}", mails[0]);
    for inside in ["lookup_order", "start_return", "{\""] {
        assert!(!said.contains(inside), "{inside} has leaked in:\n{said}");
    }
}

#[test]
fn the_buttons_of_the_terminal_act_once_and_on_what_was_shown() {
    let folder = Folder::new("buttons");
    let (email, _) = shopper(&folder, "delivered_two_items");
    let input = b"/confirm\nI want to return the second item, too small\n/cancel\n/confirm\n\
        I want to return the second item, too small\n/confirm\n/confirm\n/cancel\n/quit\nhi\n";
    let output = piped(&folder, &email, input);
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    assert_eq!(said.matches("Return slip RT-").count(), 1, "{said}");
    assert!(
        said.starts_with("There is nothing to confirm or cancel"),
        "{said}"
    );
    assert!(said.contains("no longer open"), "{said}");
    assert!(said.contains("already confirmed"), "{said}");
}

#[test]
fn bad_lines_are_refused_one_by_one_and_the_conversation_goes_on() {
    let folder = Folder::new("lines");
    let (email, order) = shopper(&folder, "waiting");
    let mut input = b"\n  \n\xff\xfe\n".to_vec();
    input.extend(vec![b'a'; 1_000_000]);
    input.extend(b"\nwhere is my order?");
    let output = piped(&folder, &email, &input);
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("not valid UTF-8"), "{said}");
    assert!(said.contains("too long"), "{said}");
    assert!(said.contains(&order), "{said}");
}

#[test]
fn who_is_not_a_customer_is_told_so_and_wrong_usage_is_another_code() {
    let folder = Folder::new("codes");
    let unknown = done(&folder, &["chat", "--as", "nobody@example.com"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        err(&unknown).contains("nobody@example.com"),
        "{}",
        err(&unknown)
    );
    assert_eq!(
        done(&folder, &["token", "--customer", "nobody@example.com"])
            .status
            .code(),
        Some(1)
    );
    let missing = done(&folder, &["show", "c_unknown"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(err(&missing).contains("c_unknown"), "{}", err(&missing));
    for wrong in [
        &["fly"][..],
        &["serve", "--lisen", "x"],
        &["token"],
        &["--no-demo", "demo"],
    ] {
        assert_eq!(done(&folder, wrong).status.code(), Some(2), "{wrong:?}");
    }
    let (email, _) = shopper(&folder, "waiting");
    let token = done(&folder, &["token", "--customer", &email]);
    assert_eq!(out(&token).trim().split('.').count(), 3);
}

#[test]
fn a_wrong_key_in_the_file_stops_the_start_and_is_named() {
    let folder = Folder::new("config");
    std::fs::write(
        folder.path().join("attendant.toml"),
        "lisen = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    let output = done(&folder, &["demo"]);
    assert_eq!(output.status.code(), Some(1));
    let said = err(&output);
    assert!(
        said.contains("attendant.toml") && said.contains("lisen"),
        "{said}"
    );
}

#[test]
fn a_second_server_names_the_first_and_everything_else_works_beside_it() {
    let folder = Folder::new("second");
    let first = Server::start(&folder);
    let second = done(&folder, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(err(&second).contains(&first.url), "{}", err(&second));

    let other = Folder::new("other");
    let address = first.url.trim_start_matches("http://");
    let taken = done(&other, &["--listen", address]);
    assert_eq!(taken.status.code(), Some(1));
    assert!(err(&taken).contains("in use"), "{}", err(&taken));

    let (email, order) = shopper(&folder, "delivered_two_items");
    let output = piped(
        &folder,
        &email,
        b"I want to return the second item, too small\nyes\n",
    );
    assert!(output.status.success(), "{}", err(&output));
    // Links lead to the server that runs.
    assert!(
        out(&output).contains(&format!("{}/slips/", first.url)),
        "{}",
        out(&output)
    );
    assert!(out(&output).contains(&order), "{}", out(&output));
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_stop_ends_in_order() {
    let folder = Folder::new("term");
    let mut server = Server::start(&folder);
    let id = server.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    if let Some(mut errors) = server.child.stderr.take() {
        errors.read_to_string(&mut rest).unwrap();
    }
    assert!(!rest.contains("panic"), "{rest}");
    // The folder is free again.
    drop(Server::start(&folder));
}

/// A code that only came when the chat is over would be of no use in it.
#[test]
fn mail_leaves_while_the_chat_goes_on_and_is_listed() {
    let folder = Folder::new("mail");
    let empty = done(&folder, &["mail", "list"]);
    assert!(out(&empty).contains("No mail"), "{}", out(&empty));
    let (email, _) = shopper(&folder, "delivered_two_items");
    let mut child = attendant(&folder, &["chat", "--as", &email])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(b"where is my order?\nI want to return the second item, too small\nyes\n")
        .unwrap();
    let is_there = || {
        let found = std::fs::read_dir(folder.path().join("mail")).into_iter();
        let mut names = found.flatten().flatten().map(|entry| entry.path());
        names.any(|path| path.extension().is_some_and(|end| end == "eml"))
    };
    let start = std::time::Instant::now();
    while !is_there() && start.elapsed() < crate::running::DEADLINE {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(is_there() && child.try_wait().unwrap().is_none());
    drop(stdin);
    child.wait().unwrap();

    let listed: Value =
        serde_json::from_str(out(&done(&folder, &["mail", "list", "--json"]))).unwrap();
    let mails = listed["mails"].as_array().unwrap();
    assert_eq!(
        (mails.len(), &listed["outbox"]),
        (1, &serde_json::json!([]))
    );
    let (name, subject) = (
        mails[0]["name"].as_str().unwrap(),
        mails[0]["subject"].as_str().unwrap(),
    );
    assert!(
        mails[0]["to"].as_str().unwrap().contains(&email),
        "{listed}"
    );
    assert!(subject.starts_with("Your return RT-"), "{subject}");
    for shown in [
        done(&folder, &["mail", "list"]),
        done(&folder, &["mail", "show", name]),
    ] {
        for word in [subject, "Print the return slip", "/slips/"] {
            assert!(
                out(&shown).contains(word),
                "{word} is missing in {}",
                out(&shown)
            );
        }
    }
    for wrong in ["nothing.eml", "../attendant.db", ""] {
        let output = done(&folder, &["mail", "show", wrong]);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("mail list"), "{}", err(&output));
    }
}

/// A key is shown once, works beside a running server, and ends when it is removed.
#[tokio::test]
async fn keys_are_made_listed_and_ended() {
    let folder = Folder::new("keys");
    let server = Server::start(&folder);
    let made = done(&folder, &["key", "add", "app", "--per-minute", "9"]);
    let key = out(&made).trim().to_owned();
    assert!(key.starts_with("ak_"), "{key}");
    let turn = || {
        let request = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = request.post(format!("{}/api/turns", server.url));
        let body = r#"{"conversation": "1", "text": "hello"}"#;
        request.bearer_auth(&key).body(body).send()
    };
    assert_eq!(turn().await.unwrap().status().as_u16(), 200);
    let listed = done(&folder, &["key", "list"]);
    assert!(
        out(&listed).starts_with("app  for turns, since ") && out(&listed).contains("9 a minute")
    );
    assert!(!out(&listed).contains(&key));
    let twice = done(&folder, &["key", "add", "app"]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(err(&twice).contains("already"), "{}", err(&twice));
    for odd in ["", "two words", "ключ"] {
        assert_eq!(
            done(&folder, &["key", "add", odd]).status.code(),
            Some(2),
            "{odd}"
        );
    }
    assert!(done(&folder, &["key", "remove", "app"]).status.success());
    assert_eq!(turn().await.unwrap().status().as_u16(), 401);
    let gone = done(&folder, &["key", "remove", "app"]);
    assert!(err(&gone).contains("key list"), "{}", err(&gone));
}

#[test]
fn check_prints_what_is_in_force_and_names_the_key_that_is_wrong() {
    let folder = Folder::new("check");
    let file = folder.path().join("attendant.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write(
        "customer_secret = \"a-secret-of-some-length\"\n[autonomy]\ndefault = \"auto\"\n\
         [autonomy.email]\ndefault = \"draft\"\n[autonomy.chat]\nstart_return = \"off\"\n",
    );
    let output = done(&folder, &["check"]);
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("autonomy.email: answer draft"), "{said}");
    assert!(
        said.contains("autonomy.chat: answer auto, ") && said.contains("start_return off"),
        "{said}"
    );
    assert!(!said.contains("a-secret"), "{said}");
    for (text, key) in [
        ("[autonomy.sms]\nanswer = \"auto\"", "autonomy.sms"),
        (
            "[autonomy.chat]\nstart_retrun = \"off\"",
            "autonomy.chat.start_retrun",
        ),
        (
            "[autonomy.chat]\nlookup_order = \"off\"",
            "autonomy.chat.lookup_order",
        ),
        (
            "[autonomy.chat]\nanswer = \"never\"",
            "autonomy.chat.answer",
        ),
    ] {
        write(text);
        for command in ["check", "chat"] {
            let output = done(&folder, &[command]);
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert!(err(&output).contains(key), "{}", err(&output));
        }
    }
}

#[test]
fn a_dry_run_in_the_terminal_says_what_would_have_been_done() {
    let folder = Folder::new("dry");
    let (email, _) = shopper(&folder, "delivered_two_items");
    let mut child = attendant(&folder, &["chat", "--as", &email, "--dry-run"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let input = b"I want to return the second item, too small\nyes\n";
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = out(&output);
    assert!(said.contains("this is a dry run"), "{said}");
    assert!(!said.contains("RT-"), "{said}");
    assert_eq!(
        std::fs::read_dir(folder.path().join("mail"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn keys_are_made_for_what_they_open() {
    let folder = Folder::new("keys");
    for args in [
        &["key", "add", "shop"][..],
        &["key", "add", "desk", "--for", "approvals"],
    ] {
        assert!(done(&folder, args).status.success());
    }
    let list = done(&folder, &["key", "list"]);
    let said = out(&list);
    assert!(said.contains("desk  for approvals, since "), "{said}");
    assert!(said.contains("shop  for turns, since "), "{said}");
    let wrong = done(&folder, &["key", "add", "x", "--for", "everything"]);
    assert_eq!(wrong.status.code(), Some(2));
}

/// A dry run would call off what was confirmed before it.
#[tokio::test]
async fn a_dry_run_does_not_start_on_what_is_half_done() {
    use attendant::domain::event::{Channel, ConfirmedBy, EventBody, ProposalConfirmed};
    use attendant::domain::ids::{ConversationId, IdempotencyKey, ProposalId};
    let folder = Folder::new("half-done");
    let store = attendant::store::Store::open(folder.path()).unwrap();
    let confirmed = EventBody::ProposalConfirmed(ProposalConfirmed {
        proposal: ProposalId::new("p"),
        hash: "h".into(),
        by: ConfirmedBy::Button,
        key: IdempotencyKey::new("k"),
    });
    let id = ConversationId::new("c");
    store
        .create_conversation(&id, "h", Channel::Chat, 1, vec![confirmed])
        .await
        .unwrap();
    let output = done(&folder, &["serve", "--listen", "127.0.0.1:0", "--dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("in 1 conversation"),
        "{}",
        err(&output)
    );
}

#[test]
fn budgets_and_what_is_left_of_them_are_shown() {
    let folder = Folder::new("budgets");
    let file = "model_url = \"http://127.0.0.1:9/v1\"\nmodel_name = \"large\"\n\
                [budget]\nmoney_per_day = \"20.50\"\n\
                [price.\"small\"]\ninput = \"0.40\"\noutput = \"1.60\"\n";
    std::fs::write(folder.path().join("attendant.toml"), file).unwrap();
    let output = done(&folder, &["check"]);
    let said = out(&output);
    for line in [
        "budget.money_per_day = 20.50",
        "budget.tokens_per_turn = no limit",
        "price.\"small\" = 0.40 in, 0.40 cached, 1.60 out, of a million tokens",
        "to mend: there is no [price.\"large\"]: what this model is asked counts as costing nothing",
        "to mend: [price.\"small\"] is of a model that is not asked",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\n{said}");
    }
    let output = done(&folder, &["ops", "usage", "--json"]);
    let said = out(&output);
    let shown: serde_json::Value = serde_json::from_str(said).unwrap();
    assert_eq!(shown["budgets"][0]["left_today"], "20.50", "{said}");
    assert_eq!(shown["days"], serde_json::json!([]));
    let wrong = done(&folder, &["ops", "usage", "--days", "0"]);
    assert_eq!(wrong.status.code(), Some(2));
}
