//! A server in this process for tests: on a folder and a port of its own, with a model of the
//! test's, and a client that reads its streams.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use attendant::agent::driver::Assistant;
use attendant::app::App;
use attendant::channels::chat::Chat;
use attendant::clock::Clock;
use attendant::config::{Config, DemoScale};
use attendant::domain::ids::Random;
use attendant::model::Model;
use attendant::web::{self, Site};
use futures_util::StreamExt as _;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Nothing in a test takes so long unless it hangs.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// A folder that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unique = format!("attendant-{name}-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct Running {
    pub url: String,
    pub app: App,
    pub assistant: Arc<Assistant>,
    pub chat: Chat,
    pub http: Client,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
    _folder: Folder,
}

impl Running {
    pub async fn start(name: &str, demo: DemoScale, model: impl Model + 'static) -> Self {
        Self::start_with(name, demo, model, |_| {}).await
    }

    /// The same with settings of the test's.
    pub async fn start_with(
        name: &str,
        demo: DemoScale,
        model: impl Model + 'static,
        set: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = Folder::new(name);
        let mut config = Config::read(folder.path(), []).unwrap();
        config.demo = demo;
        set(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = App::open_at(config, url.clone(), Clock::System, Random::Os)
            .await
            .unwrap();
        let assistant = app.assistant_with(Arc::new(model)).await.unwrap();
        let chat = Chat::new(assistant.clone());
        let (stop, stopped) = watch::channel(false);
        let site = Site::open(&app, &assistant, &url, stopped.clone())
            .await
            .unwrap();
        let serving = tokio::spawn(web::serve(listener, site, stopped));
        let http = Client::builder().no_proxy().build().unwrap();
        Self {
            url,
            app,
            assistant,
            chat,
            http,
            stop,
            serving,
            _folder: folder,
        }
    }

    /// Stops as a signal would, and waits for the end.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        timeout(DEADLINE, self.serving)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        timeout(DEADLINE, self.assistant.drain()).await.unwrap();
    }

    pub async fn conversation(&self) -> Conversation {
        self.conversation_with(&json!({})).await
    }

    pub async fn conversation_with(&self, body: &Value) -> Conversation {
        let url = format!("{}/api/chat/conversations", self.url);
        let response = self
            .http
            .post(&url)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        let started: Value = answer(response).await;
        let id = started["id"].as_str().unwrap();
        Conversation {
            url: format!("{url}/{id}"),
            id: id.to_owned(),
            token: started["token"].as_str().unwrap().to_owned(),
            http: self.http.clone(),
        }
    }
}

pub async fn answer(response: Response) -> Value {
    let text = timeout(DEADLINE, response.text()).await.unwrap().unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}

/// One conversation as a client holds it.
#[derive(Clone)]
pub struct Conversation {
    pub id: String,
    pub token: String,
    pub url: String,
    pub http: Client,
}

impl Conversation {
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.token)
    }

    pub fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.url))
            .bearer_auth(&self.token)
            .body(body)
    }

    /// Sends a message and follows its turn.
    pub async fn say(&self, text: &str) -> Events {
        let body = json!({"text": text}).to_string();
        let request = self
            .post("/messages", body)
            .header("accept", "text/event-stream");
        Events::of(request.send().await.unwrap())
    }

    pub async fn whole_turn(&self, text: &str) -> Vec<WireEvent> {
        self.say(text).await.rest().await
    }

    pub async fn follow(&self, after: Option<&str>) -> Events {
        let mut request = self.get("/events");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        Events::of(request.send().await.unwrap())
    }

    /// What `GET` of the conversation says.
    pub async fn folded(&self) -> Value {
        answer(self.get("").send().await.unwrap()).await
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct WireEvent {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
}

/// Reads server-sent events as their specification says.
pub struct Events {
    bytes: futures_util::stream::BoxStream<'static, Vec<u8>>,
    buffer: Vec<u8>,
}

impl Events {
    pub fn of(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let bytes = response
            .bytes_stream()
            .map(|chunk| chunk.unwrap_or_default().to_vec());
        Self {
            bytes: bytes.boxed(),
            buffer: Vec::new(),
        }
    }

    /// The next event; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<WireEvent> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = parse(std::str::from_utf8(&block).unwrap()) {
                    return Some(event);
                }
                continue;
            }
            let chunk = timeout(DEADLINE, self.bytes.next())
                .await
                .expect("the stream hangs")?;
            self.buffer.extend(chunk);
        }
    }

    pub async fn rest(&mut self) -> Vec<WireEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }

    /// Up to and with the first event of a name.
    pub async fn until(&mut self, name: &str) -> Vec<WireEvent> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await.expect("the stream ended too early");
            let found = event.name == name;
            events.push(event);
            if found {
                return events;
            }
        }
    }
}

fn parse(block: &str) -> Option<WireEvent> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .map(str::to_owned)
    };
    Some(WireEvent {
        id: field("id"),
        name: field("event")?,
        data: serde_json::from_str(&field("data")?).unwrap(),
    })
}

pub fn names(events: &[WireEvent]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}
