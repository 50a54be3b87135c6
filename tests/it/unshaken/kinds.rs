//! What endpoints do wrong, a row each.

use serde_json::{Value, json};

use crate::wire::{DONE, End, Reply, chunk, event};

/// One way of going wrong.
pub struct Kind {
    pub name: &'static str,
    pub reply: Reply,
    pub came: Came,
    /// It is in a stream, so a sentence may have left before it.
    pub in_stream: bool,
}

/// What has to come of it.
#[derive(Clone, Copy)]
pub enum Came {
    /// A failed call; the operator reads these words.
    Failed(&'static str),
    /// An answer of which the model is told in a tool's result, with these words.
    Told(&'static str),
    /// More than a reply may hold: its beginning, and a person.
    TooLong,
}

const EVENTS: &str = "data: ";

fn stream(pieces: impl IntoIterator<Item = String>) -> Reply {
    Reply::stream(pieces)
}

fn text(words: &str) -> String {
    chunk(json!({ "content": words }), None)
}

fn end(finish: &str) -> String {
    chunk(json!({}), Some(finish)) + DONE
}

fn call(id: &str, tool: &str, arguments: &str) -> Value {
    json!({ "id": id, "function": { "name": tool, "arguments": arguments } })
}

fn calls(calls: impl IntoIterator<Item = Value>) -> String {
    let mut all: Vec<Value> = calls.into_iter().collect();
    for (index, call) in all.iter_mut().enumerate() {
        call["index"] = json!(index);
    }
    chunk(json!({ "tool_calls": all }), None)
}

/// A sentence, perhaps, and a look at an order; its id is always the same.
pub fn looks_up_saying(words: &str, order: &str) -> Reply {
    let arguments = json!({ "order_number": order }).to_string();
    let call = calls([call("same", "lookup_order", &arguments)]);
    stream([text(words), call, end("tool_calls")])
}

pub fn kinds(order: &str) -> Vec<Kind> {
    let mut kinds = refusals();
    kinds.extend(broken());
    kinds.extend(withheld_or_cut());
    kinds.extend(called(order));
    kinds.extend(endless());
    kinds
}

/// Statuses, each with the shopper's words in what it says.
fn refusals() -> Vec<Kind> {
    let statuses = [
        ("400", 400),
        ("401", 401),
        ("404", 404),
        ("408", 408),
        ("409", 409),
        ("413", 413),
        ("429", 429),
        ("500", 500),
        ("503", 503),
    ];
    let kind = |(name, status)| {
        let words = "invalid input: the word is xyzzy 4711 please";
        let body = json!({ "error": { "message": words, "code": null } }).to_string();
        let reply = Reply::error(status, "application/json", &body);
        Kind {
            name,
            // A shop's shopper is not kept waiting by it in a test that has no chain.
            reply: if status == 429 {
                reply.header("retry-after", "7")
            } else {
                reply
            },
            came: Came::Failed(name),
            in_stream: false,
        }
    };
    statuses.into_iter().map(kind).collect()
}

fn broken() -> Vec<Kind> {
    let half = || calls([call("a", "lookup_order", "{\"order_nu")]);
    let mut kinds = Vec::new();
    let mut add = |name, reply, words| {
        kinds.push(Kind {
            name,
            reply,
            came: Came::Failed(words),
            in_stream: true,
        });
    };
    let cut = stream([half()]).end(End::Cut);
    add("cut in a call's arguments", cut, "lost");
    add("ended in a call's arguments", stream([half()]), "cut off");
    let not_json = stream([format!("{EVENTS}{{\"choices\": xyzzy\n\n")]);
    add("invalid JSON", not_json, "not JSON");
    let other = event(&json!({ "choices": "xyzzy 4711" }));
    add("another format", stream([other]), "not of the format");
    let told = event(&json!({ "error": { "message": "overloaded", "code": "server_error" } }));
    add("an error in the stream", stream([told]), "overloaded");
    let line = text(&"word ".repeat(2_000_000));
    add("10 MB in one line", stream([line]), "too much");
    let html = Reply::error(200, "text/html", "<html>xyzzy 4711</html>");
    kinds.push(Kind {
        name: "a page",
        reply: html,
        came: Came::Failed("text/html"),
        in_stream: false,
    });
    kinds
}

fn withheld_or_cut() -> Vec<Kind> {
    let half = || calls([call("a", "lookup_order", "{\"order_nu")]);
    let refusal = chunk(json!({ "refusal": "I cannot say xyzzy" }), None);
    let rows = [
        ("an empty answer", stream([end("stop")]), "empty", false),
        (
            "white space",
            stream([text(" \n\n "), end("stop")]),
            "empty",
            false,
        ),
        (
            "a refusal",
            stream([refusal, end("stop")]),
            "withheld",
            true,
        ),
        (
            "a content filter",
            stream([end("content_filter")]),
            "withheld",
            true,
        ),
        (
            "cut in the middle of a sentence",
            stream([text("Your order is"), end("length")]),
            "length limit",
            true,
        ),
        (
            "cut in the middle of a call",
            stream([half(), end("length")]),
            "length limit",
            true,
        ),
    ];
    let kind = |(name, reply, words, in_stream)| Kind {
        name,
        reply,
        came: Came::Failed(words),
        in_stream,
    };
    rows.into_iter().map(kind).collect()
}

fn called(order: &str) -> Vec<Kind> {
    let one = |tool: &str, arguments: &str| {
        stream([calls([call("a", tool, arguments)]), end("tool_calls")])
    };
    let number = json!({ "order_number": order }).to_string();
    let twice = [(); 2].map(|()| call("same", "lookup_order", &number));
    let many = (0..200).map(|n| call(&format!("c{n}"), "lookup_order", &number));
    let rows = [
        ("an unknown tool", one("no_such_tool", "{}"), "no_such_tool"),
        (
            "wrong types",
            one("lookup_order", "{\"order_number\":[1,2]}"),
            "order_number",
        ),
        (
            "arguments that are not JSON",
            one("lookup_order", "{\"order_nu"),
            "JSON",
        ),
        (
            "200 calls at once",
            stream([calls(many), end("tool_calls")]),
            "first 8",
        ),
        (
            "the same id twice",
            stream([calls(twice), end("tool_calls")]),
            "order",
        ),
    ];
    let kind = |(name, reply, words)| Kind {
        name,
        reply,
        came: Came::Told(words),
        in_stream: true,
    };
    rows.into_iter().map(kind).collect()
}

/// 10 MB of sentences, no two alike, in pieces as a model makes them.
fn endless() -> Vec<Kind> {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    let word = |n: usize| String::from_iter([n, n / 26, n / 676, n / 17_576].map(letter));
    let sentence = |n: usize| format!("Think of {} again. ", word(n));
    let piece = |n: usize| (n * 40..(n + 1) * 40).map(sentence).collect::<String>();
    let pieces = (0..10_000).map(|n| text(&piece(n)));
    vec![Kind {
        name: "10 MB of sentences",
        reply: stream(pieces),
        came: Came::TooLong,
        in_stream: true,
    }]
}
