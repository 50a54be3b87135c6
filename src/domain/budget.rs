//! What language models may use up and what they have: tokens, and money by a list of prices.

use std::collections::BTreeMap;

use super::event::{EventBody, Usage};
use super::limits::{CALL_COST_MICROS_MAX, CALL_TOKENS_MAX};

/// The model that costs nothing and is never counted.
pub const FREE_MODEL: &str = "builtin";

/// What models may use up; `None` is without a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    pub tokens_per_turn: Option<u64>,
    pub tokens_per_conversation: Option<u64>,
    pub tokens_per_day: Option<u64>,
    /// In the shop's currency, in millionths of its main unit.
    pub money_per_turn_micros: Option<u64>,
    pub money_per_conversation_micros: Option<u64>,
    pub money_per_day_micros: Option<u64>,
    pub prices: BTreeMap<String, Price>,
}

/// What a million tokens cost, in millionths of the main unit of the shop's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub input_micros: u64,
    /// Input that the endpoint had in its cache.
    pub cached_micros: u64,
    pub output_micros: u64,
}

/// One of the budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    TokensPerTurn,
    MoneyPerTurn,
    TokensPerConversation,
    MoneyPerConversation,
    TokensPerDay,
    MoneyPerDay,
}

/// What a budget is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Turn,
    Conversation,
    /// A day where the shop is, over all its processes.
    Day,
}

impl Budget {
    pub const ALL: [Self; 6] = [
        Self::TokensPerTurn,
        Self::MoneyPerTurn,
        Self::TokensPerConversation,
        Self::MoneyPerConversation,
        Self::TokensPerDay,
        Self::MoneyPerDay,
    ];

    /// Its key under `[budget]` in the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::TokensPerTurn => "tokens_per_turn",
            Self::MoneyPerTurn => "money_per_turn",
            Self::TokensPerConversation => "tokens_per_conversation",
            Self::MoneyPerConversation => "money_per_conversation",
            Self::TokensPerDay => "tokens_per_day",
            Self::MoneyPerDay => "money_per_day",
        }
    }

    pub fn span(self) -> Span {
        match self {
            Self::TokensPerTurn | Self::MoneyPerTurn => Span::Turn,
            Self::TokensPerConversation | Self::MoneyPerConversation => Span::Conversation,
            Self::TokensPerDay | Self::MoneyPerDay => Span::Day,
        }
    }

    pub fn is_of_money(self) -> bool {
        matches!(
            self,
            Self::MoneyPerTurn | Self::MoneyPerConversation | Self::MoneyPerDay
        )
    }

    /// A number of its unit as people read it.
    pub fn amount(self, number: u64) -> String {
        if self.is_of_money() {
            units(number)
        } else {
            number.to_string()
        }
    }
}

/// Millionths as "20.50": two places, more where they are needed.
pub fn units(micros: u64) -> String {
    let places = format!("{:06}", micros % 1_000_000);
    let needed = places.trim_end_matches('0').len().max(2);
    format!("{}.{}", micros / 1_000_000, &places[..needed])
}

/// Used up so far. Sums end at their largest value instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Input, what was cached included, and output.
    pub tokens: u64,
    /// In millionths of the main unit of the shop's currency.
    pub micros: u64,
}

impl Used {
    pub fn plus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            micros: self.micros.saturating_add(other.micros),
        }
    }

    /// Without what is counted elsewhere.
    pub fn minus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_sub(other.tokens),
            micros: self.micros.saturating_sub(other.micros),
        }
    }

    /// In the unit of a budget.
    pub fn of(self, budget: Budget) -> u64 {
        if budget.is_of_money() {
            self.micros
        } else {
            self.tokens
        }
    }
}

