//! A model for tests: plays answers that the test wrote, records every request, and holds each one
//! against what a real endpoint insists on. It decides nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::Semaphore;

use super::{Message, Model, ModelError, ModelEvent, ModelRequest, Purpose, StopReason, ToolCall};
use crate::domain::event::Usage;
use crate::domain::ids::CallId;

/// One answer, in the order in which its parts are streamed. Without `stop` or `error` it ends as
/// an endpoint would end it: `ToolCalls` when it holds a call, `Finished` when not.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    parts: Vec<Part>,
    stop: Option<StopReason>,
}

#[derive(Clone, Debug)]
enum Part {
    Event(ModelEvent),
    Error(ModelError),
    /// Goes on when the test adds a permit.
    Wait(Arc<Semaphore>),
}

impl Answer {
    pub fn new() -> Self {
        Self::default()
    }

    /// One piece of text; several pieces arrive one by one.
    pub fn text(self, piece: impl Into<String>) -> Self {
        self.event(ModelEvent::Text(piece.into()))
    }

    pub fn call(self, id: &str, tool: &str, arguments: impl ToString) -> Self {
        self.event(ModelEvent::Call(ToolCall {
            id: CallId::new(id),
            tool: tool.to_owned(),
            arguments: arguments.to_string(),
        }))
    }

    pub fn usage(self, input_tokens: u64, output_tokens: u64) -> Self {
        self.event(ModelEvent::Usage(Usage {
            cached_tokens: 0,
            input_tokens,
            output_tokens,
        }))
    }

    /// Holds the stream here until the test adds a permit: order without sleeping. A semaphore
    /// that never gets one is an endpoint that hangs.
    pub fn wait(mut self, gate: &Arc<Semaphore>) -> Self {
        self.parts.push(Part::Wait(Arc::clone(gate)));
        self
    }

    pub fn stop(mut self, reason: StopReason) -> Self {
        self.stop = Some(reason);
        self
    }

    /// Ends the answer in an error; what was added before is streamed first.
    pub fn error(mut self, error: ModelError) -> Self {
        self.parts.push(Part::Error(error));
        self
    }

    /// An endpoint that is down for now.
    pub fn transient() -> Self {
        Self::new().error(ModelError::Transient {
            detail: "503 scripted".to_owned(),
            retry_after: None,
        })
    }

    fn event(mut self, event: ModelEvent) -> Self {
        self.parts.push(Part::Event(event));
        self
    }

    fn ended(mut self) -> Vec<Part> {
        let error = |part: &Part| matches!(part, Part::Error(_));
        let call = |part: &Part| matches!(part, Part::Event(ModelEvent::Call(_)));
        if let Some(at) = self.parts.iter().position(error) {
            self.parts.truncate(at + 1);
            return self.parts;
        }
        let stop = match self.stop {
            Some(stop) => stop,
            None if self.parts.iter().any(call) => StopReason::ToolCalls,
            None => StopReason::Finished,
        };
        self.parts.push(Part::Event(ModelEvent::End(stop)));
        self.parts
    }
}

/// Cloned freely; all clones share one script and one record.
#[derive(Clone)]
pub struct Scripted {
    script: Arc<Script>,
    record: Arc<Mutex<Record>>,
    serves: &'static [Purpose],
    name: &'static str,
}

enum Script {
    List(Mutex<VecDeque<Answer>>),
    By(Box<dyn Fn(&ModelRequest) -> Answer + Send + Sync>),
}

#[derive(Default)]
struct Record {
    requests: Vec<ModelRequest>,
    violations: Vec<String>,
}

impl Scripted {
    /// Plays the answers one by one; being asked once more is a violation.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with(Script::List(Mutex::new(answers.into_iter().collect())))
    }

    /// Answers by looking at the request.
    pub fn by(answer: impl Fn(&ModelRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(Script::By(Box::new(answer)))
    }

    fn with(script: Script) -> Self {
        Self {
            script: Arc::new(script),
            record: Arc::default(),
            serves: &[Purpose::Answer],
            name: "scripted",
        }
    }

    /// The same script under another name.
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same script, asked for these purposes too.
    pub fn serving(self, serves: &'static [Purpose]) -> Self {
        Self { serves, ..self }
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<ModelRequest> {
        lock(&self.record).requests.clone()
    }

    /// What a real endpoint would have refused in the requests so far.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.record).violations.clone()
    }

    /// Answers that nobody has asked for yet.
    pub fn left(&self) -> usize {
        match &*self.script {
            Script::List(answers) => lock(answers).len(),
            Script::By(_) => 0,
        }
    }

    /// For a test's last line: every answer was asked for, and no request broke the wire's rules.
    ///
    /// # Panics
    /// When that is not so.
    pub fn assert_done(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "{}", violations.join("\n"));
        assert_eq!(self.left(), 0, "answers that were never asked for");
    }

    fn answer(&self, request: &ModelRequest) -> Answer {
        let found = match &*self.script {
            Script::List(answers) => lock(answers).pop_front(),
            Script::By(answer) => Some(answer(request)),
        };
        let mut record = lock(&self.record);
        let at = record.requests.len() + 1;
        let mut broken = violations(&request.messages);
        if found.is_none() {
            broken.push("the script has no answer left".to_owned());
        }
        let numbered = broken
            .into_iter()
            .map(|what| format!("request {at}: {what}"));
        record.violations.extend(numbered);
        record.requests.push(request.clone());
        found.unwrap_or_else(|| {
            Answer::new().error(ModelError::Permanent {
                detail: "the script has no answer left".to_owned(),
            })
        })
    }
}

