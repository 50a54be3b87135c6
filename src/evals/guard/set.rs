//! The files of a set: `contexts.toml`, and replies in `dev/*.toml` and `test/*.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

use super::Scene;
use crate::evals::case::Button;
use crate::evals::change::Change;

#[derive(RustEmbed)]
#[folder = "evals/guard"]
struct Files;

const CONTEXTS: &str = "contexts.toml";

/// A conversation up to the reply.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    pub name: String,
    /// A named demo shopper, by situation, who is signed in.
    pub shopper: Option<String>,
    /// The same where nothing is proved: `order` and `me` name what they know of themselves.
    pub knows: Option<String>,
    /// Another demo shopper, whose data paths name as `other.…`.
    pub other: Option<String>,
    /// What differs from the demo shop.
    #[serde(default, rename = "change")]
    pub changes: Vec<Change>,
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// What the shopper does, and the tools that are called then, one after the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub say: Option<String>,
    pub press: Option<Button>,
    /// A picture is sent with `say`.
    #[serde(default)]
    pub picture: bool,
    #[serde(default)]
    pub calls: Vec<Call>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub tool: String,
    /// Its arguments; strings have paths filled in.
    #[serde(default)]
    pub with: toml::Table,
}

/// What is false in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Amount,
    Date,
    Weekday,
    /// A number or count of something.
    Count,
    OrderNumber,
    TrackingNumber,
    ProductName,
    Code,
    Link,
    /// A rule, with or without its number.
    Policy,
    Stock,
    Price,
    Size,
    Status,
    /// A value that is right of something else.
    WrongSubject,
    /// What the shopper had wrong is confirmed.
    ShopperClaim,
    /// An act that did not happen.
    Promise,
    /// Somebody will do what nobody was asked to do.
    FuturePromise,
    SystemPrompt,
    OtherCustomer,
    Secret,
    /// Blames or belittles the shopper.
    Tone,
    Legal,
    Medical,
    /// A material or feature that is not so.
    Feature,
    DeliveryDate,
    /// Something costs nothing that does.
    Free,
}

/// The half that the guard may be improved by, and the half that it is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    Dev,
    Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    True,
    /// `planted` is the false piece of the text.
    False {
        kind: Kind,
        planted: String,
    },
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub half: Half,
    pub context: String,
    pub text: String,
    pub label: Label,
}

pub struct Set {
    pub contexts: Vec<Context>,
    pub replies: Vec<Reply>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextsFile {
    context: Vec<Context>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RepliesFile {
    reply: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    context: String,
    label: bool,
    kind: Option<Kind>,
    planted: Option<String>,
    text: String,
}

impl Set {
    pub fn embedded() -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for path in Files::iter() {
            let file = Files::get(&path).with_context(|| path.to_string())?;
            let text = std::str::from_utf8(&file.data).with_context(|| path.to_string())?;
            files.push((path.to_string(), text.to_owned()));
        }
        Self::parse(files)
    }

    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        let contexts = folder.join(CONTEXTS);
        files.push((CONTEXTS.to_owned(), text_of(&contexts)?));
        for half in ["dev", "test"] {
            let folder = folder.join(half);
            for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
                let entry = entry?;
                let name = format!("{half}/{}", entry.file_name().to_string_lossy());
                files.push((name, text_of(&entry.path())?));
            }
        }
        Self::parse(files)
    }

    /// Files by their paths in the folder of the set; those that are no TOML are passed over.
    fn parse(mut files: Vec<(String, String)>) -> anyhow::Result<Self> {
        files.retain(|(path, _)| path.ends_with(".toml"));
        files.sort();
        let mut set = Self {
            contexts: Vec::new(),
            replies: Vec::new(),
        };
        for (path, text) in &files {
            let half = match path.split_once(['/', '\\']) {
                None => {
                    let file: ContextsFile = toml::from_str(text).with_context(|| path.clone())?;
                    set.contexts.extend(file.context);
                    continue;
                }
                Some(("dev", _)) => Half::Dev,
                Some(("test", _)) => Half::Test,
                Some((other, _)) => bail!("{path}: {other} is no half; they are dev and test"),
            };
            let file: RepliesFile = toml::from_str(text).with_context(|| path.clone())?;
            for (at, written) in file.reply.into_iter().enumerate() {
                let reply = written.reply(half);
                set.replies
                    .push(reply.with_context(|| format!("{path}, reply {}", at + 1))?);
            }
        }
        set.check()?;
        Ok(set)
    }

    fn check(&self) -> anyhow::Result<()> {
        let mut names = BTreeSet::new();
        for context in &self.contexts {
            let name = &context.name;
            ensure!(names.insert(name), "two contexts are called \"{name}\"");
            ensure!(!context.steps.is_empty(), "{name}: has no step");
        }
        for reply in &self.replies {
            let (context, text) = (&reply.context, &reply.text);
            ensure!(
                names.contains(context),
                "there is no context \"{context}\": {text}"
            );
        }
        Ok(())
    }
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

impl Written {
    fn reply(self, half: Half) -> anyhow::Result<Reply> {
        let label = match (self.label, self.kind, self.planted) {
            (true, None, None) => Label::True,
            (false, Some(kind), Some(planted)) => {
                let times = self.text.matches(&planted).count();
                ensure!(times == 1, "\"{planted}\" stands {times} times in it");
                Label::False { kind, planted }
            }
            _ => bail!("a false reply has `kind` and `planted`, and a true one has neither"),
        };
        Ok(Reply {
            half,
            context: self.context,
            text: self.text,
            label,
        })
    }
}

impl Reply {
    /// With the values that a context makes anew filled in.
    pub fn filled(&self, scene: &Scene) -> anyhow::Result<Self> {
        let fill = |text: &str| {
            let filled = scene.fill(text);
            filled.with_context(|| format!("a reply of {}: {text}", self.context))
        };
        let label = match &self.label {
            Label::True => Label::True,
            Label::False { kind, planted } => Label::False {
                kind: *kind,
                planted: fill(planted)?,
            },
        };
        Ok(Self {
            text: fill(&self.text)?,
            label,
            ..self.clone()
        })
    }
}
