//! A model call: text leaves sentence by sentence, each past the guard; tool calls are collected.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::Run;
use crate::agent::budget::bytes_asked;
use crate::agent::guard::{Guard, Sentences, Violation};
use crate::clock;
use crate::domain::bundle::HandOffReason;
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
    /// Cut at a limit of its length: what was whole has been said.
    Cut,
    Failed(String),
    Stopped(Violation),
    /// Somebody wrote: the log has to be read before anything else leaves.
    Interrupted,
}

/// What one call has given so far.
#[derive(Default)]
pub(super) struct Answer {
    /// Who has given it, when the model says so.
    model: Option<Arc<str>>,
    /// Released in this call.
    said: String,
    /// There were words in it, said or not.
    spoke: bool,
    /// How far into what was said before this call it has said the same again.
    again: usize,
    calls: Vec<ToolCall>,
    pub(super) usage: Usage,
    /// Text and arguments.
    pub(super) bytes: usize,
    /// What was asked, the tools left out.
    pub(super) asked_bytes: usize,
    /// It was asked of a model that costs nothing.
    pub(super) spent: bool,
    /// An error came before anything else: the endpoint has not taken the call.
    pub(super) refused: bool,
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
        let used_up = self.used_up().await?;
        let mut request = self.assistant.frame.request(&self.session, self.now_ms());
        request.until = Some(self.model_until());
        request.spent = used_up.is_some();
        let mut answer = Answer {
            asked_bytes: bytes_asked(&request),
            spent: request.spent,
            ..Answer::default()
        };
        let ending = self.listen(request, &before, &message, &mut answer).await;
        let ending = self.weighed(ending, &answer);
        self.settle(&mut answer, matches!(ending, Ending::Failed(_)));
        if matches!(ending, Ending::Interrupted) {
            self.restarts += 1;
            self.unnoted = self.unnoted.plus(answer.usage);
            if !answer.said.is_empty() {
                self.publish(Live::Reset { message });
            }
            self.session.read_on(&self.parts.store).await?;
            return Ok(());
        }
        if !answer.said.is_empty() {
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
        let failed = matches!(ending, Ending::Failed(_));
        self.conclude(ending, answer, seen);
        if failed && used_up.is_some() {
            // Nobody is left who may be asked.
            return self.reply(Some(HandOffReason::LimitReached)).await;
        }
        Ok(())
    }

    /// When the turn's time for model work is over; it begins with the first call.
    fn model_until(&mut self) -> Instant {
        let begins = || Instant::now() + limits::TURN_MODEL_TIME_MAX;
        *self.model_until.get_or_insert_with(begins)
    }

    /// What an ending is worth: a call that gave nothing to go on with has failed.
    fn weighed(&self, ending: Ending, answer: &Answer) -> Ending {
        let turn = &self.session.turn;
        let nothing = answer.said.is_empty() && answer.calls.is_empty();
        // Somebody has been asked for a person and what is to say has been said.
        let is_all_said = turn.hand_off().is_some() && !turn.released().is_empty();
        match ending {
            Ending::Finished if nothing && !answer.spoke && !is_all_said => {
                Ending::Failed("the answer was empty".to_owned())
            }
            Ending::Cut if nothing => Ending::Failed(
                "the answer was cut at its length limit before anything was whole".to_owned(),
            ),
            other => other,
        }
    }

