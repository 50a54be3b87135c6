//! What a configuration can say of an endpoint, and that nothing secret comes back.

use super::*;

fn all_set(url: &str, api: Api) -> OpenAiSettings {
    OpenAiSettings {
        url: url.to_owned(),
        key: "key-secret".to_owned(),
        key_header: Some("api-key".to_owned()),
        model: "gpt-test".to_owned(),
        api,
        headers: vec![
            ("x-title".to_owned(), "title-secret".to_owned()),
            ("x-team".to_owned(), "Bearer team-secret".to_owned()),
        ],
        query: vec![
            ("api-version".to_owned(), "2025-04-01 preview".to_owned()),
            ("key".to_owned(), "query-secret".to_owned()),
        ],
        strict: Some(true),
        context_as_user: true,
    }
}

/// The request with every setting, over both interfaces.
#[tokio::test]
async fn sends_every_setting() {
    for api in APIS {
        let server = WireServer::start([Reply::stream([said(api, "ok"), ended(api)])]).await;
        let model = OpenAi::new(&all_set(&server.url, api)).unwrap();
        assert!(model.is_strict());
        let events: Vec<_> = model.stream(conversation()).collect().await;
        assert_eq!(text(&events), "ok");
        let asked = &server.asked()[0];
        let mut headers = asked.headers.clone();
        for own in ["host", "content-length", "user-agent"] {
            assert!(headers.remove(own).is_some(), "{own}");
        }
        let mut shown: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        shown.sort();
        let body = serde_json::to_string_pretty(&asked.body).unwrap();
        let whole = format!("POST {}\n{}\n\n{body}", asked.path, shown.join("\n"));
        insta::assert_snapshot!(format!("every_setting_{api:?}"), whole);
    }
}

/// Without tools nothing of tools is said, whatever the call is for.
#[tokio::test]
async fn says_nothing_of_tools_without_tools() {
    for api in APIS {
        let server = WireServer::start([Reply::stream([ended(api)])]).await;
        let model = OpenAi::new(&all_set(&server.url, api)).unwrap();
        let mut request = request();
        request.purpose = attendant::model::Purpose::Summarise;
        let _: Vec<_> = model.stream(request).collect().await;
        let asked = String::from_utf8(server.asked()[0].raw.to_vec()).unwrap();
        assert!(!asked.contains("tool"), "{asked}");
    }
}

