//! A model call: text leaves sentence by sentence, each past the guard; tool calls are collected.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::Run;
use crate::agent::guard::{Guard, Sentences, Violation};
use crate::clock;
use crate::domain::event::{
    AnswerWords, CallHead, EventBody, GuardStopped, ModelAnswered, ModelFailed, Released,
    StoppedWords, Usage, Words,
};
use crate::domain::ids::{CallId, MessageId};
use crate::domain::limits;
use crate::model::{ModelEvent, StopReason, ToolCall};
use crate::store::StoreError;
use crate::store::feed::{Live, Typist};

/// How a call ended.
enum Ending {
    Finished,
    Failed(String),
    Stopped(Violation),
    /// Somebody wrote: the log has to be read before anything else leaves.
    Interrupted,
}

/// What one call has given so far.
#[derive(Default)]
struct Answer {
    /// Who has given it, when the model says so.
    model: Option<Arc<str>>,
    /// Released in this call.
    said: String,
    calls: Vec<ToolCall>,
    usage: Usage,
    bytes: usize,
}

/// What a live event means for an answer that is being made.
#[derive(PartialEq)]
enum News {
    Nothing,
    /// A newer message of the shopper.
    Message,
    /// A person has taken over, or the storefront says who writes now.
    Person,
}

impl Run<'_> {
    pub(super) async fn call_model(&mut self) -> Result<(), StoreError> {
        let seen = self.session.turn.newest_message();
        let before = self.session.turn.released().to_owned();
        let message = self.session.message();
        if before.is_empty() && !self.drafts() {
            self.publish(Live::Typing(Typist::Assistant));
        }
        let mut request = self.assistant.frame.request(&self.session, self.now_ms());
        request.until = Some(self.model_until());
        let mut answer = Answer::default();
        let ending = self.listen(request, &before, &message, &mut answer).await;
        if matches!(ending, Ending::Interrupted) {
            self.restarts += 1;
            if !answer.said.is_empty() {
                self.publish(Live::Reset { message });
            }
            self.session.read_on(&self.parts.store).await?;
            return Ok(());
        }
        let said = !answer.said.is_empty();
        if said {
            let at = before.len() as u64;
            let words = Some(Words {
                text: std::mem::take(&mut answer.said),
            });
            self.note(EventBody::Released(Released {
                message,
                at,
                private: words,
            }));
        }
        self.conclude(ending, answer, seen, said);
        Ok(())
    }

    /// When the turn's time for model work is over; it begins with the first call.
    fn model_until(&mut self) -> Instant {
        let begins = || Instant::now() + limits::TURN_MODEL_TIME_MAX;
        *self.model_until.get_or_insert_with(begins)
    }

    /// Notes how the call ended.
    fn conclude(&mut self, ending: Ending, answer: Answer, seen: u64, said: bool) {
        let turn = &self.session.turn;
        // Behind what a broken answer left, silence is no end of a reply.
        let unsaid = turn.released().trim().is_empty() || (!said && turn.model_failures() > 0);
        let nothing = unsaid && answer.calls.is_empty();
        match ending {
            Ending::Finished if nothing => {
                self.model_failed("the answer was empty".to_owned(), &answer)
            }
            Ending::Finished => self.model_answered(answer, seen),
            Ending::Failed(detail) => self.model_failed(detail, &answer),
            Ending::Stopped(violation) => {
                warn!("the guard stopped a sentence");
                self.note(EventBody::GuardStopped(GuardStopped {
                    private: Some(StoppedWords {
                        sentence: violation.sentence,
                        reason: violation.reason,
                    }),
                }));
            }
            Ending::Interrupted => {}
        }
    }

    /// Reads the stream to its end, releasing sentences as they pass.
    async fn listen(
        &mut self,
        request: crate::model::ModelRequest,
        before: &str,
        message: &MessageId,
        answer: &mut Answer,
    ) -> Ending {
        let evidence = self.session.evidence.clone();
        let today = clock::day(self.now_ms(), &self.assistant.frame.zone);
        let mut guard = Guard::new(&evidence, before, today);
        let mut sentences = Sentences::default();
        let deadline = self.model_until().max(Instant::now()) + limits::TURN_MODEL_GRACE;
        let mut stream = self.parts.model.stream(request);
        loop {
            let next = tokio::select! {
                biased;
                news = self.next_news() => {
                    if self.must_stop(&news, before, answer) { return Ending::Interrupted; }
                    continue;
                }
                next = timeout_at(deadline, stream.next()) => next,
            };
            let event = match next {
                Err(_) => return Ending::Failed("the answer took too long".to_owned()),
                Ok(None) => return Ending::Failed("the stream ended without an end".to_owned()),
                Ok(Some(Err(error))) => return Ending::Failed(error.described()),
                Ok(Some(Ok(event))) => event,
            };
            let ended = match event {
                ModelEvent::Model(name) => {
                    answer.model = Some(name);
                    false
                }
                ModelEvent::Text(piece) => {
                    answer.bytes += piece.len();
                    let whole = sentences.push(&piece);
                    if let Err(ending) = self.release(whole, &mut guard, before, message, answer) {
                        return ending;
                    }
                    answer.bytes > limits::ANSWER_BYTES_MAX
                }
                ModelEvent::Call(call) => {
                    answer.bytes += call.arguments.len();
                    answer.calls.push(call);
                    answer.bytes > limits::ANSWER_BYTES_MAX
                }
                ModelEvent::Usage(usage) => {
                    answer.usage = usage;
                    false
                }
                ModelEvent::End(StopReason::Filtered) => {
                    return Ending::Failed("the endpoint withheld the answer".to_owned());
                }
                // What was cut in the middle of a sentence is not said.
                ModelEvent::End(StopReason::Length) => return Ending::Finished,
                ModelEvent::End(_) => true,
            };
            if ended {
                let rest = sentences.finish().into_iter().collect();
                return match self.release(rest, &mut guard, before, message, answer) {
                    Err(ending) => ending,
                    Ok(()) => Ending::Finished,
                };
            }
        }
    }

    /// Lets sentences leave, each past the guard, unless somebody has written meanwhile.
    fn release(
        &mut self,
        whole: Vec<String>,
        guard: &mut Guard<'_>,
        before: &str,
        message: &MessageId,
        answer: &mut Answer,
    ) -> Result<(), Ending> {
        for sentence in whole {
            if repeats(&sentence, before, &answer.said) {
                continue;
            }
            if let Err(violation) = guard.check(&sentence) {
                return Err(Ending::Stopped(violation));
            }
            loop {
                let news = match self.live.try_recv() {
                    Ok(live) => self.news_of(&live),
                    Err(TryRecvError::Lagged(_)) => continue,
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                };
                if self.must_stop(&news, before, answer) {
                    return Err(Ending::Interrupted);
                }
            }
            let joint = joint(before, &answer.said);
            let at = (before.len() + answer.said.len()) as u64;
            let text = format!("{joint}{sentence}");
            answer.said.push_str(&text);
            let message = message.clone();
            if !self.drafts() {
                self.publish(Live::Delta {
                    message,
                    at,
                    text: text.into(),
                });
            }
        }
        Ok(())
    }

    /// A person stops an answer at once; a newer message restarts it while nothing has left.
    fn must_stop(&self, news: &News, before: &str, answer: &Answer) -> bool {
        match news {
            News::Nothing => false,
            News::Person => true,
            News::Message => {
                before.is_empty()
                    && answer.said.is_empty()
                    && self.restarts < limits::SUPERSEDES_PER_TURN_MAX
            }
        }
    }

    async fn next_news(&mut self) -> News {
        match self.live.recv().await {
            Ok(live) => self.news_of(&live),
            Err(RecvError::Lagged(_)) => News::Nothing,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    fn news_of(&self, live: &Live) -> News {
        match live {
            Live::Logged(event) if event.seq > self.session.last_seq => match event.body {
                EventBody::AgentWrote(_)
                | EventBody::IdentityProved(_)
                | EventBody::IdentityDropped(_) => News::Person,
                EventBody::ShopperWrote(_) => News::Message,
                _ => News::Nothing,
            },
            _ => News::Nothing,
        }
    }

    /// Who has answered: the model that was asked, unless another one said its name.
    fn answerer(&self, answer: &Answer) -> String {
        let named = answer.model.as_deref();
        named.unwrap_or(self.parts.model.name()).to_owned()
    }

    fn model_failed(&mut self, detail: String, answer: &Answer) {
        let model = self.answerer(answer);
        warn!(%model, %detail, "the model call failed");
        self.note(EventBody::ModelFailed(ModelFailed {
            model,
            detail,
            usage: answer.usage,
        }));
    }

    fn model_answered(&mut self, answer: Answer, seen: u64) {
        let model = self.answerer(&answer);
        let mut heads = Vec::new();
        let mut arguments = Vec::new();
        for call in answer.calls {
            heads.push(CallHead {
                call: self.own_id(&call.id, &heads),
                tool: call.tool,
            });
            arguments.push(call.arguments);
        }
        self.note(EventBody::ModelAnswered(ModelAnswered {
            model,
            seen,
            calls: heads,
            usage: answer.usage,
            private: Some(AnswerWords {
                text: String::new(),
                arguments,
            }),
        }));
    }

    /// The model's id for a call, unless it is empty or was used before in this conversation.
    fn own_id(&self, id: &CallId, also: &[CallHead]) -> CallId {
        let used = self.session.events.iter().any(|event| match &event.body {
            EventBody::ModelAnswered(answered) => {
                answered.calls.iter().any(|head| head.call == *id)
            }
            _ => false,
        });
        if used || id.as_str().is_empty() || also.iter().any(|head| head.call == *id) {
            CallId::new(self.parts.random.id("call"))
        } else {
            id.clone()
        }
    }
}

/// A model that starts over after a stop says its first sentences again: once is enough.
fn repeats(sentence: &str, before: &str, said: &str) -> bool {
    const WORTH_NOTICING: usize = 20;
    let sentence = sentence.trim();
    sentence.len() >= WORTH_NOTICING && (before.contains(sentence) || said.contains(sentence))
}

/// What stands between what was said before this call and its first words.
fn joint(before: &str, said: &str) -> &'static str {
    let fresh = said.is_empty() && !before.is_empty();
    if fresh && !before.ends_with(char::is_whitespace) {
        "\n"
    } else {
        ""
    }
}