    /// Notes how the call ended.
    fn conclude(&mut self, ending: Ending, answer: Answer, seen: u64) {
        match ending {
            Ending::Finished => self.model_answered(answer, seen, false),
            Ending::Cut => {
                warn!("an answer was cut at its length limit");
                self.model_answered(answer, seen, true);
            }
            Ending::Failed(detail) => self.model_failed(detail, &answer),
            Ending::Stopped(violation) => {
                warn!("the guard stopped a sentence");
                let model = self.answerer(&answer);
                let usage = self.usage_to_note(&model, answer.usage);
                self.note_call(EventBody::GuardStopped(GuardStopped {
                    model,
                    usage,
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
                Ok(Some(Err(error))) => {
                    answer.refused = answer.bytes == 0;
                    return Ending::Failed(error.described());
                }
                Ok(Some(Ok(event))) => event,
            };
            let whole = match event {
                ModelEvent::Text(piece) => sentences.push(answer.read(&piece)),
                ModelEvent::End(StopReason::Finished | StopReason::ToolCalls) => {
                    let rest = sentences.finish().into_iter().collect();
                    let said = self.release(rest, &mut guard, before, message, answer);
                    return said.err().unwrap_or(Ending::Finished);
                }
                ModelEvent::End(StopReason::Filtered) => {
                    return Ending::Failed("the endpoint withheld the answer".to_owned());
                }
                // What was cut in the middle of a sentence is not said.
                ModelEvent::End(StopReason::Length) => return Ending::Cut,
                other => {
                    answer.take(other);
                    Vec::new()
                }
            };
            if let Err(ending) = self.release(whole, &mut guard, before, message, answer) {
                return ending;
            }
            if answer.bytes >= limits::ANSWER_BYTES_MAX {
                return Ending::Cut;
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
            // White space before the first word is nothing said.
            if answer.said.is_empty() && sentence.trim().is_empty() {
                continue;
            }
            if answer.starts_over(&sentence, before) || repeats(&sentence, before, &answer.said) {
                continue;
            }
            let checked = guard.check(&sentence);
            #[cfg(test)]
            let checked = checked.or_else(|why| match crate::domain::unguarded::is_on() {
                true => Ok(()),
                false => Err(why),
            });
            if let Err(violation) = checked {
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
    pub(super) fn answerer(&self, answer: &Answer) -> String {
        let named = answer.model.as_deref();
        named.unwrap_or(self.parts.model.name()).to_owned()
    }

    fn model_failed(&mut self, detail: String, answer: &Answer) {
        let model = self.answerer(answer);
        let usage = self.usage_to_note(&model, answer.usage);
        let detail = without_words_of(self.session.evidence.shopper_words(), &detail);
        warn!(%model, %detail, "the model call failed");
        self.note_call(EventBody::ModelFailed(ModelFailed {
            model,
            detail,
            usage,
        }));
    }

    fn model_answered(&mut self, answer: Answer, seen: u64, cut: bool) {
        let model = self.answerer(&answer);
        let usage = self.usage_to_note(&model, answer.usage);
        let mut heads = Vec::new();
        let mut arguments = Vec::new();
        for call in answer.calls {
            heads.push(CallHead {
                call: self.own_id(&call.id, &heads),
                tool: call.tool,
            });
            arguments.push(call.arguments);
        }
        self.note_call(EventBody::ModelAnswered(ModelAnswered {
            model,
            seen,
            calls: heads,
            usage,
            cut,
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

impl Answer {
    /// As much of a piece of text as an answer may hold.
    fn read<'p>(&mut self, piece: &'p str) -> &'p str {
        let room = limits::ANSWER_BYTES_MAX.saturating_sub(self.bytes);
        let kept = &piece[..piece.floor_char_boundary(room)];
        self.bytes += if kept.len() < piece.len() {
            room
        } else {
            kept.len()
        };
        self.spoke |= !kept.trim().is_empty();
        kept
    }

    /// Says a model that begins anew what has been said from its beginning? Short sentences too are
    /// said once.
    fn starts_over(&mut self, sentence: &str, before: &str) -> bool {
        let sentence = sentence.trim();
        let rest = before[self.again..].trim_start();
        let same = !sentence.is_empty() && self.said.is_empty() && rest.starts_with(sentence);
        if same {
            self.again = before.len() - rest.len() + sentence.len();
        }
        same
    }

    fn take(&mut self, event: ModelEvent) {
        match event {
            ModelEvent::Model(name) => self.model = Some(name),
            // Each is the sum of the call so far, tries that came to nothing included.
            ModelEvent::Usage(usage) => self.usage = usage.believed(),
            ModelEvent::Call(call) => {
                self.bytes += call.tool.len() + call.arguments.len();
                // The first that is too many is answered in words; who sends hundreds needs no more.
                if self.calls.len() <= limits::CALLS_PER_STEP_MAX {
                    self.calls.push(call);
                }
            }
            ModelEvent::Text(_) | ModelEvent::End(_) => {}
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

/// A failure's words without the shopper's: an endpoint may quote them unmarked behind its status. What
/// begins with two of their words in a row, or with one that has a digit or is an address, is left out
/// to the end.
fn without_words_of(shopper: &str, detail: &str) -> String {
    let plain = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.to_lowercase()
    };
    let Some((ours, words)) = endpoints_words(detail) else {
        return detail.to_owned();
    };
    let theirs: Vec<String> = shopper.split_whitespace().map(plain).collect();
    let said: Vec<&str> = words.split_whitespace().collect();
    let is_theirs = |at: usize| {
        let word = plain(said[at]);
        let telling = word.contains(|c: char| c.is_ascii_digit() || c == '@');
        let next = said.get(at + 1).map(|next| plain(next));
        let mut pairs = theirs.windows(2);
        (telling && theirs.contains(&word))
            || next.is_some_and(|next| pairs.any(|pair| pair[0] == word && pair[1] == next))
    };
    match (0..said.len()).find(|at| is_theirs(*at)) {
        Some(at) => format!("{ours}{}…", said[..at].join(" ")),
        None => detail.to_owned(),
    }
}

/// What stands behind "429: ", and what before.
fn endpoints_words(detail: &str) -> Option<(&str, &str)> {
    let is_status = |at: &usize| {
        let before = &detail[..*at];
        let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
        digits == 3
    };
    let (at, sign) = detail.match_indices(": ").find(|(at, _)| is_status(at))?;
    Some(detail.split_at(at + sign.len()))
}

#[cfg(test)]
mod tests {
    use super::without_words_of;

    #[test]
    fn what_an_endpoint_quotes_of_the_shopper_is_left_out() {
        let shopper = "where is my order 10482, write to Ada@example.com";
        let cases = [
            (
                "refused: 400: bad input: where is my order",
                "refused: 400: bad input:…",
            ),
            (
                "refused: 400: unknown id 10482.",
                "refused: 400: unknown id…",
            ),
            (
                "refused: 400: mail (ada@example.com)",
                "refused: 400: mail…",
            ),
            (
                "refused: 400: order of arguments",
                "refused: 400: order of arguments",
            ),
            ("lost: where is my order", "lost: where is my order"),
            ("refused: 503: ", "refused: 503: "),
        ];
        for (detail, kept) in cases {
            assert_eq!(without_words_of(shopper, detail), kept);
        }
        assert_eq!(without_words_of("", "refused: 400: no"), "refused: 400: no");
    }
}
