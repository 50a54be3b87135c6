//! `attendant chat`: a conversation in the terminal, or through a pipe with one message a line. It
//! prints what a shopper would see, and runs beside a server on the same folder or without one.

use std::io::{BufRead, IsTerminal as _, Write as _, stdin, stdout};

use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::warn;

use super::ChatArgs;
use super::plain::{self, Plain};
use crate::channels::chat::error::words;
use crate::channels::chat::{Chat, ChatError, Decision, Incoming, Until};
use crate::config::Config;
use crate::domain::event::Channel;
use crate::domain::identity::{Proof, ProofMethod};
use crate::domain::ids::ConversationId;
use crate::domain::limits;
use crate::jobs::deliver::Deliver;

pub async fn run(mut config: Config, args: ChatArgs) -> anyhow::Result<()> {
    config.dry_run = args.dry_run;
    let app = super::open(config).await?;
    let proof = match &args.customer {
        Some(email) => Some(Proof::Customer {
            customer: app.customer(email).await?.id,
            method: ProofMethod::Terminal,
        }),
        None => None,
    };
    let assistant = app.assistant().await?;
    let chat = Chat::new(assistant.clone());
    let id = chat.start(Channel::Terminal, proof).await.map_err(said)?.id;
    let mut terminal = Terminal {
        chat,
        deliver: super::deliver(&app, &assistant.parts.holder)?,
        id,
        offered: None,
        after: 0,
        plain: Plain::default(),
    };
    let result = terminal.converse(stdin().is_terminal()).await;
    assistant.drain().await;
    terminal.deliver_mail().await;
    result
}

struct Terminal {
    chat: Chat,
    deliver: Deliver,
    id: ConversationId,
    /// Proposal and hash that were shown last.
    offered: Option<(String, String)>,
    /// Newest event that was printed.
    after: u64,
    plain: Plain,
}

impl Terminal {
    async fn converse(&mut self, prompts: bool) -> anyhow::Result<()> {
        if prompts {
            eprintln!("Conversation {}. Write a message; /quit ends.", self.id);
        }
        let mut lines = lines_of_stdin(prompts);
        while let Some(line) = lines.recv().await {
            let Line::Text(bytes) = line? else { break };
            if !self.take(&bytes).await? {
                break;
            }
            // Whoever waits for a code finds it before the next line is asked for.
            self.deliver_mail().await;
            // The next line is read, and asked for, when this one has its answer.
            lines.next();
        }
        Ok(())
    }

    /// Where no server runs, nobody else would. A mail that cannot leave now leaves later.
    async fn deliver_mail(&self) {
        if let Err(error) = self.deliver.look().await {
            warn!(%error, "mails of this conversation wait for the next server");
        }
    }

    /// Deals with one line; false when it ends the conversation.
    async fn take(&mut self, bytes: &[u8]) -> anyhow::Result<bool> {
        if bytes.len() > limits::MESSAGE_BYTES_MAX {
            let error = ChatError::MessageTooLong { bytes: bytes.len() };
            print(&[error.words()])?;
            return Ok(true);
        }
        let Ok(line) = std::str::from_utf8(bytes) else {
            print(&[words("message", "not_text")])?;
            return Ok(true);
        };
        let done = match line.trim() {
            "" => return Ok(true),
            "/quit" => return Ok(false),
            "/confirm" => self.press(true).await,
            "/cancel" => self.press(false).await,
            text => {
                let incoming = Incoming::text(text);
                self.chat.receive(&self.id, incoming).await.map(|_| true)
            }
        };
        match done {
            Ok(true) => self.print_answer().await?,
            Ok(false) => print(&[words("proposal", "none")])?,
            Err(ChatError::Store(error)) => return Err(error.into()),
            Err(error) => print(&[error.words()])?,
        }
        Ok(true)
    }

    /// Presses a button of the proposal that was shown last; false when none was.
    async fn press(&self, confirm: bool) -> Result<bool, ChatError> {
        let Some((proposal, hash)) = self.offered.clone() else {
            return Ok(false);
        };
        let decision = if confirm {
            Decision::Confirm { hash }
        } else {
            Decision::Cancel
        };
        self.chat
            .decide(&self.id, &proposal, decision)
            .await
            .map(|_| true)
    }

    /// Prints what comes until the assistant has nothing left to do.
    async fn print_answer(&mut self) -> anyhow::Result<()> {
        let mut follow = self.chat.follow(&self.id, self.after, Until::Done);
        loop {
            let Ok(next) = timeout(limits::LEASE_TTL, follow.next()).await else {
                // A run that broke off is gone on with, as a server's job would.
                self.chat.take_up(&self.id).await.map_err(said)?;
                continue;
            };
            let Some(event) = next? else { return Ok(()) };
            self.after = event.id.unwrap_or(self.after);
            if let Some(offered) = plain::offered(&event) {
                self.offered = Some(offered);
            }
            print(&self.plain.lines(&event))?;
        }
    }
}

fn said(error: ChatError) -> anyhow::Error {
    anyhow::anyhow!(error.words())
}

fn print(lines: &[String]) -> std::io::Result<()> {
    let mut out = stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

enum Line {
    Text(Vec<u8>),
    End,
}

/// Reads stdin on a thread of its own, since a read of a terminal cannot be cut off. One line at a
/// time: the next is read when `next` is called.
fn lines_of_stdin(prompts: bool) -> Lines {
    let (send, lines) = mpsc::channel(1);
    let (go, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut input = stdin().lock();
        loop {
            if prompts {
                eprint!("> ");
            }
            let line = read_line(&mut input);
            let over = !matches!(line, Ok(Line::Text(_)));
            if send.blocking_send(line).is_err() || over || wait.recv().is_err() {
                return;
            }
        }
    });
    Lines { lines, go }
}

struct Lines {
    lines: mpsc::Receiver<std::io::Result<Line>>,
    go: std::sync::mpsc::Sender<()>,
}

impl Lines {
    async fn recv(&mut self) -> Option<std::io::Result<Line>> {
        self.lines.recv().await
    }

    fn next(&self) {
        // The reader is gone only when its last line has been received.
        let _ = self.go.send(());
    }
}

/// One line without its end. Of an endless line no more is kept than shows that it is too long.
fn read_line(input: &mut impl BufRead) -> std::io::Result<Line> {
    let mut line = Vec::new();
    let mut any = false;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(if any { Line::Text(line) } else { Line::End });
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        let room = limits::LINE_BYTES_MAX.saturating_sub(line.len());
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = end.map_or(chunk.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(Line::Text(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = std::io::BufReader::with_capacity(3, input);
        let mut lines = Vec::new();
        while let Line::Text(line) = read_line(&mut reader).unwrap() {
            lines.push(line);
        }
        lines
    }

    #[test]
    fn lines_end_with_the_input_too_and_empty_ones_count() {
        assert_eq!(all(b""), Vec::<Vec<u8>>::new());
        assert_eq!(all(b"one\n\nthree"), [&b"one"[..], b"", b"three"]);
        assert_eq!(all(b"\xff\n"), [&b"\xff"[..]]);
    }

    #[test]
    fn an_endless_line_is_kept_only_as_far_as_it_matters() {
        let long = vec![b'a'; 2 * limits::LINE_BYTES_MAX];
        let lines = all(&long);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].len(), limits::LINE_BYTES_MAX);
    }
}