/// What a cache of prompts lives on: the next call of a conversation begins with the same bytes, up
/// to the data about now, and its tools are the same bytes too.
#[tokio::test]
async fn begins_like_the_call_before() {
    let history = [
        Message::System("You serve a shop.".into()),
        Message::User("where is it?".into()),
        Message::Assistant {
            text: "On its way.".into(),
            calls: Vec::new(),
        },
    ];
    let call = |now: &str, open: &str, tools: &Arc<[ToolSpec]>| {
        let mut messages = history.to_vec();
        messages.push(Message::Context(now.into()));
        messages.push(Message::User(open.into()));
        ModelRequest {
            messages,
            tools: tools.clone(),
            ..request()
        }
    };
    for api in APIS {
        let replies = (0..2).map(|_| Reply::stream([said(api, "ok"), ended(api)]));
        let server = WireServer::start(replies).await;
        let model = OpenAi::new(&OpenAiSettings {
            context_as_user: false,
            ..all_set(&server.url, api)
        })
        .unwrap();
        let tools = conversation().tools;
        for (now, open) in [
            ("It is ten.", "thanks"),
            ("It is eleven.", "one more thing"),
        ] {
            let _: Vec<_> = model.stream(call(now, open, &tools)).collect().await;
        }
        let asked = server.asked();
        let raw = |at: usize| String::from_utf8(asked[at].raw.to_vec()).unwrap();
        let until_now = |at: usize| raw(at).split("It is").next().unwrap().to_owned();
        assert!(until_now(0).contains("On its way."), "{}", raw(0));
        assert_eq!(until_now(0), until_now(1));
        let tools_of = |at: usize| {
            let raw = raw(at);
            let from = raw.find("\"tools\":").unwrap();
            raw[from..]
                .split("\"strict\":true")
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!(tools_of(0), tools_of(1));
    }
}

/// Settings that cannot work are refused before the first call, in words that say which, without
/// showing anything secret.
#[test]
fn refuses_settings_that_cannot_work() {
    let error = |change: &dyn Fn(&mut OpenAiSettings)| {
        let mut settings = all_set("https://api.openai.com/v1", Api::Chat);
        change(&mut settings);
        let error = OpenAi::new(&settings).err().map(|error| error.to_string());
        if let Some(words) = &error {
            assert!(!words.contains("secret"), "{words}");
        }
        error
    };
    assert_eq!(error(&|_| {}), None);
    for url in ["https://api.openai.com/v1/", "http://[::1]:8000/v1"] {
        assert_eq!(
            error(&|settings| settings.url = url.to_owned()),
            None,
            "{url}"
        );
    }
    for (url, word) in [
        ("", "not a URL"),
        ("api.openai.com/v1", "https://api.openai.com/v1"),
        ("ftp://x/v1", "neither http://"),
        ("http://", "not a URL"),
        ("https://x/v1?key=a-secret", "model_query"),
        ("https://secret:secret@x/v1", "model_key"),
        ("https//secret:secret@x?y=secret", "not a URL"),
        (
            "https://x/v1/chat/completions",
            "leave /chat/completions out",
        ),
        ("https://x/v1/responses/", "leave /responses out"),
    ] {
        let words = error(&|settings| settings.url = url.to_owned()).expect(url);
        assert!(words.contains(word), "{url}: {words}");
    }
    let header = |name: &str, value: &str| {
        let pair = (name.to_owned(), value.to_owned());
        error(&move |settings| settings.headers = vec![pair.clone()]).unwrap_or_default()
    };
    assert_eq!(header("x-a", "b"), "");
    for (name, value, word) in [
        ("x a", "b", "no name of a header"),
        ("x-a", "a\nsecret", "x-a holds characters"),
        ("Content-Type", "text/plain", "cannot be set"),
        ("host", "elsewhere", "cannot be set"),
        ("API-Key", "b", "set twice"),
    ] {
        let words = header(name, value);
        assert!(words.contains(word), "{name}: {words}");
    }
    for (change, word) in [
        (
            Box::new(|s: &mut OpenAiSettings| s.model = " ".to_owned())
                as Box<dyn Fn(&mut OpenAiSettings)>,
            "name a model",
        ),
        (
            Box::new(|s| s.key = "sk-1\nsecret".to_owned()),
            "its key holds characters",
        ),
        (Box::new(|s| s.key = " ".to_owned()), "there is none"),
        (
            Box::new(|s| s.key_header = Some("é".to_owned())),
            "no name of a header",
        ),
        (
            Box::new(|s| s.query = vec![(" ".to_owned(), "x".to_owned())]),
            "parameter without a name",
        ),
        (
            Box::new(|s| {
                s.key_header = None;
                s.headers = vec![("authorization".to_owned(), "Basic x".to_owned())];
            }),
            "set twice",
        ),
    ] {
        let words = error(&*change).expect(word);
        assert!(words.contains(word), "{words}");
    }
    // A header of one's own instead of a key.
    assert_eq!(
        error(&|s| {
            s.key = String::new();
            s.key_header = None;
            s.headers = vec![("authorization".to_owned(), "Basic x".to_owned())];
        }),
        None
    );
}

/// An endpoint that quotes what it was told in confidence, in a refusal or inside the stream, and
/// one that cannot be reached: no error shows it.
#[tokio::test]
async fn keeps_secrets_out_of_errors() {
    let quoted =
        "bad key key-secret, title-secret, team-secret, query-secret of 2025-04-01 preview";
    for api in APIS {
        let told = json!({"error": {"message": quoted, "code": 401}});
        let replies = [
            Reply::error(401, "application/json", &told.to_string()),
            Reply::stream([event(&told)]),
        ];
        let server = WireServer::start(replies).await;
        let model = OpenAi::new(&all_set(&server.url, api)).unwrap();
        let mut errors = Vec::new();
        for _ in 0..2 {
            let events: Vec<_> = model.stream(request()).collect().await;
            errors.push(error(&events).to_string());
        }
        for words in &errors {
            assert!(words.contains("bad key"), "{words}");
            assert!(words.contains("2025-04-01"), "no secret: {words}");
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = format!("http://{}/v1", listener.local_addr().unwrap());
        drop(listener);
        let model = OpenAi::new(&all_set(&nobody, api)).unwrap();
        let events: Vec<_> = model.stream(request()).collect().await;
        errors.push(format!("{:?}", error(&events)));
        for words in errors {
            assert!(!words.contains("secret"), "{words}");
        }
    }
}