impl Model for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn serves(&self, purpose: Purpose) -> bool {
        self.serves.contains(&purpose)
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        stream::iter(self.answer(&request).ended())
            .filter_map(|part| async move {
                match part {
                    Part::Event(event) => Some(Ok(event)),
                    Part::Error(error) => Some(Err(error)),
                    Part::Wait(gate) => {
                        if let Ok(permit) = gate.acquire().await {
                            permit.forget();
                        }
                        None
                    }
                }
            })
            .boxed()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an endpoint refuses in a list of messages: results that answer no call or the wrong one,
/// calls without a result before the next message, ids used twice, messages that say nothing.
fn violations(messages: &[Message]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut open: Vec<&ToolCall> = Vec::new();
    let mut known: Vec<&CallId> = Vec::new();
    if messages.is_empty() {
        broken.push("no messages".to_owned());
    }
    for (at, message) in messages.iter().enumerate() {
        if let Message::ToolResult { call, tool, .. } = message {
            match open.iter().position(|c| c.id == *call) {
                Some(found) if open.remove(found).tool == *tool => {}
                Some(_) => broken.push(format!("message {at}: result of {call} names {tool}")),
                None => broken.push(format!("message {at}: {call} has no call to answer")),
            }
            continue;
        }
        for call in open.drain(..) {
            broken.push(format!(
                "message {at}: comes before the result of {}",
                call.id
            ));
        }
        match message {
            Message::Assistant { text, calls } => {
                if text.is_empty() && calls.is_empty() {
                    broken.push(format!("message {at}: the assistant says nothing"));
                }
                for call in calls {
                    if known.contains(&&call.id) {
                        broken.push(format!("message {at}: call id {} is used twice", call.id));
                    }
                    known.push(&call.id);
                    open.push(call);
                }
            }
            Message::System(text) | Message::Context(text) | Message::User(text) => {
                if text.is_empty() {
                    broken.push(format!("message {at}: is empty"));
                }
            }
            Message::ToolResult { .. } => {}
        }
    }
    for call in open {
        broken.push(format!("the end: {} has no result", call.id));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: CallId::new(id),
            tool: "lookup_order".to_owned(),
            arguments: "{}".to_owned(),
        }
    }

    fn assistant(calls: &[&str]) -> Message {
        Message::Assistant {
            text: "".into(),
            calls: calls.iter().map(|id| call(id)).collect(),
        }
    }

    fn result(id: &str) -> Message {
        Message::ToolResult {
            call: CallId::new(id),
            tool: "lookup_order".to_owned(),
            content: "{}".into(),
        }
    }

    fn user() -> Message {
        Message::User("hi".into())
    }

    fn request(messages: Vec<Message>) -> ModelRequest {
        ModelRequest {
            messages,
            tools: Arc::from([]),
            max_output_tokens: 10,
            ..ModelRequest::default()
        }
    }

    /// Each rule of the wire is noticed, and a request that keeps them all is not complained of.
    #[test]
    fn notices_what_an_endpoint_would_refuse() {
        let fine = [
            user(),
            assistant(&["a", "b"]),
            result("b"),
            result("a"),
            user(),
        ];
        assert_eq!(violations(&fine), Vec::<String>::new());
        let broken: [&[Message]; 7] = [
            &[],
            &[user(), result("a")],
            &[user(), assistant(&["a"]), result("a"), result("a")],
            &[user(), assistant(&["a", "b"]), result("a"), user()],
            &[user(), assistant(&["a"])],
            &[user(), assistant(&[])],
            &[
                user(),
                assistant(&["a"]),
                result("a"),
                assistant(&["a"]),
                result("a"),
            ],
        ];
        for messages in broken {
            assert_eq!(violations(messages).len(), 1, "{messages:?}");
        }
    }

    /// Answers come in order and whole; past the last one the model fails and the test learns it.
    #[tokio::test]
    async fn plays_its_script_and_then_complains() {
        let model = Scripted::new([
            Answer::new()
                .text("One ")
                .text("moment.")
                .call("c1", "lookup_order", "{}"),
            Answer::new().text("cut").error(ModelError::Permanent {
                detail: "400".to_owned(),
            }),
        ]);
        let first: Vec<_> = model.stream(request(vec![user()])).collect().await;
        assert_eq!(first.len(), 4);
        assert!(matches!(
            first.last(),
            Some(Ok(ModelEvent::End(StopReason::ToolCalls)))
        ));
        let second: Vec<_> = model.stream(request(vec![user()])).collect().await;
        assert!(matches!(second[..], [Ok(_), Err(_)]));
        model.assert_done();
        let third: Vec<_> = model.stream(request(vec![user()])).collect().await;
        assert!(matches!(third[..], [Err(_)]));
        assert_eq!(model.violations().len(), 1);
        assert_eq!(model.requests().len(), 3);
    }

    /// A gate holds the stream between two pieces until the test opens it.
    #[tokio::test]
    async fn waits_at_a_gate() {
        let gate = Arc::new(Semaphore::new(0));
        let held = Arc::clone(&gate);
        let model = Scripted::by(move |_| Answer::new().text("a").wait(&held).text("b"));
        let mut events = model.stream(request(vec![user()]));
        assert!(matches!(events.next().await, Some(Ok(ModelEvent::Text(_)))));
        let mut next = Box::pin(events.next());
        assert!(futures_util::poll!(&mut next).is_pending());
        gate.add_permits(1);
        assert!(matches!(next.await, Some(Ok(ModelEvent::Text(_)))));
    }
}