impl Usage {
    /// What an endpoint says, as far as it can be: more than `CALL_TOKENS_MAX` is a mistake, and so
    /// is more cached input than there was input.
    pub fn believed(self) -> Self {
        let input_tokens = self.input_tokens.min(CALL_TOKENS_MAX);
        Self {
            input_tokens,
            cached_tokens: self.cached_tokens.min(input_tokens),
            output_tokens: self.output_tokens.min(CALL_TOKENS_MAX),
        }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
        }
    }

    pub fn tokens(self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

impl Price {
    /// In millionths, rounded up.
    fn of(self, usage: Usage) -> u64 {
        const MILLION: u128 = 1_000_000;
        let usage = usage.believed();
        let part = |tokens: u64, micros: u64| u128::from(tokens) * u128::from(micros);
        let fresh = usage.input_tokens - usage.cached_tokens;
        let sum = part(fresh, self.input_micros)
            .saturating_add(part(usage.cached_tokens, self.cached_micros))
            .saturating_add(part(usage.output_tokens, self.output_micros));
        let micros = u64::try_from(sum.div_ceil(MILLION)).unwrap_or(u64::MAX);
        micros.min(CALL_COST_MICROS_MAX)
    }
}

impl Budgets {
    pub fn limit(&self, budget: Budget) -> Option<u64> {
        match budget {
            Budget::TokensPerTurn => self.tokens_per_turn,
            Budget::MoneyPerTurn => self.money_per_turn_micros,
            Budget::TokensPerConversation => self.tokens_per_conversation,
            Budget::MoneyPerConversation => self.money_per_conversation_micros,
            Budget::TokensPerDay => self.tokens_per_day,
            Budget::MoneyPerDay => self.money_per_day_micros,
        }
    }

    /// Is anything limited over this span?
    pub fn limits(&self, span: Span) -> bool {
        let mut all = Budget::ALL.into_iter();
        all.any(|budget| budget.span() == span && self.limit(budget).is_some())
    }

    pub fn counts_money(&self) -> bool {
        let mut all = Budget::ALL.into_iter();
        all.any(|budget| budget.is_of_money() && self.limit(budget).is_some())
    }

    /// What one call uses up. A model without a price costs no money.
    pub fn cost(&self, model: &str, usage: Usage) -> Used {
        if model == FREE_MODEL {
            return Used::default();
        }
        Used {
            tokens: usage.believed().tokens(),
            micros: self.prices.get(model).map_or(0, |price| price.of(usage)),
        }
    }

    /// The budget of a span of which nothing is left.
    pub fn used_up(&self, span: Span, used: Used) -> Option<Budget> {
        let none_left = |budget: &Budget| {
            let limit = self.limit(*budget);
            budget.span() == span && limit.is_some_and(|limit| used.of(*budget) >= limit)
        };
        Budget::ALL.into_iter().find(none_left)
    }
}

/// What a conversation and its open turn have used up, folded from the log as running sums.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spent {
    pub turn: Used,
    pub conversation: Used,
    /// Budgets that were used up at one time, each once, in that order.
    told: Vec<Budget>,
}

impl Spent {
    pub fn apply(&mut self, event: &EventBody, budgets: &Budgets) {
        let (model, usage) = match event {
            EventBody::ModelAnswered(answered) => (&answered.model, answered.usage),
            EventBody::ModelFailed(failed) => (&failed.model, failed.usage),
            EventBody::GuardStopped(stopped) => (&stopped.model, stopped.usage),
            EventBody::Replied(_) | EventBody::AgentWrote(_) => {
                self.turn = Used::default();
                return;
            }
            _ => return,
        };
        let cost = budgets.cost(model, usage);
        if cost == Used::default() {
            return;
        }
        self.turn = self.turn.plus(cost);
        self.conversation = self.conversation.plus(cost);
        for budget in Budget::ALL {
            let over = match budget.span() {
                Span::Turn => self.turn.of(budget),
                Span::Conversation => self.conversation.of(budget),
                Span::Day => continue,
            };
            let reached = budgets.limit(budget).is_some_and(|limit| over >= limit);
            if reached && !self.told.contains(&budget) {
                self.told.push(budget);
            }
        }
    }

    /// The budget of the turn or the conversation of which nothing is left now.
    pub fn used_up(&self, budgets: &Budgets) -> Option<Budget> {
        budgets
            .used_up(Span::Turn, self.turn)
            .or_else(|| budgets.used_up(Span::Conversation, self.conversation))
    }

