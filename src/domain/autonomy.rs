//! What the assistant may do by itself, by channel and action: nothing, prepare it for an agent, or
//! do it. Set by the operator, pure data; what follows from it is in `agent`.

use std::collections::BTreeMap;

use super::event::Channel;

/// The action of answering in words.
pub const ANSWER: &str = "answer";
/// Stands for the actions that are not named.
pub const DEFAULT: &str = "default";

/// In order: what may less comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The action is not there.
    Off,
    /// It is prepared, and an agent decides.
    Draft,
    #[default]
    Auto,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Draft => "draft",
            Self::Auto => "auto",
        }
    }

    fn read(word: &str) -> Option<Self> {
        let all = [Self::Off, Self::Draft, Self::Auto];
        all.into_iter().find(|level| level.word() == word)
    }
}

/// `[autonomy]` of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Autonomy {
    default: Level,
    /// By the channel's word; then by action, `default` among them.
    channels: BTreeMap<&'static str, BTreeMap<String, Level>>,
}

/// What is wrong with a setting, by the key that it has in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AutonomyError {
    #[error(
        "autonomy.{0} is neither \"default\" nor a channel; the channels are {channels}, and an \
         action belongs in a channel's table, as [autonomy.chat]",
        channels = channel_words()
    )]
    Channel(String),
    #[error("{key} is {word}, and must be \"off\", \"draft\" or \"auto\"")]
    Level { key: String, word: String },
    #[error(
        "{0} cannot be \"off\": somebody has to answer. Write \"draft\", and a colleague sends what \
         the assistant drafts"
    )]
    AnswerOff(String),
    #[error("{key} names no action; the actions are {actions}")]
    Action { key: String, actions: String },
}

impl Autonomy {
    /// Sets what holds where nothing else is set: `autonomy.default`.
    pub fn set_default(&mut self, word: &str) -> Result<(), AutonomyError> {
        self.default = level("autonomy.default", word)?;
        Ok(())
    }

    /// Sets one entry of a channel's table: an action's, or its `default`.
    pub fn set(&mut self, channel: &str, action: &str, word: &str) -> Result<(), AutonomyError> {
        let of = Channel::ALL.into_iter().find(|of| of.word() == channel);
        let of = of.ok_or_else(|| AutonomyError::Channel(channel.to_owned()))?;
        let key = format!("autonomy.{channel}.{action}");
        let level = level(&key, word)?;
        if action == ANSWER && level == Level::Off {
            return Err(AutonomyError::AnswerOff(key));
        }
        let table = self.channels.entry(of.word()).or_default();
        table.insert(action.to_owned(), level);
        Ok(())
    }

    /// Checks that every action named is one of these, or answering.
    pub fn check(&self, actions: &[&str]) -> Result<(), AutonomyError> {
        let known = |action: &str| [ANSWER, DEFAULT].contains(&action) || actions.contains(&action);
        for (channel, table) in &self.channels {
            if let Some(action) = table.keys().find(|action| !known(action)) {
                let all: Vec<&str> = [ANSWER, DEFAULT].iter().chain(actions).copied().collect();
                return Err(AutonomyError::Action {
                    key: format!("autonomy.{channel}.{action}"),
                    actions: all.join(", "),
                });
            }
        }
        Ok(())
    }

    /// What holds for a tool's action. Where a colleague answers, nothing is done either.
    pub fn of(&self, channel: Channel, action: &str) -> Level {
        self.set_for(channel, action).min(self.answer(channel))
    }

    /// What holds for the words: `Draft` or `Auto`. Where the default is off, nobody lets the
    /// assistant speak for them, so it drafts.
    pub fn answer(&self, channel: Channel) -> Level {
        self.set_for(channel, ANSWER).max(Level::Draft)
    }

    fn set_for(&self, channel: Channel, action: &str) -> Level {
        let table = self.channels.get(channel.word());
        let named = table.and_then(|table| table.get(action).or_else(|| table.get(DEFAULT)));
        named.copied().unwrap_or(self.default)
    }
}

fn level(key: &str, word: &str) -> Result<Level, AutonomyError> {
    Level::read(word).ok_or_else(|| AutonomyError::Level {
        key: key.to_owned(),
        word: format!("{word:?}"),
    })
}

fn channel_words() -> String {
    Channel::ALL.map(Channel::word).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_holds_and_drafted_answers_hold_actions_back() {
        let mut autonomy = Autonomy::default();
        assert_eq!(autonomy.of(Channel::Chat, "start_return"), Level::Auto);
        autonomy.set("chat", "cancel_order", "draft").unwrap();
        autonomy.set("email", "default", "draft").unwrap();
        autonomy.set("email", "add_to_cart", "off").unwrap();
        autonomy.set("email", "start_return", "auto").unwrap();
        let of = |channel, action| autonomy.of(channel, action);
        assert_eq!(of(Channel::Chat, "cancel_order"), Level::Draft);
        assert_eq!(of(Channel::Chat, "start_return"), Level::Auto);
        assert_eq!(autonomy.answer(Channel::Chat), Level::Auto);
        assert_eq!(of(Channel::Email, "cancel_order"), Level::Draft);
        assert_eq!(of(Channel::Email, "add_to_cart"), Level::Off);
        assert_eq!(autonomy.answer(Channel::Email), Level::Draft);
        // Nothing is done by itself where nothing is said by itself.
        assert_eq!(of(Channel::Email, "start_return"), Level::Draft);
        autonomy.set("email", "answer", "auto").unwrap();
        assert_eq!(autonomy.of(Channel::Email, "start_return"), Level::Auto);
        autonomy.set_default("off").unwrap();
        assert_eq!(autonomy.of(Channel::Api, "start_return"), Level::Off);
        assert_eq!(autonomy.answer(Channel::Api), Level::Draft);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        let mut autonomy = Autonomy::default();
        let said = |error: AutonomyError| error.to_string();
        let unknown = said(autonomy.set("sms", "answer", "auto").unwrap_err());
        assert!(unknown.contains("autonomy.sms") && unknown.contains("terminal"));
        let word = said(autonomy.set("chat", "answer", "maybe").unwrap_err());
        assert!(word.contains("autonomy.chat.answer is \"maybe\""), "{word}");
        assert!(said(autonomy.set("chat", "answer", "off").unwrap_err()).contains("draft"));
        assert!(said(autonomy.set_default("on").unwrap_err()).contains("autonomy.default"));
        autonomy.set("chat", "cancel_ordr", "off").unwrap();
        let action = said(autonomy.check(&["cancel_order"]).unwrap_err());
        assert!(action.contains("autonomy.chat.cancel_ordr") && action.contains("cancel_order"));
        assert!(autonomy.check(&["cancel_ordr"]).is_ok());
    }
}
