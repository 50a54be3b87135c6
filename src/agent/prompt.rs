//! Words are files: everything that is told to a model or, by code, to a shopper is rendered from
//! `prompts/`, compiled in.

use std::sync::LazyLock;

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::confirm::ConfirmWords;

/// Templates a model or a channel is told, by their path under `prompts/`.
const TEMPLATES: [(&str, &str); 8] = [
    ("system.md", include_str!("../../prompts/system.md")),
    ("policy.md", include_str!("../../prompts/policy.md")),
    (
        "channel/chat.md",
        include_str!("../../prompts/channel/chat.md"),
    ),
    (
        "channel/api.md",
        include_str!("../../prompts/channel/api.md"),
    ),
    (
        "channel/terminal.md",
        include_str!("../../prompts/channel/terminal.md"),
    ),
    (
        "channel/email.md",
        include_str!("../../prompts/channel/email.md"),
    ),
    ("context.txt", include_str!("../../prompts/context.txt")),
    ("summary.txt", include_str!("../../prompts/summary.txt")),
];

/// The templates and word lists of `prompts/`.
pub struct Prompts {
    environment: Environment<'static>,
    pub confirm: ConfirmWords,
    replies: toml::Table,
}

/// Built once: a file that does not parse stops the program at its start, not in a conversation.
static PROMPTS: LazyLock<Prompts> = LazyLock::new(Prompts::read);

impl Prompts {
    pub fn get() -> &'static Self {
        &PROMPTS
    }

    fn read() -> Self {
        let mut environment = Environment::new();
        for (name, text) in TEMPLATES {
            environment
                .add_template(name, text)
                .expect("the prompts that are compiled in are valid templates");
        }
        Self {
            environment,
            confirm: ConfirmWords::parse(include_str!("../../prompts/reply/confirm.toml"))
                .expect("prompts/reply/confirm.toml is compiled in and tested"),
            replies: toml::from_str(include_str!("../../prompts/reply/turn.toml"))
                .expect("prompts/reply/turn.toml is compiled in and tested"),
        }
    }

    /// Renders a file of `prompts/`; a template that fails is a defect, so its error is the text
    /// that operators and tests see, never a shopper: only model prompts are rendered here.
    pub fn render(&self, name: &str, data: impl Serialize) -> String {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(Serde(data)))
            .unwrap_or_else(|error| format!("prompt {name}: {error:#}"))
    }

    /// Fixed words for the shopper, `section.key` of `prompts/reply/turn.toml`, with values filled
    /// in. `None` when there are none for this.
    pub fn reply(&self, section: &str, key: &str, data: impl Serialize) -> Option<String> {
        let template = self.replies.get(section)?.get(key)?.as_str()?;
        self.environment.render_str(template, Serde(data)).ok()
    }
}