    /// Budgets that were used up at one time.
    pub fn reached(&self) -> &[Budget] {
        &self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{ModelFailed, Replied};
    use crate::domain::ids::MessageId;

    fn budgets() -> Budgets {
        let price = Price {
            input_micros: 400_000,
            cached_micros: 100_000,
            output_micros: 1_600_000,
        };
        Budgets {
            tokens_per_turn: Some(1_000),
            money_per_conversation_micros: Some(1_000),
            prices: BTreeMap::from([("m".to_owned(), price)]),
            ..Budgets::default()
        }
    }

    fn usage(input: u64, cached: u64, output: u64) -> Usage {
        Usage {
            input_tokens: input,
            cached_tokens: cached,
            output_tokens: output,
        }
    }

    #[test]
    fn money_is_rounded_up_for_each_call_and_bounded() {
        let budgets = budgets();
        let cost = |model: &str, usage| budgets.cost(model, usage);
        let micros = |usage| cost("m", usage).micros;
        assert_eq!(micros(usage(1_000_000, 0, 0)), 400_000);
        assert_eq!(micros(usage(1_000_000, 1_000_000, 1_000_000)), 1_700_000);
        assert_eq!(micros(usage(1, 0, 0)), 1, "rounded up");
        assert_eq!(micros(usage(0, 0, 0)), 0);
        // More cached than there was counts as all of it.
        assert_eq!(micros(usage(1_000_000, u64::MAX, 0)), 100_000);
        let absurd = cost("m", usage(u64::MAX, 0, u64::MAX));
        assert_eq!(absurd.tokens, 2 * CALL_TOKENS_MAX);
        assert!(absurd.micros <= CALL_COST_MICROS_MAX);
        assert_eq!(cost("no price", usage(10, 0, 10)).micros, 0);
        assert_eq!(cost("no price", usage(10, 0, 10)).tokens, 20);
        assert_eq!(cost(FREE_MODEL, usage(10, 0, 10)), Used::default());
        assert_eq!(
            crate::model::Model::name(&crate::model::builtin::Builtin),
            FREE_MODEL
        );
    }

    #[test]
    fn money_is_told_to_the_millionth() {
        let told = [0, 1, 20_500_000, 400_000, 1_234_500, u64::MAX].map(units);
        let right = [
            "0.00",
            "0.000001",
            "20.50",
            "0.40",
            "1.2345",
            "18446744073709.551615",
        ];
        assert_eq!(told, right);
        assert_eq!(Budget::MoneyPerDay.amount(1_000_000), "1.00");
        assert_eq!(Budget::TokensPerDay.amount(1_000_000), "1000000");
    }

    #[test]
    fn a_turn_begins_anew_and_a_conversation_does_not() {
        let budgets = budgets();
        let failed = |tokens| {
            EventBody::ModelFailed(ModelFailed {
                model: "m".to_owned(),
                detail: String::new(),
                usage: usage(tokens, 0, 0),
            })
        };
        let replied = EventBody::Replied(Replied {
            message: MessageId::new("m"),
            through: 1,
            private: None,
        });
        let mut spent = Spent::default();
        spent.apply(&failed(999), &budgets);
        assert_eq!(spent.used_up(&budgets), None);
        assert!(spent.reached().is_empty());
        spent.apply(&failed(1), &budgets);
        assert_eq!(spent.used_up(&budgets), Some(Budget::TokensPerTurn));
        spent.apply(&replied, &budgets);
        assert_eq!(spent.used_up(&budgets), None);
        spent.apply(&failed(1_500), &budgets);
        spent.apply(&replied, &budgets);
        assert_eq!(spent.used_up(&budgets), Some(Budget::MoneyPerConversation));
        let each_once = [Budget::TokensPerTurn, Budget::MoneyPerConversation];
        assert_eq!(spent.reached(), each_once);
        assert_eq!(spent.conversation.tokens, 2_500);
    }

    #[test]
    fn a_budget_of_nothing_is_used_up_from_the_start() {
        let budgets = Budgets {
            tokens_per_day: Some(0),
            ..Budgets::default()
        };
        let used = Used::default();
        let day = Some(Budget::TokensPerDay);
        assert_eq!(budgets.used_up(Span::Day, used), day);
        assert!(budgets.limits(Span::Day) && !budgets.limits(Span::Turn));
        assert!(!budgets.counts_money());
    }
}
