//! `attendant check`: how each endpoint is spoken to, and with `--model` whether it works.

use std::process::Output;

use super::*;
use crate::cli::attendant;
use crate::running::Folder;

async fn check(folder: &Folder, args: &[&str]) -> Output {
    let mut command = attendant(folder, args);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn out(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let both = text(&output.stdout) + &text(&output.stderr);
    assert!(!both.contains("-secret"), "{both}");
    both
}

fn configured(name: &str, text: &str) -> Folder {
    let folder = Folder::new(name);
    std::fs::write(folder.path().join("attendant.toml"), text).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn prints_how_each_endpoint_is_spoken_to() {
    let folder = configured(
        "check-prints",
        r#"
model_url = "https://shop.openai.azure.com/openai/v1"
model_key = "key-secret"
model_key_header = "api-key"
model_name = "gpt-4.1"
model_api = "responses"
model_judge = "gpt-4.1-mini"
[model_headers]
x-title = "title-secret"
[model_query]
api-version = "preview-secret"
[[fallback]]
url = "http://127.0.0.1:11434/v1"
name = "qwen3"
context_role = "user"
"#,
    );
    let output = check(&folder, &["check"]).await;
    let said = out(&output);
    assert!(output.status.success(), "{said}");
    for line in [
        "model.1 = gpt-4.1 at https://shop.openai.azure.com/openai/v1: responses, strict schemas, \
         key in api-key, headers x-title, query api-version\n",
        "model.2 = qwen3 at http://127.0.0.1:11434/v1: chat, loose schemas, no key, data about now \
         as user\n",
        "model.3 = gpt-4.1-mini at https://shop.openai.azure.com/openai/v1: responses, strict \
         schemas, key in api-key, headers x-title, query api-version, for judging\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let folder = configured(
        "check-wrong",
        "model_url = \"https://x/v1?key=a-secret\"\nmodel_name = \"m\"\n",
    );
    let output = check(&folder, &["check"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("model_query"), "{}", out(&output));
}

/// One call to each, which says what came and what to do; one that fails fails the whole.
#[tokio::test(flavor = "multi_thread")]
async fn asks_each_endpoint_once() {
    let words = r#"{"error":{"message":"Incorrect API key provided: key-secret"}}"#;
    let chat = Api::Chat;
    let first = WireServer::start([
        Reply::stream([said(chat, "OK"), ended(chat)]),
        Reply::error(401, "application/json", words),
        Reply::error(404, "application/json", r#"{"detail":"Not Found"}"#),
        Reply::error(200, "text/html", "<html>"),
        Reply::stream([said(chat, "OK")]),
        Reply::stream([ended(Api::Responses)]),
    ])
    .await;
    let api = Api::Responses;
    let responses = || Reply::stream([said(api, "OK"), ended(api)]);
    let second = WireServer::start((0..6).map(|_| responses())).await;
    let folder = configured(
        "check-asks",
        &format!(
            "model_url = \"{}\"\nmodel_key = \"key-secret\"\nmodel_name = \"one\"\n[[fallback]]\n\
             url = \"{}\"\nname = \"two\"\napi = \"responses\"\n",
            first.url, second.url
        ),
    );
    let works = check(&folder, &["check", "--model"]).await;
    let said = out(&works);
    assert!(works.status.success(), "{said}");
    assert!(
        said.contains(&format!("one at {}: works, ", first.url)),
        "{said}"
    );
    assert!(
        said.contains(&format!("two at {}: works, ", second.url)),
        "{said}"
    );
    for advice in [
        "401: Incorrect API key provided: …. What to do: the key is missing, wrong",
        "404: Not Found. What to do: nothing is there: see whether model_url",
        "text/html instead of an event stream. What to do: something else answers there",
        "cut off. What to do: the answer broke off",
        "set model_api to \"responses\". What to do: it is not the interface in model_api",
    ] {
        let output = check(&folder, &["check", "--model"]).await;
        let said = out(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(advice), "{advice}: {said}");
        assert!(
            said.contains("two at") && said.contains("1 endpoint does not work"),
            "{said}"
        );
    }
    let asked = first.asked();
    assert_eq!(asked.len(), 6);
    assert!(
        asked[0].raw.len() < 4_000,
        "{} bytes are not tiny",
        asked[0].raw.len()
    );
    assert_eq!(asked[0].body["tools"].as_array().unwrap().len(), 1);
    let question = asked[0].body["messages"][0]["content"].as_str().unwrap();
    assert!(question.contains("test of the connection"), "{question}");
}

/// Nobody listens, and no endpoint at all.
#[tokio::test(flavor = "multi_thread")]
async fn says_that_nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let folder = configured("check-nobody", &format!("model_url = \"{url}\"\n"));
    let output = check(&folder, &["check", "--model"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("whether the server runs"),
        "{}",
        out(&output)
    );
    let folder = configured("check-builtin", "");
    let output = check(&folder, &["check", "--model"]).await;
    assert!(output.status.success());
    assert!(
        out(&output).contains("the built-in model answers"),
        "{}",
        out(&output)
    );
}
